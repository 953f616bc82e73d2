"""Give a gift a new link, where the old one got into the wrong hands (G2)."""

from dataclasses import replace
from datetime import datetime

from services.gifts.refusals import GiftExpired
from services.gifts.tables import find_gift, save_link
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def renew_link(gift_id: str, person: str, *, begin: Begin, now: datetime) -> None:
    """The next version of the link; a claim by the old one that is not written yet is refused.

    Raises NotFound for another's gift, GiftExpired once nobody can claim it any more.
    """
    gift = find_gift(gift_id)
    if gift is None or gift.sheet.giver != person:
        raise NotFound()
    if gift.status(now) not in ("claimable", "claiming"):
        raise GiftExpired("Nobody can claim this gift any more")
    tx = begin()
    save_link(tx, gift.sheet, replace(gift.sheet, token_version=gift.sheet.token_version + 1))
    tx.commit({"gift_id": gift_id})
