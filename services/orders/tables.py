"""Orders' rows in DynamoDB, which only the modules of this name know of: this one, and one in each subject's folder.

pk                    sk              what
SKU#{sku}             OFFER           a style for sale: price, rules, how its stock is split
PRD#{product}         SKUS            which styles a product has
SHP#{shop}            SHOP            may it sell, and its terms
BUYER#{shop}#{buyer}  BOUGHT          what a buyer has of products with a limit
ORD#{order}           ORDER           an order
STYLE#{sub-gift}      {attempt}       orders' one answer to one question for another style
LEDGER#{shop}#{n}     {entry}         an entry of the shop's ledger
SHP#{shop}            POLICY          what the shop does about wishes of its buyers
ORD#{order}           NOTE#{note}     what staff wrote about an order
EXPORTS#{shop}        {export}        an export of its orders, whose job is the plumbing's
DESK#{what}           {since}#{id}    a dispute or a complaint that waits for the platform's word
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any, NamedTuple, TypeVar

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from services.orders.ledger import Entry
from services.orders.order import Order, Status
from services.orders.policy import Policy
from services.shared.plumbing.documents import Document
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.names import physical
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import (
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
    ttl,
)
from services.shared.plumbing.vault import Vault

STORE = Store("orders")
VAULT = Vault(STORE)
T = TypeVar("T")
HOLDS, DUE = "HOLD", "DUE"
DUE_BUCKETS = 4
EXPORTS_KEPT = timedelta(days=90)
BUYERS_LIMIT = "buyers-limit"  # what the action is called that counts against it


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


class LedgerRow(OrdersRow):
    cause = UnicodeAttribute()
    ref = UnicodeAttribute()
    order_id = UnicodeAttribute()
    at = InstantAttribute()
    postings = JSONAttribute()


class NoteRow(OrdersRow):
    by = UnicodeAttribute()
    at = InstantAttribute()


class AnswerRow(OrdersRow):
    outcome = UnicodeAttribute()
    sku_id = UnicodeAttribute()


# ------------------------------------------------------------------------------- orders, and what stands beside them
_ORDER = Document(Order)
_POLICY = Document(Policy)
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
    """The orders with these ids, in their order; those that are not there are left out."""
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


def _still(before: Order | None) -> Condition:
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


def find_product(product_id: str) -> ProductRow | None:
    """Which styles a product had when catalog last spoke of it."""
    return get(ProductRow, f"PRD#{product_id}", "SKUS")


def shop_key(shop_id: str) -> tuple[type[ShopRow], str, str]:
    """The key of a shop, for batched reads."""
    return ShopRow, f"SHP#{shop_id}", "SHOP"


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
