"""A style that runs low is told of once, and again only after it was above its threshold (O1).

Placing pays nothing for it: orders hears its own facts and looks. A look at any one shard is enough while that shard
alone has more than the threshold; only then are all of them read. Who turns the mark looks again afterwards, so none
is turned by what was true a moment ago, and of many that see the same fall one tells of it::

    200 buyers      sold ─ look: 10 left ─ low, and told ✓      all others ✗ refused: it is low already
    the merchant            ─ +90 ─ look: not low (yet) ─
    the one above                          looks again: 100 ─ not low: the next fall is told
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from services.orders.stock.split_stock import offer_of
from services.orders.stock.stock import Shard, total
from services.orders.stock.tables import (
    StockTermsRow,
    glances,
    offers_and_terms,
    set_low_at,
    set_shops_low_at,
    shards_about,
    shards_now,
    stock_terms,
    turn_low,
)
from services.orders.tables import OfferRow, find_offers
from services.shared.contracts.orders import StockLow, StockMoved
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Begin, Contended, Refused, Transaction

LOOKS = 5


class Settings:
    low_at = Setting("ORDERS_LOW_STOCK", int, default=5)


def threshold(offer: OfferRow | None, terms: StockTermsRow | None) -> int:
    """At how many on hand a style is low: by its own word, its shop's, or everybody's."""
    for said in (offer.low_at if offer else None, terms.low_at if terms else None):
        if said is not None:
            return int(said)
    return Settings.low_at


def ask_to_watch(tx: Transaction, shop_id: str, *sku_ids: str) -> None:
    """Stock moves in the caller's transaction by no fact about an order: somebody is to look at it afterwards."""
    tx.emit(StockMoved(shop_id=shop_id, sku_ids=list(sku_ids)), subject=sku_ids[0], sequence=0, shop=shop_id)


def watch(shop_id: str, sku_ids: Sequence[str], seed: str, begin: Begin, *, fell: bool = False) -> None:
    """Look at styles that moved a moment ago: tell of those that fell to their threshold, and arm those that rose.

    ``seed``: what chooses the shard that is looked at first. ``fell``: they did not rise. Raises Contended.
    """
    offers, terms = offers_and_terms(shop_id, sku_ids)
    looked_at = [offer for offer in offers.values() if not (fell and offer.low)]
    for offer, shard in zip(looked_at, glances(looked_at, seed) if looked_at else [], strict=True):
        plenty = shard is not None and not shard.closed and shard.on_hand > threshold(offer, terms)
        if offer.low or not plenty:
            _settle(offer, terms, begin)


def _settle(offer: OfferRow, terms: StockTermsRow | None, begin: Begin) -> None:
    """Make the mark say what is so. What is turned is turned by a snapshot: a cheaper look only says that it may be."""
    sku_id, low_at = offer.pk.removeprefix("SKU#"), threshold(offer, terms)
    for _ in range(LOOKS):
        low = bool(offer.low)
        if (_on_hand(shards_about([offer]).get(sku_id, [])) <= low_at) == low:
            return
        left = _on_hand(shards_now(offer))
        if (left <= low_at) != low:
            tx = begin()
            _turn(tx, offer, low=not low, left=left)
            with suppress(Refused):  # somebody else has turned it
                tx.commit()
        offer = find_offers([sku_id])[sku_id]
    raise Contended("a style falls and rises without pause")


def _turn(tx: Transaction, offer: OfferRow, *, low: bool, left: int) -> None:
    alarms, sku_id = turn_low(tx, offer, low=low), offer.pk.removeprefix("SKU#")
    if low:
        told = StockLow(sku_id=sku_id, product_id=offer.product_id, shop_id=offer.shop_id, title=offer.title, left=left)
        tx.emit(told, subject=sku_id, sequence=alarms, shop=offer.shop_id)


def _on_hand(shards: Sequence[Shard]) -> int:
    if any(shard.closed for shard in shards):
        raise Contended("the stock is being split anew")
    return total(shards).on_hand


def set_low_stock(shop_id: str, sku_id: str, low_at: int | None, *, begin: Begin, now: datetime) -> None:
    """From now on a style is low at so many on hand; None: as the shop says. Raises NotFound, Contended."""
    if _said(offer_of(shop_id, sku_id, now).low_at, low_at):
        return
    tx = begin()
    set_low_at(tx, sku_id, low_at)
    ask_to_watch(tx, shop_id, sku_id)
    tx.commit()


def set_shops_low_stock(shop_id: str, low_at: int | None, *, begin: Begin) -> None:
    """The same for all styles of a shop that have no word of their own: for each from its next movement, or check.

    None: as for everybody.
    """
    terms = stock_terms(shop_id)
    if _said(terms.low_at if terms else None, low_at):
        return
    tx = begin()
    set_shops_low_at(tx, shop_id, low_at)
    tx.commit()


def _said(before: float | None, low_at: int | None) -> bool:
    """To say the same again is no act."""
    return (None if before is None else int(before)) == low_at
