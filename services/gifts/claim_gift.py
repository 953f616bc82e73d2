"""Claim a gift, as ordered or in another style (G3)."""

from datetime import datetime

from services.gifts.claim_token import gift_behind
from services.gifts.draw_lot import draw_lot
from services.gifts.gift import Gift, Line
from services.gifts.messages import Address
from services.gifts.moves import commit_move
from services.gifts.product import choose, styles_to_choose
from services.gifts.sub_gift import Style, SubGift
from services.gifts.tables import VAULT, find_gift, find_product
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Erased


def claim_gift(token: str, person: str, address: Address, sku_id: str | None, *, begin: Begin, now: datetime) -> Gift:
    """This person takes the gift: at once as ordered, or when orders has answered for another style.

    The same claim again changes nothing. Raises NotFound, NotTheRecipient, GiftExpired, GiftAlreadyClaimed,
    GiftBeingClaimed, GiftDeclined, NotDrawnYet, NotAWinner, RegionNotServed, StyleNotOffered.
    """
    gift = _drawn(gift_behind(token), begin, now)
    wanted = address.model_dump_json()
    held = gift.held_by(person)
    if held and _same(held, gift.sheet.line, person, wanted, sku_id):
        return gift
    gift.offer_to(person, now)  # refused before anything is sealed or looked up
    gift.sheet.serve(address.province, address.city)
    after = gift.claim(person, _style(gift.sheet.line, sku_id), VAULT.seal(person, wanted), now)
    commit_move(begin, gift, after, by_link=True)
    return after


def _drawn(gift: Gift, begin: Begin, now: datetime) -> Gift:
    """The gift with its lot drawn, when the time for it has come: a winner need not wait for the sweep."""
    if gift.lot and gift.lot.is_due(now) and draw_lot(gift.sheet.gift_id, begin=begin, now=now):
        return find_gift(gift.sheet.gift_id) or gift
    return gift


def _style(line: Line, sku_id: str | None) -> Style:
    if sku_id in (None, line.sku_id):
        return line.ordered
    return choose(sku_id, styles_to_choose(line, find_product(line.product_id)))


def _same(held: SubGift, line: Line, person: str, address: str, sku_id: str | None) -> bool:
    try:
        return held.style.sku_id == (sku_id or line.sku_id) and VAULT.open(person, held.address or "") == address
    except Erased:
        return False
