"""Another style of what is claimed and not shipped yet: the recipient asks once, the merchant decides (G7)."""

from datetime import datetime

from services.gifts.gift import Gift, gift_id_of
from services.gifts.moves import commit_move
from services.gifts.product import choose, styles_to_choose
from services.gifts.refusals import StyleNotOffered
from services.gifts.sub_gift import SubGift
from services.gifts.tables import find_gift, find_product
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def ask_swap(sub_gift_id: str, person: str, sku_id: str, *, begin: Begin, now: datetime) -> Gift:
    """The recipient's wish. Raises NotFound for what is not this person's, SwapAlreadyAsked, StyleNotOffered."""
    gift, share = _found(sub_gift_id)
    if share.state != "claimed" or share.recipient != person:
        raise NotFound()
    line = gift.sheet.line
    wanted = choose(sku_id, styles_to_choose(line, find_product(line.product_id)))
    if share.swap and share.swap.style == wanted:
        return gift  # the same wish again
    if wanted.sku_id == share.style.sku_id:
        raise StyleNotOffered("This is the style that you have")
    after = gift.with_share(share.ask_swap(wanted, now))
    commit_move(begin, gift, after)
    return after


def decide_swap(shop_id: str, sub_gift_id: str, *, agreed: bool, begin: Begin, now: datetime) -> Gift:
    """The merchant's word. When it is yes orders is asked for the style, and has it only while nothing is shipped.

    Raises NotFound for another shop's gift, SwapNotOpen.
    """
    gift, share = _found(sub_gift_id)
    if gift.sheet.shop_id != shop_id:
        raise NotFound()
    if share.swap and share.swap.state in (("agreed", "swapped") if agreed else ("rejected",)):
        return gift  # the same word again
    after = gift.with_share(share.agree_swap(now) if agreed else share.reject_swap(now))
    commit_move(begin, gift, after)
    return after


def _found(sub_gift_id: str) -> tuple[Gift, SubGift]:
    gift = find_gift(gift_id_of(sub_gift_id))
    share = gift.share(sub_gift_id) if gift else None
    if gift is None or share is None:
        raise NotFound()
    return gift, share
