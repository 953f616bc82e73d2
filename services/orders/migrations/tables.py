"""Rows of migrations in orders' table.

pk                       sk               what
MIGR#{migration}         MIGRATION        what catalog says of it, by its sequence
MIGR#{migration}         FILE#{upload}    where an uploaded dump lies, and how long it is
MIGR#{migration}#{run}   {file}#{line}    what became of a record, where the thing itself does not say so
MIGR#{migration}#{run}   ID#{id}          what a dry run would have brought in, from which line; an order as it would be
MIGR#{migration}#{run}   SAID#{what}      this was told of the run
OLD#{old id}             {id}             an old thing's id leads here for ever; ``doc``: what was kept aside, sealed

What a run moved says so itself (``Origin``); so a line that was read twice had its effect once.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from services.orders.order import Order
from services.orders.tables import OrdersRow
from services.shared.contracts.migration import MigrationChanged, MigrationRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import MAX_KEYS, Transaction, get, query, read, ttl

_ORDER = Document(Order)
RUNS_KEPT = timedelta(days=180)
ROW = "MIGRATION"


class OldRow(OrdersRow):
    kind = UnicodeAttribute()
    shop_id = UnicodeAttribute()
    sealed_for = UnicodeAttribute(null=True)


class DumpRow(OrdersRow):
    key = UnicodeAttribute()
    size = NumberAttribute()


class WouldRow(OrdersRow):
    file = NumberAttribute()
    line = NumberAttribute()


class Spot(NamedTuple):
    """A line of a migration's file in one run."""

    migration_id: str
    run: int
    file: int
    line: int

    @property
    def pk(self) -> str:
        return f"MIGR#{self.migration_id}#{self.run}"

    @property
    def sk(self) -> str:
        return f"{self.file:04}#{self.line:010}"


# ------------------------------------------------------------------------------------------------- the migration


def find_migration(migration_id: str) -> MigrationChanged | None:
    """What catalog last said of it."""
    row = get(OrdersRow, f"MIGR#{migration_id}", ROW)
    return None if row is None or row.doc is None else MigrationChanged.model_validate_json(row.doc)


def save_migration(tx: Transaction, said: MigrationChanged, sequence: int) -> None:
    """Keep it, unless something newer was said before: the action ``state`` fails then."""
    row = OrdersRow(f"MIGR#{said.migration_id}", ROW, version=sequence, doc=said.model_dump_json())
    tx.put(row, OrdersRow.pk.does_not_exist() | (OrdersRow.version < sequence), "state")


def find_dump(migration_id: str, upload_id: str) -> tuple[str, int] | None:
    """The key and the bytes of a dump that was looked at before: the upload itself is forgotten sooner."""
    row = get(DumpRow, f"MIGR#{migration_id}", f"FILE#{upload_id}")
    return None if row is None else (row.key, int(row.size))


def keep_dump(tx: Transaction, migration_id: str, upload_id: str, key: str, size: int) -> None:
    """Remember where it lies. May be repeated."""
    tx.put(DumpRow(f"MIGR#{migration_id}", f"FILE#{upload_id}", key=key, size=size))


# ------------------------------------------------------------------------------------------------------ the runs


def told_rows(spots: Sequence[Spot]) -> dict[Spot, MigrationRow]:
    """What is known to have become of these lines."""
    rows = zip(spots, read([(OrdersRow, one.pk, one.sk) for one in spots]), strict=True)
    return {spot: MigrationRow.model_validate_json(row.doc) for spot, row in rows if row is not None}


def tell_row(tx: Transaction, spot: Spot, row: MigrationRow) -> None:
    """Say what became of a line, once."""
    tx.create(OrdersRow(spot.pk, spot.sk, doc=row.model_dump_json(), ttl=ttl(tx.now + RUNS_KEPT)), "told")


def note_said(tx: Transaction, migration_id: str, run: int, what: str) -> None:
    """This was said of a run, once: the action ``said`` fails when it was."""
    tx.create(OrdersRow(f"MIGR#{migration_id}#{run}", f"SAID#{what}", ttl=ttl(tx.now + RUNS_KEPT)), "said")


class Would(NamedTuple):
    """What a dry run would have brought in: from which line, and an order as it would be here."""

    file: int
    line: int
    order: Order | None


def would_bring(spot: Spot, new_ids: Sequence[str]) -> dict[str, Would]:
    """Of these things those that a dry run would have brought in already."""
    found, unique = {}, list(dict.fromkeys(new_ids))
    for new_id, row in zip(unique, read([(WouldRow, spot.pk, f"ID#{one}") for one in unique]), strict=True):
        if row is not None:
            order = _ORDER.validate_json(row.doc) if row.doc else None
            found[new_id] = Would(int(row.file), int(row.line), order)
    return found


def bytes_of(order: Order) -> int:
    """How large the order is as it is kept."""
    return len(_ORDER.dump_json(order, exclude_defaults=True))


def note_would_bring(tx: Transaction, spot: Spot, new_id: str, order: Order | None = None) -> None:
    """A dry run would have brought it in from this line, once."""
    tx.create(_would(tx, spot, new_id, order), "told")


def note_would_be(tx: Transaction, spot: Spot, order: Order) -> None:
    """An order as a dry run would have left it. The line is whose it is, or none where it is here already."""
    tx.put(_would(tx, spot, order.order_id, order))


def _would(tx: Transaction, spot: Spot, new_id: str, order: Order | None) -> WouldRow:
    row = WouldRow(spot.pk, f"ID#{new_id}", file=spot.file, line=spot.line, ttl=ttl(tx.now + RUNS_KEPT))
    row.doc = _ORDER.dump_json(order, exclude_defaults=True).decode() if order else None
    return row


# ------------------------------------------------------------------------------------------------------- old ids


def add_old(tx: Transaction, kind: str, old_id: str, new_id: str, shop_id: str, sealed: tuple[str, str] | None) -> None:
    """An old id leads here from now on. ``sealed``: for whom what was kept aside is sealed, and the ciphertext."""
    row = OldRow(f"OLD#{old_id}", new_id, kind=kind, shop_id=shop_id)
    if sealed:
        row.sealed_for, row.doc = sealed
    tx.create(row, "old id")


def drop_old(tx: Transaction, old_id: str, new_id: str) -> None:
    """It leads nowhere any more."""
    tx.delete(OldRow(f"OLD#{old_id}", new_id))


def new_ids_of(old_id: str, kind: str) -> Iterator[list[str]]:
    """What has this old id: things of several shops may, as each old shop numbered its own. At most a hundred at once,
    each a read."""
    after: str | None = None
    while rows := query(OldRow, f"OLD#{old_id}", limit=MAX_KEYS, after=after):
        yield [row.sk for row in rows if row.kind == kind]
        if len(rows) < MAX_KEYS:
            return
        after = rows[-1].sk


def kept_aside(old_id: str, new_id: str) -> tuple[str, str] | None:
    """For whom what was kept aside of it is sealed, and the ciphertext."""
    row = get(OldRow, f"OLD#{old_id}", new_id)
    return None if row is None or row.doc is None or row.sealed_for is None else (row.sealed_for, row.doc)


def has_more_rows(order_id: str) -> bool:
    """Whether something was written beside the order: a note, a key."""
    return len(query(OrdersRow, f"ORD#{order_id}", limit=2)) > 1


def drop_order(tx: Transaction, order_id: str, version: int) -> None:
    """Take out an order that still is at this version."""
    tx.delete(OrdersRow(f"ORD#{order_id}", "ORDER"), OrdersRow.version == version, "order")


def drop_aftersale(tx: Transaction, aftersale_id: str, version: int) -> None:
    """Take out an after-sale that still is at this version."""
    tx.delete(OrdersRow(f"AFS#{aftersale_id}", "AFTERSALE"), OrdersRow.version == version, "aftersale")
