"""Rows of card keys in orders' table.

pk                sk             what
KEYSALT#{shop}    SALT           by what the shop's keys are hashed, sealed under the shop's key
KEYED#{shop}      {hash}         this key was imported once, for one style: found again as a duplicate, also when sold
KEYFREE#{sku}     {hash}         a key that no order has, sealed
KEYPOOL#{sku}     POOL           how many keys are in the pool, and not in the style's stock
ORD#{order}       KEY#{line}#{hash} a key that the order has, sealed

A style's stock is its keys: free keys = on hand + held + sold and not yet given out + ``unlisted``.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from services.orders.tables import OrdersRow
from services.shared.plumbing.tables import Transaction, get, query, read


class Sealed(NamedTuple):
    """A key as it lies here: ciphertext under the shop's key, by its hash."""

    digest: str
    text: str


class KeyedRow(OrdersRow):
    import_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()


class PoolRow(OrdersRow):
    unlisted = NumberAttribute(default=0)


def salt_of(shop_id: str) -> str | None:
    """By what the shop's keys are hashed, sealed."""
    row = get(OrdersRow, f"KEYSALT#{shop_id}", "SALT")
    return row.doc if row else None


def keep_salt(shop_id: str, sealed: str) -> None:
    """Make one, unless somebody else has just done so."""
    try:
        OrdersRow(f"KEYSALT#{shop_id}", "SALT", doc=sealed).save(condition=OrdersRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def imported_by(shop_id: str, digests: Sequence[str]) -> dict[str, str]:
    """Which of these keys the shop imported before, for whichever style, and by which import: one batched read, so at
    most 100."""
    rows = read([_keyed(shop_id, one) for one in digests])
    return {digest: row.import_id for digest, row in zip(digests, rows, strict=True) if row is not None}


def imported_for(shop_id: str, digest: str) -> str | None:
    """The style that the shop imported this key for, if it did."""
    row = get(*_keyed(shop_id, digest))
    return row.sku_id if row else None


def _keyed(shop_id: str, digest: str) -> tuple[type[KeyedRow], str, str]:
    return KeyedRow, f"KEYED#{shop_id}", digest


def add_key(tx: Transaction, shop_id: str, sku_id: str, key: Sealed, import_id: str) -> None:
    """A new key in the pool; refused when it was imported before, for whichever style of the shop."""
    _, pk, sk = _keyed(shop_id, key.digest)
    tx.create(KeyedRow(pk, sk, import_id=import_id, sku_id=sku_id), "keyed")
    tx.create(OrdersRow(f"KEYFREE#{sku_id}", key.digest, doc=key.text), "free")


def free_keys(sku_id: str, limit: int, after: str | None = None) -> list[Sealed]:
    """Keys that no order has, in the order of their hashes."""
    return [Sealed(row.sk, row.doc or "") for row in query(OrdersRow, f"KEYFREE#{sku_id}", limit=limit, after=after)]


def find_free(sku_id: str, digest: str) -> Sealed | None:
    """One of them."""
    row = get(OrdersRow, f"KEYFREE#{sku_id}", digest)
    return None if row is None else Sealed(row.sk, row.doc or "")


def give_key(tx: Transaction, sku_id: str, key: Sealed, order_id: str, line_no: int) -> None:
    """From the pool to an order, if it still is in the pool."""
    tx.delete(OrdersRow(f"KEYFREE#{sku_id}", key.digest), OrdersRow.pk.exists(), f"key {key.digest}")
    tx.create(OrdersRow(f"ORD#{order_id}", f"KEY#{line_no:02}#{key.digest}", doc=key.text), "given")


def drop_key(tx: Transaction, shop_id: str, sku_id: str, digest: str) -> None:
    """Out of the pool, if it still is there; it may be imported again."""
    tx.delete(OrdersRow(f"KEYFREE#{sku_id}", digest), OrdersRow.pk.exists(), "key")
    _, pk, sk = _keyed(shop_id, digest)
    tx.delete(KeyedRow(pk, sk))


def keys_of(order_id: str) -> list[tuple[int, str]]:
    """(line number, ciphertext) of the keys that an order has."""
    rows = query(OrdersRow, f"ORD#{order_id}", prefix="KEY#", limit=100)
    return [(int(row.sk.split("#")[1]), row.doc or "") for row in rows]


def unlisted_of(sku_id: str) -> int:
    """How many keys are in the pool and not for sale."""
    row = get(PoolRow, f"KEYPOOL#{sku_id}", "POOL")
    return int(row.unlisted) if row else 0


def list_keys_for_sale(tx: Transaction, sku_id: str, count: int) -> None:
    """So many more of the pool are for sale; fewer, when it is negative. Refused as ``pool`` when there are not."""
    unlisted = PoolRow.unlisted
    enough = unlisted >= count if count > 0 else None
    tx.update(PoolRow(f"KEYPOOL#{sku_id}", "POOL"), [unlisted.add(-count)], enough, "pool")
