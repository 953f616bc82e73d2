"""Hear orders' answer to the question for another style (G3)."""

from datetime import datetime

from services.gifts.moves import commit_move
from services.gifts.tables import find_gift
from services.shared.contracts.orders import StyleAnswered
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Erased


def settle_style(answered: StyleAnswered, *, begin: Begin, now: datetime) -> None:
    """Taken: claimed in that style, even if the deadline has passed meanwhile. Refused: open again, or expired.

    Taken for somebody who was erased meanwhile: declined (X3). An answer to a question that is answered already changes
    nothing.
    """
    gift = find_gift(answered.gift_id)
    if gift is None:
        raise NotYet(f"the gift {answered.gift_id}")
    refusal = None if answered.outcome == "taken" else answered.outcome
    after = gift.answer(answered.sub_gift_id, answered.attempt, refusal, now)
    if after == gift:
        return
    try:
        commit_move(begin, gift, after)
    except Erased:  # where to send it cannot be told any more
        commit_move(begin, gift, gift.forsake(answered.sub_gift_id, now))
