"""Orders' rows in DynamoDB, and the only module of orders that knows of it.

pk                    sk              what
SKU#{sku}             OFFER           a style for sale: price, rules, how its stock is split
PRD#{product}         SKUS            which styles a product has
SHP#{shop}            SHOP            may it sell, and its terms
FRT#{shop}            BOOK            its freight templates
FRT#{shop}#{template} {product}       a product that names the template
BUYER#{shop}#{buyer}  BOUGHT          what a buyer has of products with a limit
RISK#{buyer}          RECENT          what a buyer started to pay in the last day
STK#{sku}#{epoch}#{n} SHARD           one counter of a style's stock; epoch 0: what drained epochs have sold
ORD#{order}           ORDER           an order
PAY#{payment}         PAYMENT         a payment;  RFD#{refund} beside it: a refund
STYLE#{sub-gift}      {attempt}       orders' one answer to one question for another style
LEDGER#{shop}#{n}     {entry}         an entry of the shop's ledger
SHP#{shop}            POLICY          what the shop does about wishes of its buyers
ORD#{order}           NOTE#{note}     what staff wrote about an order
EXPORTS#{shop}        {export}        an export of its orders, whose job is the plumbing's
BALANCE#{shop}        BOOK            what the ledger comes to; this and the rest of money: money/tables.py
RECON#{day}           RUN             the latest comparison of a day's money with WeChat's bill
RECON#{run}           {shop}#{…}      a difference that it found
FLOW#{sku}            {at}#{…}        a movement of stock, kept 180 days
OPENING#{sku}         OPENING         the sum of its oldest movements
DRIFT#{shop}          {sku}           a style whose counters, flow and orders differ
SHP#{shop}            STOCK           how its stock is watched, and when it was checked
LOW#{shop}            {sku}           a style that runs low
DESK#{what}           {since}#{id}    a dispute or a complaint that waits for the platform's word
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any, NamedTuple, TypeVar

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from services.orders.bill import Difference
from services.orders.freight import Book
from services.orders.ledger import Entry
from services.orders.order import Order, Status
from services.orders.payment import Payment, Refund
from services.orders.policy import Policy
from services.orders.risk import REMEMBERED, Recent
from services.orders.stock import PAST, Shard, Taken, home_shard
from services.orders.stock_balance import Figures
from services.shared.plumbing.day import day_of
from services.shared.plumbing.documents import Document
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.names import physical
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import (
    MAX_KEYS,
    Begin,
    Contended,
    DueTable,
    InstantAttribute,
    Store,
    Transaction,
    get,
    instant_text,
    keys_only,
    query,
    read,
    snapshot,
    ttl,
)
from services.shared.plumbing.vault import Vault

STORE = Store("orders")
VAULT = Vault(STORE)
T = TypeVar("T")

HOLDS, DUE = "HOLD", "DUE"
DUE_BUCKETS = 4
FLOW_KEPT = timedelta(days=180)
EXPORTS_KEPT = timedelta(days=90)
BUYERS_LIMIT = "buyers-limit"  # what the action is called that counts against it
DRAINED_AFTER = timedelta(minutes=40)  # holds end within 35 by default; otherwise the sweep looks again


def own_begin(now: datetime) -> Begin:
    """Transactions of our own accord: under nobody's key and no inbox mark."""
    return lambda: Transaction(STORE, now, new_id)


class OrdersRow(DueTable):
    class Meta:
        table_name = physical("orders")

    by_buyer = keys_only("buyer_key", "placed_at", InstantAttribute)
    by_shop = keys_only("shop_key", "updated_at", InstantAttribute)
    buyer_key = UnicodeAttribute(null=True)
    placed_at = InstantAttribute(null=True)
    shop_key = UnicodeAttribute(null=True)
    updated_at = InstantAttribute(null=True)
    version = NumberAttribute(null=True)
    doc = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)


class OfferRow(OrdersRow):
    """What catalog says of a style (by its sequence), and what orders adds: how its stock is split, a stock hint."""

    shop_id = UnicodeAttribute()
    product_id = UnicodeAttribute()
    title = UnicodeAttribute()
    attributes = JSONAttribute()
    price_fen = NumberAttribute()
    original_price_fen = NumberAttribute()
    kind = UnicodeAttribute()
    giftable = BooleanAttribute()
    fee_bp = NumberAttribute()
    no_delivery = JSONAttribute()
    weight_g = NumberAttribute(default=0)
    freight_template_id = UnicodeAttribute(default="")
    max_per_buyer = NumberAttribute(default=0)
    offered = BooleanAttribute()
    sequence = NumberAttribute()
    shards = NumberAttribute()
    epoch = NumberAttribute()
    splitting = NumberAttribute(null=True)  # into so many shards, while a split is under way
    closed_epochs = JSONAttribute(null=True)  # [[epoch, shards], …]: closed, and not yet folded away
    low_at = NumberAttribute(null=True)  # its own threshold; without it the shop's
    low = BooleanAttribute(null=True)  # at or below it, and told
    alarms = NumberAttribute(null=True)  # how often that has changed
    available = BooleanAttribute()
    availability_sequence = NumberAttribute()


class ProductRow(OrdersRow):
    sequence = NumberAttribute()
    sku_ids = JSONAttribute()
    freight_template_id = UnicodeAttribute(default="")


class ShopRow(OrdersRow):
    sequence = NumberAttribute()
    name = UnicodeAttribute()
    can_sell = BooleanAttribute()
    auto_confirm_days = NumberAttribute()
    settle_days = NumberAttribute()
    sub_mchid = UnicodeAttribute(null=True)
    sub_appid = UnicodeAttribute(null=True)
    deposit_fen = NumberAttribute(null=True)


class BoughtRow(OrdersRow):
    """How many pieces a buyer has of each product with a limit: one attribute a product, which has its id as name."""

    pieces: dict[str, int]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> "BoughtRow":
        row = super().from_raw_data(data)
        assert isinstance(row, BoughtRow)
        row.pieces = {name: int(value["N"]) for name, value in data.items() if name not in ("pk", "sk")}
        return row


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


class LedgerRow(OrdersRow):
    cause = UnicodeAttribute()
    ref = UnicodeAttribute()
    order_id = UnicodeAttribute()
    at = InstantAttribute()
    postings = JSONAttribute()


class NoteRow(OrdersRow):
    by = UnicodeAttribute()
    at = InstantAttribute()


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


class ReconciliationRow(OrdersRow):
    run = UnicodeAttribute()
    counts = JSONAttribute()
    started_at = InstantAttribute()
    done_at = InstantAttribute(null=True)


class AnswerRow(OrdersRow):
    outcome = UnicodeAttribute()
    sku_id = UnicodeAttribute()


# ------------------------------------------------------------------------------- documents: orders and payments

_ORDER = Document(Order)
_BOOK = Document(Book)
_RECENT = Document(Recent)
_PAYMENT = Document(Payment)
_REFUND = Document(Refund)
_POLICY = Document(Policy)
_DIFFERENCE = Document(Difference)
RECONCILIATION_KEPT = timedelta(days=400)
GRACE = timedelta(minutes=5)


def order_key(order_id: str) -> tuple[type[OrdersRow], str, str]:
    """The key of an order, for batched reads."""
    return OrdersRow, f"ORD#{order_id}", "ORDER"


def order_of(row: OrdersRow | None) -> Order | None:
    """The order inside a row."""
    return None if row is None or row.doc is None else _ORDER.validate_json(row.doc)


def find_order(order_id: str) -> Order | None:
    """The order with this id."""
    return order_of(get(*order_key(order_id)))


def find_orders(order_ids: Iterable[str]) -> list[Order]:
    """The orders with these ids, in their order; those that are not there are left out. At most 100."""
    rows = read([order_key(one) for one in order_ids])
    return [order for row in rows if (order := order_of(row))]


def save_order(tx: Transaction, order: Order, before: Order | None, grace: timedelta = GRACE) -> None:
    """Put the order, if it still is at the version of ``before``, or is not there yet."""
    row = OrdersRow(f"ORD#{order.order_id}", "ORDER")
    row.version, row.doc = order.version, _ORDER.dump_json(order, exclude_defaults=True).decode()
    if order.part_of is None:  # what a recipient has of a gift for many is no order that its giver placed
        row.buyer_key, row.placed_at = order.buyer, order.created_at
    row.shop_key, row.updated_at = _shop_bucket(order), order.updated_at
    due_at = order.due_at(grace)
    if due_at:
        what = HOLDS if order.status == "pending_payment" else DUE
        row.due_bucket, row.due_at = due_bucket(what, order.order_id), due_at
    tx.put(row, _still(before), "order")


def _still(before: Order | Payment | None) -> Condition:
    return OrdersRow.pk.does_not_exist() if before is None else OrdersRow.version == before.version


class Note(NamedTuple):
    """What somebody wrote about an order; ciphertext under the buyer's key."""

    note_id: str
    by: str
    sealed: str
    at: datetime


def add_note(tx: Transaction, order_id: str, note: Note) -> None:
    """Keep a note beside the order."""
    tx.create(NoteRow(f"ORD#{order_id}", f"NOTE#{note.note_id}", by=note.by, at=note.at, doc=note.sealed), "note")


def notes_page(order_id: str, limit: int, after: str | None) -> list[Note]:
    """An order's notes, newest first; ``after``: the id of the last one seen."""
    start = f"NOTE#{after}" if after else None
    rows = query(NoteRow, f"ORD#{order_id}", prefix="NOTE#", limit=limit, after=start, newest_first=True)
    return [Note(row.sk.removeprefix("NOTE#"), row.by, row.doc or "", row.at) for row in rows]


def find_note(order_id: str, note_id: str) -> Note | None:
    """One note."""
    row = get(NoteRow, f"ORD#{order_id}", f"NOTE#{note_id}")
    return None if row is None else Note(note_id, row.by, row.doc or "", row.at)


def find_policy(shop_id: str) -> Policy:
    """The shop's policy; the usual one where it has said nothing."""
    row = get(OrdersRow, f"SHP#{shop_id}", "POLICY")
    return Policy() if row is None or row.doc is None else _POLICY.validate_json(row.doc)


def save_policy(tx: Transaction, shop_id: str, policy: Policy, before: Policy) -> None:
    """Put the shop's policy, if it still is as it was."""
    row = OrdersRow(f"SHP#{shop_id}", "POLICY")
    row.version, row.doc = policy.version, _POLICY.dump_json(policy).decode()
    tx.put(row, OrdersRow.version == before.version if before.version else OrdersRow.pk.does_not_exist(), "policy")


def add_export(tx: Transaction, shop_id: str, export_id: str) -> None:
    """Remember an export, as long as its job is remembered."""
    tx.create(OrdersRow(f"EXPORTS#{shop_id}", export_id, ttl=ttl(tx.now + EXPORTS_KEPT)), "export")


def exports_page(shop_id: str, limit: int, after: str | None) -> list[str]:
    """Ids of a shop's exports, newest first."""
    rows = query(OrdersRow, f"EXPORTS#{shop_id}", limit=limit, after=after, newest_first=True)
    return [row.sk for row in rows]


def find_payment(payment_id: str) -> Payment | None:
    """The payment with this id (its out_trade_no)."""
    row = get(OrdersRow, f"PAY#{payment_id}", "PAYMENT")
    return None if row is None else _PAYMENT.validate_json(row.doc)


def save_payment(tx: Transaction, payment: Payment, before: Payment | None) -> None:
    """Put the payment, if it still is at the version of ``before``, or is not there yet."""
    row = OrdersRow(f"PAY#{payment.payment_id}", "PAYMENT")
    row.version, row.doc = payment.version, _PAYMENT.dump_json(payment).decode()
    if payment.paid_at is not None:
        row.due_bucket, row.due_at = _money_bucket(payment.paid_at, payment.payment_id), payment.paid_at
    tx.put(row, _still(before), "payment")


def find_refund(payment_id: str, refund_id: str) -> Refund | None:
    """The refund with this id (its out_refund_no)."""
    row = get(OrdersRow, f"PAY#{payment_id}", f"RFD#{refund_id}")
    return None if row is None else _REFUND.validate_json(row.doc)


def save_refund(tx: Transaction, refund: Refund, before: Refund | None) -> None:
    """Put the refund, if it still is as it was before."""
    row = OrdersRow(f"PAY#{refund.payment_id}", f"RFD#{refund.refund_id}")
    row.doc = _REFUND.dump_json(refund).decode()
    if refund.next_try_at:
        row.due_bucket, row.due_at = due_bucket(DUE, refund.refund_id), refund.next_try_at
    elif refund.status == "succeeded" and refund.accepted_at:
        row.due_bucket, row.due_at = _money_bucket(refund.accepted_at, refund.refund_id), refund.accepted_at
    was = OrdersRow.pk.does_not_exist() if before is None else OrdersRow.doc == _REFUND.dump_json(before).decode()
    tx.put(row, was, "refund")


# ---------------------------------------------------------------------------------------------- reconciliation


def _money_bucket(at: datetime, ident: str) -> str:
    return due_bucket(f"BILL#{day_of(at).isoformat()}", ident)


def list_money_of_day(
    day: date, limit: int, after: dict[str, Any] | None
) -> tuple[list[tuple[str, str | None]], dict[str, Any] | None]:
    """Payments made and refunds accepted on this day, by (payment, refund), and where to go on; None at the end."""
    bucket, start = (int(after["bucket"]), after["start"]) if after else (0, None)
    found = OrdersRow.due.query(due_bucket_of(f"BILL#{day.isoformat()}", bucket), limit=limit, last_evaluated_key=start)
    keys = [
        (row.pk.removeprefix("PAY#"), row.sk.removeprefix("RFD#") if row.sk != "PAYMENT" else None) for row in found
    ]
    if found.last_evaluated_key:
        return keys, {"bucket": bucket, "start": found.last_evaluated_key}
    return keys, {"bucket": bucket + 1, "start": None} if bucket + 1 < DUE_BUCKETS else None


def find_payments_and_refunds(
    keys: Sequence[tuple[str, str | None]],
) -> list[tuple[Payment | None, Refund | None]]:
    """Each payment, and its refund where one is named: one batched read, so at most 50 pairs."""
    asked = [(OrdersRow, f"PAY#{payment_id}", "PAYMENT") for payment_id, _ in keys]
    asked += [(OrdersRow, f"PAY#{payment_id}", f"RFD#{refund_id}") for payment_id, refund_id in keys]
    rows = read([key for key in asked if key[2] != "RFD#None"])
    there = {(row.pk, row.sk): row for row in rows if row is not None}
    found = []
    for payment_id, refund_id in keys:
        payment = there.get((f"PAY#{payment_id}", "PAYMENT"))
        refund = there.get((f"PAY#{payment_id}", f"RFD#{refund_id}"))
        found.append((payment and _PAYMENT.validate_json(payment.doc), refund and _REFUND.validate_json(refund.doc)))
    return found


def save_reconciliation(tx: Transaction, day: date, run: str, counts: Mapping[str, int], *, done: bool = False) -> None:
    """The latest comparison of a day's money: under way, or done with these counts, if it still is the latest."""
    row = ReconciliationRow(f"RECON#{day.isoformat()}", "RUN", run=run, counts=dict(counts), started_at=tx.now)
    row.ttl = ttl(tx.now + RECONCILIATION_KEPT)
    if done:
        row.done_at = tx.now
        changes = [ReconciliationRow.counts.set(dict(counts)), ReconciliationRow.done_at.set(tx.now)]
        tx.update(row, changes, ReconciliationRow.run == run, "reconciliation")
    else:
        tx.put(row)


def find_reconciliation(day: date) -> "ReconciliationRow | None":
    """The latest comparison of this day's money."""
    return get(ReconciliationRow, f"RECON#{day.isoformat()}", "RUN")


def save_difference(tx: Transaction, run: str, one: Difference) -> None:
    """Keep one; found again by the same run it is the same."""
    row = OrdersRow(f"RECON#{run}", f"{one.shop_id or '-'}#{one.kind}#{one.ref}")
    row.doc, row.ttl = _DIFFERENCE.dump_json(one).decode(), ttl(tx.now + RECONCILIATION_KEPT)
    tx.put(row)


def difference_page(run: str, shop_id: str | None, limit: int, after: str | None) -> list[tuple[str, Difference]]:
    """Differences of a run by their keys, those of one shop when it is named."""
    prefix = f"{shop_id}#" if shop_id else ""
    rows = query(OrdersRow, f"RECON#{run}", prefix=prefix, limit=limit, after=after)
    return [(row.sk, _DIFFERENCE.validate_json(row.doc)) for row in rows if row.doc]


# -------------------------------------------------------------------------------------------------- lists, dues


class Settings:
    # Of a shop's list of orders in one state. May be raised while orders go on, never lowered.
    list_buckets = Setting("ORDERS_LIST_BUCKETS", int, default=1)
    # Of a shop's ledger. Likewise.
    ledger_buckets = Setting("ORDERS_LEDGER_BUCKETS", int, default=1)


class Changed(NamedTuple):
    """A thing in a shop's list: an order, an after-sale."""

    updated_at: datetime
    ident: str


class Due(NamedTuple):
    """A row on which time has to act."""

    pk: str
    sk: str
    due_at: datetime


def due_bucket(what: str, ident: str) -> str:
    """The bucket of the due index that this id falls into: unpaid orders have their own, others share."""
    return due_bucket_of(what, sum(ident.encode()) % DUE_BUCKETS)


def due_bucket_of(what: str, bucket: int) -> str:
    """This bucket of what is due."""
    return f"{what}#{bucket}"


def list_due(now: datetime, limit: int = 100) -> list[Due]:
    """Orders and refunds on which time has to act, oldest first, up to ``limit`` a bucket."""
    return sorted(_due_in(HOLDS, now, limit) + _due_in(DUE, now, limit), key=lambda one: one.due_at)


def list_overdue_holds(now: datetime, limit: int = 25) -> list[Due]:
    """Unpaid orders whose time is over, oldest first, up to ``limit`` a bucket."""
    return sorted(_due_in(HOLDS, now, limit), key=lambda one: one.due_at)


def _due_in(what: str, now: datetime, limit: int) -> list[Due]:
    found = []
    for bucket in range(DUE_BUCKETS):
        rows = OrdersRow.due.query(f"{what}#{bucket}", OrdersRow.due_at <= now, limit=limit)
        found += [Due(row.pk, row.sk, row.due_at) for row in rows]
    return found


def postpone(due: Due, until: datetime) -> None:
    """Come back to a row later, unless it has changed since it was listed: those behind it get their turn."""
    row = OrdersRow(due.pk, due.sk)
    with suppress(UpdateError, Contended):  # it has changed, or will be listed again
        row.update([OrdersRow.due_at.set(until)], condition=OrdersRow.due_at == due.due_at)


def list_buyers_orders(buyer: str, limit: int, after: dict[str, Any] | None) -> tuple[list[str], dict[str, Any] | None]:
    """Ids of a buyer's orders, newest first, and where to go on."""
    found = OrdersRow.by_buyer.query(
        buyer, scan_index_forward=False, limit=limit, last_evaluated_key=after, page_size=limit
    )
    return [row.pk.removeprefix("ORD#") for row in found], found.last_evaluated_key


def list_shops_orders(
    shop_id: str, statuses: Iterable[Status], since: datetime | None, until: datetime | None, limit: int
) -> list[Changed]:
    """A shop's orders in these states by time of their last change, oldest change first, ``since`` and ``until``
    included: one query for each state and bucket. Each state has keys of its own, which costs no write: an order's
    entry moves with every change anyway."""
    found: dict[str, Changed] = {}
    for key in [f"{shop_id}#{status}#{bucket}" for status in statuses for bucket in range(Settings.list_buckets)]:
        for one in list_changed(key, since, until, limit):
            found[one.ident] = max(one, found.get(one.ident, one))  # it moved while its states were being listed
    return sorted(found.values())[:limit]


def list_changed(key: str, since: datetime | None, until: datetime | None, limit: int) -> list[Changed]:
    """What is listed under this key by its last change, oldest change first, ``since`` and ``until`` included."""
    if since and until and since > until:  # the engine refuses to look
        return []
    rows = OrdersRow.by_shop.query(key, _changed_between(since, until), limit=limit, page_size=limit)
    return [Changed(row.updated_at, row.pk.partition("#")[2]) for row in rows]


def _changed_between(since: datetime | None, until: datetime | None) -> Condition | None:
    if since and until:
        return OrdersRow.updated_at.between(since, until)
    if since:
        return OrdersRow.updated_at >= since
    return OrdersRow.updated_at <= until if until else None


def _shop_bucket(order: Order) -> str:
    """Under which key the shop finds it: its state's, spread over the buckets."""
    return f"{order.shop_id}#{order.status}#{sum(order.order_id.encode()) % Settings.list_buckets}"


# ----------------------------------------------------------------------------------------- the platform's desk

DISPUTES, COMPLAINTS = "DISPUTES", "COMPLAINTS"  # of all shops: a few a minute at most


def move_at_desk(tx: Transaction, desk: str, ident: str, was: datetime | None, now_is: datetime | None) -> None:
    """It waits there since ``now_is``, as it did since ``was``; None: it does not."""
    if was and was != now_is:
        tx.delete(OrdersRow(f"DESK#{desk}", f"{instant_text(was)}#{ident}"))
    if now_is and was != now_is:
        tx.put(OrdersRow(f"DESK#{desk}", f"{instant_text(now_is)}#{ident}"))


def waiting_at_desk(desk: str, limit: int, after: str | None) -> list[str]:
    """Keys of what waits there, longest waiting first: ``{since}#{id}``; ``after``: the last one seen."""
    return [row.sk for row in query(OrdersRow, f"DESK#{desk}", limit=limit, after=after)]


# --------------------------------------------------------------------------------------------------------- stock


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
    """Those of these counters that exist, however many are asked for: a batched read each hundred."""
    reads = [read(keys[start : start + MAX_KEYS]) for start in range(0, len(keys), MAX_KEYS)]
    return [row for rows in reads for row in rows if row is not None]


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


# ------------------------------------------------------------------------------------------------ offers and shops


def offer_key(sku_id: str) -> tuple[type[OfferRow], str, str]:
    """The key of a style, for batched reads."""
    return OfferRow, f"SKU#{sku_id}", "OFFER"


def find_offers(sku_ids: Sequence[str]) -> dict[str, OfferRow]:
    """The styles with these ids that orders knows: one batched read."""
    rows = read([offer_key(one) for one in sku_ids])
    return {row.pk.removeprefix("SKU#"): row for row in rows if row is not None}


def all_offers() -> Iterator[OfferRow]:
    """Every style that catalog ever spoke of, read from end to end: for operators' acts."""
    yield from OfferRow.scan(OfferRow.sk == "OFFER", consistent_read=True)


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


def find_product(product_id: str) -> ProductRow | None:
    """Which styles a product had when catalog last spoke of it."""
    return get(ProductRow, f"PRD#{product_id}", "SKUS")


def shop_key(shop_id: str) -> tuple[type[ShopRow], str, str]:
    """The key of a shop, for batched reads."""
    return ShopRow, f"SHP#{shop_id}", "SHOP"


# -------------------------------------------------------------------------------------- freight and buyers' limits


def book_key(shop_id: str) -> tuple[type[OrdersRow], str, str]:
    """The key of a shop's freight templates, for batched reads."""
    return OrdersRow, f"FRT#{shop_id}", "BOOK"


def book_of(row: OrdersRow | None) -> Book:
    """The templates inside a row; none without one."""
    return Book() if row is None or row.doc is None else _BOOK.validate_json(row.doc)


def save_book(tx: Transaction, shop_id: str, book: Book, before: Book) -> None:
    """Put a shop's freight templates, if they still are as they were."""
    row = OrdersRow(f"FRT#{shop_id}", "BOOK")
    row.version, row.doc = book.version, _BOOK.dump_json(book, exclude_defaults=True).decode()
    tx.put(row, OrdersRow.version == before.version if before.version else OrdersRow.pk.does_not_exist(), "book")


def ship_product_by(tx: Transaction, shop_id: str, product_id: str, before: str, after: str) -> None:
    """Note which freight template a product names, for the question whether one is in use."""
    if before and before != after:
        tx.delete(OrdersRow(f"FRT#{shop_id}#{before}", product_id))
    if after and before != after:
        tx.put(OrdersRow(f"FRT#{shop_id}#{after}", product_id))


def products_shipped_by(shop_id: str, template_id: str, limit: int) -> list[str]:
    """Ids of products that name this freight template."""
    return [row.sk for row in query(OrdersRow, f"FRT#{shop_id}#{template_id}", limit=limit)]


def bought_key(shop_id: str, buyer: str) -> tuple[type[BoughtRow], str, str]:
    """The key of what a buyer has of a shop's products with a limit."""
    return BoughtRow, f"BUYER#{shop_id}#{buyer}", "BOUGHT"


def bought_by(shop_id: str, buyer: str) -> dict[str, int]:
    """How many pieces the buyer has of each product of the shop that had a limit then."""
    row = get(*bought_key(shop_id, buyer))
    return row.pieces if row else {}


def count_bought(tx: Transaction, shop_id: str, buyer: str, pieces: Mapping[str, int], most: Mapping[str, int]) -> None:
    """So many pieces more of these products, none beyond ``most`` of it."""
    model, pk, sk = bought_key(shop_id, buyer)
    within = [
        Path([product_id]).does_not_exist() | (Path([product_id]) <= most[product_id] - more)
        for product_id, more in pieces.items()
    ]
    tx.update(
        model(pk, sk), [Path([one]).add(more) for one, more in pieces.items()], reduce(and_, within), BUYERS_LIMIT
    )


def uncount_bought(tx: Transaction, shop_id: str, buyer: str, pieces: Mapping[str, int]) -> None:
    """So many pieces fewer, which were counted before."""
    model, pk, sk = bought_key(shop_id, buyer)
    tx.update(model(pk, sk), [Path([one]).add(-fewer) for one, fewer in pieces.items()])


# ---------------------------------------------------------------------------------------------------------- risk


def recent_of(buyer: str) -> Recent:
    """What a buyer started to pay lately, over all shops."""
    row = get(OrdersRow, f"RISK#{buyer}", "RECENT")
    return Recent() if row is None or row.doc is None else _RECENT.validate_json(row.doc)


def save_recent(tx: Transaction, buyer: str, recent: Recent, before: Recent) -> None:
    """Put it, if it still is as it was; it is forgotten a day later."""
    row = OrdersRow(f"RISK#{buyer}", "RECENT")
    row.version, row.doc = recent.version, _RECENT.dump_json(recent).decode()
    row.ttl = ttl(tx.now + 2 * REMEMBERED)
    tx.put(row, OrdersRow.version == before.version if before.version else OrdersRow.pk.does_not_exist(), "recent")


# ---------------------------------------------------------------------------------------------- ledger and flow


def append_entries(tx: Transaction, shop_id: str, entries: Iterable[Entry]) -> None:
    """Append to the shop's ledger. Keys are fresh ids and so follow real time, however the clock is moved."""
    for entry in entries:
        bucket = sum((entry.order_id or entry.ref).encode()) % Settings.ledger_buckets
        tx.create(entry_row(shop_id, str(bucket), tx.new_id("led"), entry), f"entry {entry.cause}")


def entry_row(shop_id: str, bucket: str, key: str, entry: Entry) -> LedgerRow:
    """An entry under its key, in one of the ledger's buckets."""
    row = LedgerRow(f"LEDGER#{shop_id}#{bucket}", key)
    row.cause, row.ref, row.order_id, row.at = entry.cause, entry.ref, entry.order_id, entry.at
    row.postings = [list(posting) for posting in entry.postings]
    return row


def ledger_page(shop_id: str, limit: int, after: str | None) -> list[LedgerRow]:
    """Entries of a shop, newest first: a read a bucket, and one for what the balance judged (money/tables.py)."""
    buckets = ["B", *map(str, range(Settings.ledger_buckets))]
    found = [
        row
        for bucket in buckets
        for row in query(LedgerRow, f"LEDGER#{shop_id}#{bucket}", limit=limit, after=after, newest_first=True)
    ]
    return sorted(found, key=lambda row: row.sk, reverse=True)[:limit]


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


# ------------------------------------------------------------------------------------------------ checks of stock


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
