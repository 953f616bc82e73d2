"""Gifts' rows in DynamoDB, and the only module of gifts that knows of it.

pk                sk             what
GIFT#{gift}       SHEET          a gift sheet; it never changes
GIFT#{gift}       SUB#{sub}      one recipient's share: state, recipient, sealed address
PRODUCT#{product} STYLES         what catalog offers of it, by its sequence
SHOP#{shop}       SHOP           the shop's name, by its sequence

Index ``due``: sub-gifts on which time has to act. ``by_giver``: sheets. ``by_recipient``: sub-gifts somebody holds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from zlib import crc32

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from services.gifts.gift import Gift, Sheet, sub_gift_id_of
from services.gifts.product import Product
from services.gifts.sub_gift import SubGift
from services.shared.plumbing.resources import physical
from services.shared.plumbing.tables import InstantAttribute, Store, Table, Transaction, read
from services.shared.plumbing.vault import Vault

STORE = Store("gifts")
VAULT = Vault(STORE)
T = TypeVar("T")
Key = tuple[type["GiftsRow"], str, str]

NEWER = "newer"  # names the action that a replica's older state fails on
DUE_BUCKETS = 4  # may be raised at any time, never lowered: a row keeps the bucket it was written with

SHEET, SUB_GIFT, PRODUCT, SHOP_NAME = TypeAdapter(Sheet), TypeAdapter(SubGift), TypeAdapter(Product), TypeAdapter(str)


class _Due(GlobalSecondaryIndex["GiftsRow"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class _ByGiver(GlobalSecondaryIndex["GiftsRow"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_giver"
        projection = KeysOnlyProjection()

    giver = UnicodeAttribute(hash_key=True)
    gift_id = UnicodeAttribute(range_key=True)


class _ByRecipient(GlobalSecondaryIndex["GiftsRow"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_recipient"
        projection = KeysOnlyProjection()

    recipient = UnicodeAttribute(hash_key=True)
    sub_gift_id = UnicodeAttribute(range_key=True)


class GiftsRow(Table):
    """Any row. ``doc`` is the noun as JSON; beside it stands only what keys and conditions need."""

    class Meta:
        table_name = physical("gifts")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due = _Due()
    by_giver = _ByGiver()
    by_recipient = _ByRecipient()
    due_bucket = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)
    giver = UnicodeAttribute(null=True)
    gift_id = UnicodeAttribute(null=True)
    recipient = UnicodeAttribute(null=True)
    sub_gift_id = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    sequence = NumberAttribute(null=True)
    doc = UnicodeAttribute()


# --------------------------------------------------------------------------------------------------------- gifts


def find_gift(gift_id: str) -> Gift | None:
    """The gift as it is now."""
    return next(iter(find_gifts([gift_id])), None)


def find_gifts(gift_ids: Sequence[str]) -> list[Gift]:
    """The gifts with these ids, in their order; those that are not there are left out.

    One batched read for fifty, and one more where some have many recipients.
    """
    keys = [key for one in gift_ids for key in (_sheet_key(one), _sub_gift_key(one, 1))]
    docs = _docs(keys)
    sheets = [sheet for one in gift_ids if (sheet := _noun(SHEET, docs.get(_sheet_key(one))))]
    docs |= _docs([_sub_gift_key(sheet.gift_id, n) for sheet in sheets for n in range(2, sheet.recipients + 1)])
    return [gift for sheet in sheets if (gift := _gift(sheet, docs))]


def create_gift(tx: Transaction, gift: Gift) -> None:
    """Put a fresh gift, which must not exist yet."""
    sheet = gift.sheet
    _, pk, sk = _sheet_key(sheet.gift_id)
    tx.create(GiftsRow(pk, sk, giver=sheet.giver, gift_id=sheet.gift_id, doc=_json(SHEET, sheet)), "sheet")
    for one in gift.sub_gifts:
        tx.create(_sub_gift_row(sheet, one), one.sub_gift_id)


def save_sub_gift(tx: Transaction, sheet: Sheet, before: SubGift, after: SubGift) -> None:
    """Put the sub-gift, if it still is at the version that was read: of claim and expiry one finds it changed."""
    tx.put(_sub_gift_row(sheet, after), GiftsRow.version == before.version, after.sub_gift_id)


def _sub_gift_row(sheet: Sheet, one: SubGift) -> GiftsRow:
    row = GiftsRow(f"GIFT#{sheet.gift_id}", f"SUB#{one.sub_gift_id}", version=one.version, doc=_json(SUB_GIFT, one))
    row.due_at = one.due_at(sheet.deadline_at)
    if row.due_at:
        row.due_bucket = f"DUE#{crc32(sheet.gift_id.encode()) % DUE_BUCKETS}"
    if one.state in ("claiming", "claimed"):
        row.recipient, row.sub_gift_id = one.recipient, one.sub_gift_id
    return row


def _gift(sheet: Sheet, docs: Mapping[Key, str]) -> Gift | None:
    """None for one that was read in the middle of its making: a batched read is not of one moment."""
    parts = [docs.get(_sub_gift_key(sheet.gift_id, number)) for number in range(1, sheet.recipients + 1)]
    sub_gifts = tuple(SUB_GIFT.validate_json(part) for part in parts if part)
    return Gift(sheet, sub_gifts) if len(sub_gifts) == sheet.recipients else None


def _sheet_key(gift_id: str) -> Key:
    return GiftsRow, f"GIFT#{gift_id}", "SHEET"


def _sub_gift_key(gift_id: str, number: int) -> Key:
    return GiftsRow, f"GIFT#{gift_id}", f"SUB#{sub_gift_id_of(gift_id, number)}"


# -------------------------------------------------------------------------------------------------- lists, dues


def due_gifts(now: datetime, limit: int) -> list[str]:
    """Ids of gifts on which time has to act, the longest overdue first; up to ``limit`` sub-gifts a bucket."""
    buckets = [f"DUE#{number}" for number in range(DUE_BUCKETS)]
    rows = [row for one in buckets for row in GiftsRow.due.query(one, GiftsRow.due_at <= now, limit=limit)]
    return list(dict.fromkeys(_gift_id(row) for row in sorted(rows, key=lambda row: row.due_at)))


def list_given(giver: str, limit: int, after: str | None) -> list[str]:
    """Ids of a giver's gifts, newest first, beyond ``after``."""
    beyond = GiftsRow.gift_id < after if after else None
    rows = GiftsRow.by_giver.query(giver, beyond, scan_index_forward=False, limit=limit, page_size=limit)
    return [_gift_id(row) for row in rows]


def list_received(recipient: str, limit: int, after: str | None) -> list[tuple[str, str]]:
    """(gift, sub-gift) ids of what a person is claiming or has claimed, newest gift first, beyond ``after``."""
    beyond = GiftsRow.sub_gift_id < after if after else None
    rows = GiftsRow.by_recipient.query(recipient, beyond, scan_index_forward=False, limit=limit, page_size=limit)
    return [(_gift_id(row), row.sk.removeprefix("SUB#")) for row in rows]


def _gift_id(row: GiftsRow) -> str:
    return row.pk.removeprefix("GIFT#")


# --------------------------------------------------------------------------------------------- what catalog says


def find_product(product_id: str) -> Product | None:
    """The product, if gifts has heard of it."""
    return _noun(PRODUCT, _docs([_product_key(product_id)]).get(_product_key(product_id)))


def find_product_and_shop_name(product_id: str, shop_id: str) -> tuple[Product | None, str | None]:
    """Both in one read; None for what gifts has not heard of."""
    product, shop = _product_key(product_id), _shop_key(shop_id)
    docs = _docs([product, shop])
    return _noun(PRODUCT, docs.get(product)), _noun(SHOP_NAME, docs.get(shop))


def save_product(tx: Transaction, product: Product, sequence: int) -> None:
    """Put the product, unless a newer one is there."""
    _put_newer(tx, _product_key(product.product_id), _json(PRODUCT, product), sequence)


def save_shop_name(tx: Transaction, shop_id: str, name: str, sequence: int) -> None:
    """Put the shop's name, unless a newer one is there."""
    _put_newer(tx, _shop_key(shop_id), _json(SHOP_NAME, name), sequence)


def _put_newer(tx: Transaction, key: Key, doc: str, sequence: int) -> None:
    older = GiftsRow.pk.does_not_exist() | (GiftsRow.sequence < sequence)
    tx.put(GiftsRow(key[1], key[2], sequence=sequence, doc=doc), older, NEWER)


def _product_key(product_id: str) -> Key:
    return GiftsRow, f"PRODUCT#{product_id}", "STYLES"


def _shop_key(shop_id: str) -> Key:
    return GiftsRow, f"SHOP#{shop_id}", "SHOP"


# ----------------------------------------------------------------------------------------------------- documents


def _docs(keys: Sequence[Key]) -> dict[Key, str]:
    """The documents under these keys, read in hundreds."""
    rest = iter(dict.fromkeys(keys))
    found: dict[Key, str] = {}
    while hundred := list(islice(rest, 100)):
        found |= {key: row.doc for key, row in zip(hundred, read(hundred), strict=True) if row is not None}
    return found


def _noun(kind: TypeAdapter[T], doc: str | None) -> T | None:
    return None if doc is None else kind.validate_json(doc)


def _json(kind: TypeAdapter[Any], noun: object) -> str:
    return kind.dump_json(noun, exclude_defaults=True).decode()
