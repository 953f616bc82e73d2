"""Draw the winners of a gift's lot, once (G6)."""

from datetime import datetime

from services.gifts.moves import commit_move
from services.gifts.tables import entries_of, find_gift
from services.shared.plumbing.tables import Begin


def draw_lot(gift_id: str, *, begin: Begin, now: datetime) -> bool:
    """Set a sub-gift aside for each winner among all who entered; whether it was drawn now.

    It is conditional on the count of entries that were read, so that nobody who entered is left out. Raises Contended
    when somebody entered, or drew, meanwhile.
    """
    gift = find_gift(gift_id)
    if gift is None or gift.lot is None or not gift.lot.is_due(now):
        return False
    after = gift.draw(entries_of(gift_id), now).expire(now)
    commit_move(begin, gift, after)
    return True
