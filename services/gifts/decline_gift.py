"""Decline a gift (G5)."""

from datetime import datetime

from services.gifts.claim_token import gift_behind
from services.gifts.moves import commit_move
from services.shared.plumbing.tables import Begin


def decline_gift(token: str, person: str, *, begin: Begin, now: datetime) -> None:
    """This person says no, and money and stock go back at once; said again it changes nothing.

    Raises NotFound, SentByYou, NothingToDecline, NotTheRecipient, GiftExpired, GiftAlreadyClaimed, GiftBeingClaimed,
    GiftDeclined, NotDrawnYet, NotAWinner.
    """
    gift = gift_behind(token)
    after = gift.decline(person, now)
    if after != gift:
        commit_move(begin, gift, after, by_link=True)
