"""What anybody may see of a draw, to check it (G6)."""

from datetime import datetime

from services.gifts.lot import ALGORITHM
from services.gifts.messages import DrawView
from services.gifts.tables import entries_of, find_gift
from services.shared.plumbing.problems import NotFound


def show_draw(gift_id: str, now: datetime) -> DrawView:
    """The commitment and the entries, and once it is drawn the seed and the winners. Nobody's name or id.

    Raises NotFound for a gift that is not drawn by lot.
    """
    gift = find_gift(gift_id)
    if gift is None or gift.lot is None:
        raise NotFound()
    lot, drawn = gift.lot, gift.lot.state(now) == "drawn"
    return DrawView(
        gift_id=gift_id,
        algorithm=ALGORITHM,
        state=lot.state(now),
        commitment=lot.commitment,
        draw_at=lot.draw_at,
        full_at=lot.full_at,
        prizes=len(gift.sub_gifts),
        entries=list(entries_of(gift_id)),
        drawn_at=lot.ended_at if drawn else None,
        seed=lot.seed if drawn else None,
        winners=list(lot.winners),
    )
