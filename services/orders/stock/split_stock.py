"""Split a style's stock over more or fewer shards while orders go on (O1).

A shard that sells without pause is never twice the same, so its units cannot be moved in one transaction. Two do it::

    close every shard, and note on the offer into how many it is being split      nobody can take or give back
    move what is on hand into the shards of the next epoch, and open them         everybody goes on there

In between whoever meets the style does the second step, so a crash leaves nothing closed. Held and sold units stay
counted where they are; what comes back from a closed shard goes to the current epoch. An epoch that holds nothing any
more is folded into one counter of the past: by the schedule, or by the next split.
"""

from collections.abc import Mapping
from datetime import datetime

from services.orders.refusals import SplitTooOften
from services.orders.stock.stock import MAX_COUNTERS, spread, total
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import (
    begin_split,
    closed_epochs,
    end_split,
    fold_epoch,
    record_flow,
    shards_now,
    shards_of_epoch,
)
from services.orders.tables import OfferRow, find_offers, own_begin
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Refused


def split_stock(shop_id: str, sku_id: str, shards: int, by: str, *, begin: Begin, now: datetime) -> None:
    """Spread what is on hand over ``shards`` (1 to 32) counters of a new epoch.

    Raises NotFound, SplitTooOften, Contended.
    """
    offer = offer_of(shop_id, sku_id, now)
    if closed_epochs(offer) and fold_epochs(sku_id, now):
        offer = offer_of(shop_id, sku_id, now)
    standing = int(offer.shards) + sum(number for _, number in closed_epochs(offer))
    if standing + shards >= MAX_COUNTERS:
        raise SplitTooOften(standing=standing)
    tx = begin()
    begin_split(tx, offer, shards)
    ref, note = f"epoch{int(offer.epoch) + 1}", f"{int(offer.shards)} → {shards}"
    record_flow(tx, sku_id, what="split", ref=ref, by=by, moved=Figures(), at=now, note=note)
    tx.commit({"shop_id": shop_id, "sku_id": sku_id})
    offer_of(shop_id, sku_id, now)


def offer_of(shop_id: str, sku_id: str, now: datetime) -> OfferRow:
    """The shop's own style, with no split under way. Raises NotFound, Contended."""
    offer = whole_offers(find_offers([sku_id]), now).get(sku_id)
    if offer is None or offer.shop_id != shop_id:
        raise NotFound()
    return offer


def whole_offers(offers: Mapping[str, OfferRow], now: datetime) -> dict[str, OfferRow]:
    """The same styles, each with no split under way: one that was is ended here. Raises Contended."""
    under_way = [sku_id for sku_id, offer in offers.items() if offer.splitting is not None]
    for sku_id in under_way:
        _end_split(offers[sku_id], now)
    return dict(offers) | (find_offers(under_way) if under_way else {})


def fold_epochs(sku_id: str, now: datetime) -> bool:
    """Fold the closed epochs that hold nothing any more into the past; True when none is left. Raises Contended."""
    offer = whole_offers(find_offers([sku_id]), now)[sku_id]
    for epoch, number in closed_epochs(offer):
        shards = shards_of_epoch(offer, epoch, number)
        if not any(shard.held for shard in shards):
            tx = own_begin(now)()
            fold_epoch(tx, offer, shards)
            tx.commit()
            offer = find_offers([sku_id])[sku_id]
    return not closed_epochs(offer)


def _end_split(offer: OfferRow, now: datetime) -> None:
    closed = shards_now(offer)
    tx = own_begin(now)()
    end_split(tx, offer, closed, spread(total(closed).on_hand, int(offer.splitting)))
    try:
        tx.commit()
    except Refused:  # somebody else has ended it
        return
