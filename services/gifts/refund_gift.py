"""Hear that a gift's money is on its way back (G4, G5)."""

from datetime import datetime

from services.gifts.moves import commit_move
from services.gifts.sub_gift import Ending
from services.gifts.tables import find_gift
from services.shared.contracts.orders import RefundSucceeded
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.tables import Begin


def refund_gift(refunded: RefundSucceeded, ending: Ending, *, begin: Begin, now: datetime) -> None:
    """What was declined, or what expired, is refunded: these sub-gifts, or all. Told again it changes nothing."""
    gift_id = derived_id("gft", refunded.order_id)
    gift = find_gift(gift_id)
    if gift is None or all(one.state != ending for one in gift.sub_gifts):
        raise NotYet(f"what {ending} of {gift_id}")
    after = gift.refund(ending, now, refunded.sub_gift_ids, refunded.refund_id)
    if after != gift:
        commit_move(begin, gift, after)
