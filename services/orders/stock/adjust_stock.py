"""The merchant counts again: add, subtract or set what is on hand (O1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.orders.card_keys.refusals import KeysMissing
from services.orders.card_keys.tables import list_keys_for_sale, unlisted_of
from services.orders.refusals import OutOfStock
from services.orders.stock.availability import mark_back
from services.orders.stock.low_stock import ask_to_watch
from services.orders.stock.split_stock import offer_of
from services.orders.stock.stock import Shard, Taken, home_shard, take, total
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import receive, record_flow, recount, remove, shards_now
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin, Contended, Refused, Transaction

Mode = Literal["add", "subtract", "set"]


@dataclass(frozen=True)
class Adjustment:
    """What to do, how many units, and why."""

    mode: Mode
    quantity: int
    reason: str


def adjust_stock(
    shop_id: str, sku_id: str, adjustment: Adjustment, by: str, *, begin: Begin, now: datetime, new_id: NewId
) -> None:
    """Change what is on hand and write it into the flow. ``set`` holds only if nothing was sold meanwhile.

    Card keys' stock is what of their pool is for sale: more of it is listed, or less (O5). Raises NotFound, OutOfStock
    when more is subtracted than is on hand, KeysMissing when more is added than the pool has, Contended.
    """
    offer = offer_of(shop_id, sku_id, now)
    tx = begin()
    change = adjustment.quantity
    if adjustment.mode == "set":
        shards = shards_now(offer)
        change = adjustment.quantity - total(shards).on_hand
        _set(tx, sku_id, shards, change)
    elif adjustment.mode == "add":
        shard = home_shard(int(offer.shards), new_id("adj"))
        receive(tx, sku_id, Taken(int(offer.epoch), shard, change))
    else:
        change = -change
        _remove(tx, sku_id, shards_now(offer), adjustment.quantity)
    if change and offer.kind == "card_key":
        list_keys_for_sale(tx, sku_id, change)
    if change > 0:
        mark_back(tx, offer)
    ref = new_id("adj")
    record_flow(tx, sku_id, what=adjustment.mode, ref=ref, by=by, moved=Figures(change), at=now, note=adjustment.reason)
    ask_to_watch(tx, shop_id, sku_id)
    try:
        tx.commit({"shop_id": shop_id, "sku_id": sku_id})
    except Refused as refused:
        if "pool" in refused.names and change > (unlisted := unlisted_of(sku_id)):
            raise KeysMissing(unlisted=unlisted) from refused
        raise


def _remove(tx: Transaction, sku_id: str, shards: list[Shard], quantity: int) -> None:
    if any(shard.closed for shard in shards):
        raise Contended("the stock is being split anew")
    parts = take(shards, quantity)
    if parts is None:
        raise OutOfStock(sku_ids=[sku_id], left={sku_id: total(shards).on_hand})
    for part in parts:
        remove(tx, sku_id, part)


def _set(tx: Transaction, sku_id: str, shards: list[Shard], change: int) -> None:
    parts = take(shards, -change) or () if change < 0 else ()
    changes = {part.shard: -part.quantity for part in parts} or {shards[0].number: change}
    for shard in shards:
        recount(tx, sku_id, shard, changes.get(shard.number, 0))
