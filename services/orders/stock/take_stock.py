"""Take stock in the transaction of whatever needs it: never too much, never falsely refused (O1, O2).

Each style first tries one shard, unread. Where that shard has too little, all shards are read as of one moment, and
only that snapshot may say "sold out"; otherwise it says from which shards to take::

    buyer A: take shard 3 ✗ ─ snapshot: 3 has 0, 7 has 1 ─ take shard 7 ✓
    buyer B: take shard 7 ✗ ─ snapshot: all 0 ─ sold out: true as of that moment
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from services.orders.expire_order import sweep_holds_of
from services.orders.pricing import Want
from services.orders.refusals import OutOfStock, TooManyLines
from services.orders.stock.stock import Shard, Taken, home_shard, take, total
from services.orders.stock.tables import shards_now
from services.orders.tables import OfferRow
from services.shared.plumbing.tables import Contended, Refused, Transaction

ROUNDS = 3
# Of one transaction's 100 actions: a part each to end the order, one more a style whose shards are closed by then, and
# what goes with it (order, payment, refund, ledger, events).
MAX_ACTIONS = 92

Plan = dict[str, tuple[Taken, ...]]
Build = Callable[[Plan], Transaction]


def commit_taking(
    offers: Mapping[str, OfferRow],
    wants: Sequence[Want],
    *,
    seed: str,
    now: datetime,
    build: Build,
    answer: Mapping[str, str] | None = None,
) -> Plan:
    """Commit the transaction that ``build`` makes for a plan of where to take each want from; returns that plan.

    ``build`` names its stock actions ``stock {sku_id}``. Raises OutOfStock from a snapshot only, TooManyLines when the
    plan fits into no transaction, Contended when stock moved under three plans.
    """
    plan: Plan = {want.sku_id: (_first(offers[want.sku_id], want, seed),) for want in wants}
    for _ in range(ROUNDS):
        try:
            build(plan).commit(answer)
            return plan
        except Refused as refused:
            short = [want for want in wants if f"stock {want.sku_id}" in refused.names]
            if not short:
                raise
        plan |= _replan(offers, short, now)
        if sum(len(parts) + 1 for parts in plan.values()) > MAX_ACTIONS:
            raise TooManyLines("The stock of these lies in too many places for one order", most=len(plan) // 2)
    raise Contended("stock moved under every plan")


def _first(offer: OfferRow, want: Want, seed: str) -> Taken:
    return Taken(int(offer.epoch), home_shard(int(offer.shards), seed + want.sku_id), want.quantity)


def _replan(offers: Mapping[str, OfferRow], short: Sequence[Want], now: datetime) -> Plan:
    plan: Plan = {}
    left: dict[str, int] = {}
    for want in short:
        offer = offers[want.sku_id]
        shards = _open_shards(offer)
        parts = take(shards, want.quantity)
        if parts is None and _may_be_held(offer, shards) and sweep_holds_of(want.sku_id, now):
            shards = _open_shards(offer)
            parts = take(shards, want.quantity)
        if parts is None:
            left[want.sku_id] = total(shards).on_hand
        else:
            plan[want.sku_id] = parts
    if left:
        raise OutOfStock(sku_ids=sorted(left), left=left)
    return plan


def _open_shards(offer: OfferRow) -> list[Shard]:
    shards = shards_now(offer)
    if any(shard.closed for shard in shards):
        raise Contended("the stock is being split anew")
    return shards


def _may_be_held(offer: OfferRow, shards: Sequence[Shard]) -> bool:
    """Closed shards of earlier epochs may hold units too, and they come back to these."""
    return total(shards).held > 0 or int(offer.epoch) > 1
