"""Stock in orders' table.

pk                    sk              what
STK#{sku}#{epoch}#{n} SHARD           one counter of a style's stock; epoch 0: what drained epochs have sold
FLOW#{sku}            {at}#{…}        a movement of stock, kept 180 days
OPENING#{sku}         OPENING         the sum of its oldest movements
DRIFT#{shop}          {sku}           a style whose counters, flow and orders differ
SHP#{shop}            STOCK           how its stock is watched, and when it was checked
LOW#{shop}            {sku}           a style that runs low
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from services.orders.stock.stock import PAST, Shard, Taken, home_shard
from services.orders.stock.stock_balance import Figures
from services.orders.tables import DUE, OfferRow, OrdersRow, due_bucket, offer_key
from services.shared.plumbing.tables import (
    Contended,
    InstantAttribute,
    Transaction,
    get,
    instant_text,
    query,
    read,
    snapshot,
    ttl,
)

FLOW_KEPT = timedelta(days=180)
DRAINED_AFTER = timedelta(minutes=40)  # holds end within 35 by default; otherwise the sweep looks again


class StockTermsRow(OrdersRow):
    low_at = NumberAttribute(null=True)
    check = UnicodeAttribute(null=True)  # the job that checked, or checks, the shop's stock


class LowRow(OrdersRow):
    """A style that runs low, listed by its shop."""


class ShardRow(OrdersRow):
    on_hand = NumberAttribute()
    held = NumberAttribute()
    sold = NumberAttribute()
    received = NumberAttribute()
    closed = BooleanAttribute(null=True)


class OpeningRow(OrdersRow):
    upto = UnicodeAttribute()
    on_hand = NumberAttribute()
    held = NumberAttribute()
    sold = NumberAttribute()


class DriftRow(OrdersRow):
    at = InstantAttribute()
    counted = JSONAttribute()
    flow = JSONAttribute()
    held_by_orders = NumberAttribute(null=True)


class FlowRow(OrdersRow):
    at = InstantAttribute()
    what = UnicodeAttribute()
    ref = UnicodeAttribute()
    by = UnicodeAttribute()
    quantity = NumberAttribute()
    held = NumberAttribute(null=True)
    sold = NumberAttribute(null=True)
    note = UnicodeAttribute(null=True)


def shard_keys(offer: OfferRow) -> list[tuple[type[ShardRow], str, str]]:
    """The keys of all open counters of a style."""
    return epoch_keys(offer, int(offer.epoch), int(offer.shards))


def shard_key(sku_id: str, epoch: int, number: int) -> tuple[type[ShardRow], str, str]:
    """The key of one counter."""
    return ShardRow, f"STK#{sku_id}#{epoch}#{number}", "SHARD"


def shards_now(offer: OfferRow) -> list[Shard]:
    """All counters of this style as of one moment: the only read that may say "sold out"."""
    return [shard_of(row) for row in snapshot(shard_keys(offer)) if row is not None]


def shards_of_all_epochs(offer: OfferRow) -> list[Shard]:
    """Every counter of the style in one batched read: the open ones, those of closed epochs that may still hold units,
    and what the epochs before them have sold."""
    return _shards(all_shard_keys(offer))


def all_shard_keys(offer: OfferRow) -> list[tuple[type[ShardRow], str, str]]:
    """The keys of the same."""
    keys = shard_keys(offer)
    if int(offer.epoch) > 1:
        keys += [key for epoch, shards in closed_epochs(offer) for key in epoch_keys(offer, epoch, shards)]
        keys.append(shard_key(offer.pk.removeprefix("SKU#"), PAST, 0))
    return keys


def closed_epochs(offer: OfferRow) -> list[tuple[int, int]]:
    """(epoch, number of shards) of the closed epochs whose counters still stand by themselves, oldest first."""
    return [(int(epoch), int(shards)) for epoch, shards in offer.closed_epochs or []]


def shards_of_epoch(offer: OfferRow, epoch: int, shards: int) -> list[Shard]:
    """The counters of one closed epoch."""
    return _shards(epoch_keys(offer, epoch, shards))


def epoch_keys(offer: OfferRow, epoch: int, shards: int) -> list[tuple[type[ShardRow], str, str]]:
    """The keys of an epoch's counters."""
    return [shard_key(offer.pk.removeprefix("SKU#"), epoch, number) for number in range(shards)]


def glances(offers: Sequence[OfferRow], seed: str) -> list[Shard | None]:
    """One open counter of each style, in their order: the one that this seed tries first. At most 100."""
    keys = [
        shard_key(sku_id, int(offer.epoch), home_shard(int(offer.shards), seed + sku_id))
        for offer in offers
        for sku_id in [offer.pk.removeprefix("SKU#")]
    ]
    return [None if row is None else shard_of(row) for row in read(keys)]


def shards_about(offers: Sequence[OfferRow]) -> dict[str, list[Shard]]:
    """All open counters of these styles, read one by one: for showing, never for refusing."""
    found: dict[str, list[Shard]] = {}
    for row in _shard_rows([key for offer in offers for key in shard_keys(offer)]):
        found.setdefault(row.pk.split("#")[1], []).append(shard_of(row))
    return found


def _shards(keys: Sequence[tuple[type[ShardRow], str, str]]) -> list[Shard]:
    return [shard_of(row) for row in _shard_rows(keys)]


def _shard_rows(keys: Sequence[tuple[type[ShardRow], str, str]]) -> list[ShardRow]:
    """Those of these counters that exist."""
    return [row for row in read(keys) if row is not None]


def shard_of(row: ShardRow) -> Shard:
    """The counter inside a row."""
    _, _, epoch, number = row.pk.split("#")
    return Shard(
        epoch=int(epoch),
        number=int(number),
        on_hand=int(row.on_hand),
        held=int(row.held),
        sold=int(row.sold),
        received=int(row.received),
        closed=bool(row.closed),
    )


def create_shards(tx: Transaction, sku_id: str, epoch: int, quantities: Sequence[int]) -> None:
    """The counters of a new epoch, with these units on hand."""
    for number, quantity in enumerate(quantities):
        _, pk, sk = shard_key(sku_id, epoch, number)
        tx.create(ShardRow(pk, sk, on_hand=quantity, held=0, sold=0, received=quantity), f"shard {number}")


def _shard(sku_id: str, taken: Taken) -> ShardRow:
    _, pk, sk = shard_key(sku_id, taken.epoch, taken.shard)
    return ShardRow(pk, sk)


_OPEN = ShardRow.closed.does_not_exist()


def hold(tx: Transaction, sku_id: str, taken: Taken) -> None:
    """On hand → held, if there is enough and the shard is not closed."""
    enough = (ShardRow.on_hand >= taken.quantity) & _OPEN
    moves = [ShardRow.on_hand.add(-taken.quantity), ShardRow.held.add(taken.quantity)]
    tx.update(_shard(sku_id, taken), moves, enough, f"stock {sku_id}")


def sell_now(tx: Transaction, sku_id: str, taken: Taken) -> None:
    """On hand → sold, if there is enough and the shard is not closed."""
    enough = (ShardRow.on_hand >= taken.quantity) & _OPEN
    moves = [ShardRow.on_hand.add(-taken.quantity), ShardRow.sold.add(taken.quantity)]
    tx.update(_shard(sku_id, taken), moves, enough, f"stock {sku_id}")


def sell_held(tx: Transaction, sku_id: str, taken: Taken) -> None:
    """Held → sold."""
    moves = [ShardRow.held.add(-taken.quantity), ShardRow.sold.add(taken.quantity)]
    tx.update(_shard(sku_id, taken), moves, ShardRow.held >= taken.quantity, f"held {sku_id}")


def give_back(tx: Transaction, offer: OfferRow, parts: Sequence[Taken], *, sold: bool, fresh: int = 0) -> None:
    """What one line took, held or sold, goes back on hand: where it came from, or, when those shards are closed, into
    one shard of the current epoch. No two parts are of the same shard. ``fresh``: units that were never counted here
    come along."""
    counter = ShardRow.sold if sold else ShardRow.held
    sku_id, epoch, shards = offer.pk.removeprefix("SKU#"), int(offer.epoch), int(offer.shards)
    closed = [part for part in parts if part.epoch != epoch]
    moved = fresh + sum(part.quantity for part in closed)
    for part in _counted_at(offer, parts):
        moves, still = [counter.add(-part.quantity)], counter >= part.quantity
        if part.epoch == epoch:  # what comes from closed shards comes along: one transaction writes a counter once
            moves += [ShardRow.on_hand.add(part.quantity + moved), ShardRow.received.add(moved)]
            tx.update(_shard(sku_id, part), moves, still & _OPEN, f"back {sku_id}")
            moved = 0
        else:
            tx.update(_shard(sku_id, part), [*moves, ShardRow.received.add(-part.quantity)], still, f"back {sku_id}")
    if moved:
        receive(tx, sku_id, Taken(epoch, closed[0].shard % shards if closed else 0, moved))


def _counted_at(offer: OfferRow, parts: Sequence[Taken]) -> list[Taken]:
    """Where these units are counted now: an epoch that was folded away has one counter with all others such."""
    stand = {int(offer.epoch), *(epoch for epoch, _ in closed_epochs(offer))}
    gone = sum(part.quantity for part in parts if part.epoch not in stand)
    return [*(part for part in parts if part.epoch in stand), *([Taken(PAST, 0, gone)] if gone else [])]


def receive(tx: Transaction, sku_id: str, taken: Taken) -> None:
    """New units on hand."""
    moves = [ShardRow.on_hand.add(taken.quantity), ShardRow.received.add(taken.quantity)]
    tx.update(_shard(sku_id, taken), moves, ShardRow.on_hand.exists() & _OPEN, f"open {sku_id}")


def remove(tx: Transaction, sku_id: str, taken: Taken) -> None:
    """Units on hand that are not there any more."""
    moves = [ShardRow.on_hand.add(-taken.quantity), ShardRow.received.add(-taken.quantity)]
    tx.update(_shard(sku_id, taken), moves, (ShardRow.on_hand >= taken.quantity) & _OPEN, f"stock {sku_id}")


def recount(tx: Transaction, sku_id: str, shard: Shard, change: int) -> None:
    """So many more or fewer on hand, if there still are as many as the snapshot said."""
    model, pk, sk = shard_key(sku_id, shard.epoch, shard.number)
    unmoved = (ShardRow.on_hand == shard.on_hand) & _OPEN
    if change:
        tx.update(
            model(pk, sk), [ShardRow.on_hand.add(change), ShardRow.received.add(change)], unmoved, f"stock {sku_id}"
        )
    else:
        tx.check(model, pk, sk, unmoved, f"stock {sku_id}")


def still_empty(tx: Transaction, offer: OfferRow) -> None:
    """No open shard of this style has anything on hand."""
    for model, pk, sk in shard_keys(offer):
        tx.check(model, pk, sk, (ShardRow.on_hand == 0) & _OPEN, f"stock {pk}")


def begin_split(tx: Transaction, offer: OfferRow, shards: int) -> None:
    """Close every shard of the epoch, however many units it has on hand: from now on none of them moves."""
    for model, pk, sk in shard_keys(offer):
        tx.update(model(pk, sk), [ShardRow.closed.set(True)], _OPEN, f"stock {pk}")
    whole = (OfferRow.epoch == offer.epoch) & OfferRow.splitting.does_not_exist()
    tx.update(OfferRow(offer.pk, offer.sk), [OfferRow.splitting.set(shards)], whole, "offer")


def end_split(tx: Transaction, offer: OfferRow, closed: Sequence[Shard], quantities: Sequence[int]) -> None:
    """Move what the closed shards have on hand into the shards of a new epoch; held and sold stay counted there."""
    sku_id, epoch = offer.pk.removeprefix("SKU#"), int(offer.epoch) + 1
    for shard in closed:
        _, pk, sk = shard_key(sku_id, shard.epoch, shard.number)
        moves = [ShardRow.on_hand.set(0), ShardRow.received.add(-shard.on_hand)]
        tx.update(ShardRow(pk, sk), moves, ShardRow.on_hand == shard.on_hand, f"stock {sku_id}")
    create_shards(tx, sku_id, epoch, quantities)
    actions = [
        OfferRow.epoch.set(epoch),
        OfferRow.shards.set(len(quantities)),
        OfferRow.splitting.remove(),
        OfferRow.closed_epochs.set([*closed_epochs(offer), (epoch - 1, len(closed))]),
        OfferRow.due_bucket.set(due_bucket(DUE, sku_id)),
        OfferRow.due_at.set(tx.now + DRAINED_AFTER),
    ]
    tx.update(OfferRow(offer.pk, offer.sk), actions, OfferRow.epoch == epoch - 1, "offer")


def fold_epoch(tx: Transaction, offer: OfferRow, drained: Sequence[Shard]) -> None:
    """Count what the drained shards of a closed epoch have sold among the past, and forget them."""
    sku_id, (epoch, *_) = offer.pk.removeprefix("SKU#"), [shard.epoch for shard in drained]
    for shard in drained:
        model, pk, sk = shard_key(sku_id, shard.epoch, shard.number)
        unmoved = (ShardRow.on_hand == 0) & (ShardRow.held == 0) & (ShardRow.sold == shard.sold)
        tx.delete(model(pk, sk), unmoved, f"stock {sku_id}")
    sold = sum(shard.sold for shard in drained)
    sums = [ShardRow.on_hand.add(0), ShardRow.held.add(0), ShardRow.sold.add(sold), ShardRow.received.add(sold)]
    tx.update(_shard(sku_id, Taken(PAST, 0, sold)), [*sums, ShardRow.closed.set(True)])
    left = [one for one in closed_epochs(offer) if one[0] != epoch]
    actions = [OfferRow.closed_epochs.set(left)]
    if not left:
        actions += [OfferRow.due_bucket.remove(), OfferRow.due_at.remove()]
    unmoved = (OfferRow.closed_epochs == offer.closed_epochs) & (OfferRow.epoch == offer.epoch)
    tx.update(OfferRow(offer.pk, offer.sk), actions, unmoved, "offer")


def stock_terms_key(shop_id: str) -> tuple[type[StockTermsRow], str, str]:
    """The key of how a shop's stock is watched, for batched reads."""
    return StockTermsRow, f"SHP#{shop_id}", "STOCK"


def offers_and_terms(shop_id: str, sku_ids: Sequence[str]) -> tuple[dict[str, OfferRow], StockTermsRow | None]:
    """The styles that orders knows, whichever shop's, and how the shop's stock is watched: one batched read."""
    *rows, terms = read([*(offer_key(one) for one in sku_ids), stock_terms_key(shop_id)])
    return {row.pk.removeprefix("SKU#"): row for row in rows if row is not None}, terms


def stock_terms(shop_id: str) -> StockTermsRow | None:
    """How a shop's stock is watched, where it was ever said."""
    return get(*stock_terms_key(shop_id))


def low_row(shop_id: str, sku_id: str) -> LowRow:
    """The line of a style among those of its shop that run low."""
    return LowRow(f"LOW#{shop_id}", sku_id)


def stock_list_key(shop_id: str) -> str:
    """Under which a shop's styles are listed, in the order in which they came."""
    return f"{shop_id}#STOCK"


def list_styles(shop_id: str, limit: int, after: dict[str, Any] | None) -> tuple[list[str], dict[str, Any] | None]:
    """Ids of a shop's styles, oldest first, and where to go on."""
    found = OrdersRow.by_shop.query(stock_list_key(shop_id), limit=limit, last_evaluated_key=after, page_size=limit)
    return [row.pk.removeprefix("SKU#") for row in found], found.last_evaluated_key


def turn_low(tx: Transaction, offer: OfferRow, *, low: bool) -> int:
    """Mark the style as low or not, if nobody has since; returns how often that has changed."""
    alarms, (_, pk, sk) = int(offer.alarms or 0), offer_key(offer.pk.removeprefix("SKU#"))
    unmoved = OfferRow.alarms == alarms if alarms else OfferRow.alarms.does_not_exist()
    tx.update(OfferRow(pk, sk), [OfferRow.low.set(low), OfferRow.alarms.set(alarms + 1)], unmoved, f"low {pk}")
    listed = low_row(offer.shop_id, pk.removeprefix("SKU#"))
    if low:
        tx.put(listed)
    else:
        tx.delete(listed)
    return alarms + 1


def set_low_at(tx: Transaction, sku_id: str, low_at: int | None) -> None:
    """The style's own threshold, or none."""
    action = OfferRow.low_at.remove() if low_at is None else OfferRow.low_at.set(low_at)
    _, pk, sk = offer_key(sku_id)
    tx.update(OfferRow(pk, sk), [action], OfferRow.pk.exists(), "offer")


def set_shops_low_at(tx: Transaction, shop_id: str, low_at: int | None) -> None:
    """The threshold of a shop's styles that have none of their own, or everybody's."""
    _, pk, sk = stock_terms_key(shop_id)
    action = StockTermsRow.low_at.remove() if low_at is None else StockTermsRow.low_at.set(low_at)
    tx.update(StockTermsRow(pk, sk), [action])


def low_page(shop_id: str, limit: int, after: str | None) -> list[str]:
    """Ids of a shop's styles that run low, oldest style first."""
    return [row.sk for row in query(LowRow, f"LOW#{shop_id}", limit=limit, after=after)]


def record_flow(
    tx: Transaction,
    sku_id: str,
    *,
    what: str,
    ref: str,
    by: str,
    moved: Figures,
    at: datetime,
    note: str | None = None,
) -> None:
    """A line of the style's stock flow.

    Lines stand in the order in which they were written down, so that what was added up once stays so.
    """
    row = FlowRow(f"FLOW#{sku_id}", f"{instant_text(tx.now)}#{ref}#{what}")
    row.at, row.what, row.ref, row.by, row.note = at, what, ref, by, note
    row.quantity, row.held, row.sold = moved
    row.ttl = ttl(tx.now + FLOW_KEPT)
    tx.put(row)


def flow_page(sku_id: str, limit: int, after: str | None, *, newest_first: bool = True) -> list[FlowRow]:
    """Movements of a style's stock, newest first."""
    return query(FlowRow, f"FLOW#{sku_id}", limit=limit, after=after, newest_first=newest_first)


def flow_place(at: datetime) -> str:
    """Where in a flow this moment lies."""
    return instant_text(at)


def movement_of(row: FlowRow) -> Figures:
    """What one line moved."""
    return Figures(int(row.quantity), int(row.held or 0), int(row.sold or 0))


def figures_of(shard: Shard) -> Figures:
    """What a counter says."""
    return Figures(shard.on_hand, shard.held, shard.sold)


def folded(row: OpeningRow) -> Figures:
    """What a style's oldest movements come to."""
    return Figures(int(row.on_hand), int(row.held), int(row.sold))


def opening_of(sku_id: str) -> OpeningRow:
    """The sum of a style's oldest movements, up to and with the line ``upto``, also of those that are not kept."""
    row = get(OpeningRow, f"OPENING#{sku_id}", "OPENING")
    return row or OpeningRow(f"OPENING#{sku_id}", "OPENING", upto="", on_hand=0, held=0, sold=0)


def fold_flow(row: OpeningRow, upto: str, sums: Figures) -> OpeningRow:
    """The opening moved on to ``upto``. Raises Contended when somebody else has moved it."""
    moved = OpeningRow(row.pk, row.sk, upto=upto, on_hand=sums.on_hand, held=sums.held, sold=sums.sold)
    try:
        moved.save(condition=OpeningRow.pk.does_not_exist() | (OpeningRow.upto == row.upto))
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise Contended("the opening was moved") from error
        raise
    return moved


def counters_at_once(offer: OfferRow) -> list[Shard]:
    """All counters of a style, in all epochs, as of one moment. Raises Contended when it was being split or folded."""
    keys: list[tuple[type[OrdersRow], str, str]] = [offer_key(offer.pk.removeprefix("SKU#")), *all_shard_keys(offer)]
    now, *rows = snapshot(keys)
    if not isinstance(now, OfferRow) or (now.epoch, now.closed_epochs) != (offer.epoch, offer.closed_epochs):
        raise Contended("the stock is being split anew")
    return [shard_of(row) for row in rows if isinstance(row, ShardRow)]


def find_drifts(shop_id: str, sku_ids: Sequence[str]) -> list[DriftRow | None]:
    """What is known to differ of these styles, in their order."""
    return read([(DriftRow, f"DRIFT#{shop_id}", one) for one in sku_ids])


def drifts_page(shop_id: str, limit: int, after: str | None) -> list[DriftRow]:
    """A shop's styles whose counters, flow and orders differ."""
    return query(DriftRow, f"DRIFT#{shop_id}", limit=limit, after=after)


def save_drift(
    tx: Transaction, shop_id: str, sku_id: str, at: datetime, counted: Figures, flow: Figures, held_by_orders: int
) -> None:
    """The counters, the flow and the orders of this style differ."""
    row = DriftRow(f"DRIFT#{shop_id}", sku_id, at=at, counted=list(counted), flow=list(flow))
    row.held_by_orders = held_by_orders
    tx.put(row)


def drop_drift(tx: Transaction, row: DriftRow) -> None:
    """They differ no more."""
    tx.delete(DriftRow(row.pk, row.sk))


def plan_check(tx: Transaction, shop_id: str, due_at: datetime, job_id: str | None, before: str | None) -> None:
    """When the shop's stock is checked next; ``job_id``: the check that starts now, after the one ``before``."""
    _, pk, sk = stock_terms_key(shop_id)
    if job_id is None:  # a shop that is heard of: nothing that is planned changes
        first = [
            StockTermsRow.due_bucket.set(StockTermsRow.due_bucket | due_bucket(DUE, shop_id)),
            StockTermsRow.due_at.set(StockTermsRow.due_at | due_at),
        ]
        tx.update(StockTermsRow(pk, sk), first)
        return
    actions = [
        StockTermsRow.due_bucket.set(due_bucket(DUE, shop_id)),
        StockTermsRow.due_at.set(due_at),
        StockTermsRow.check.set(job_id),
    ]
    unmoved = StockTermsRow.check == before if before else StockTermsRow.check.does_not_exist()
    tx.update(StockTermsRow(pk, sk), actions, unmoved, "check")
