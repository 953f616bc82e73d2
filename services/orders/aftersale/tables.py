"""After-sales in orders' table.

pk                 sk            what
AFS#{after-sale}   AFTERSALE     an after-sale
RETURNS#{shop}     ADDRESS       where goods come back to unless the shop says otherwise, sealed under the shop's key
FAST#{buyer}       RECENT        when a buyer was refunded at once, on trust
FASTDAY#{shop}     {day}         how many fast refunds were granted that day, and how many were made in time
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute

from services.orders.aftersale.aftersale import Aftersale
from services.orders.tables import DISPUTES, DUE, Changed, OrdersRow, due_bucket, list_changed, move_at_desk
from services.shared.plumbing.documents import Document
from services.shared.plumbing.instants import instant_of, instant_text
from services.shared.plumbing.tables import Transaction, get, query, read

_AFTERSALE = Document(Aftersale)
ROW = "AFTERSALE"


class RecentRow(OrdersRow):
    at = JSONAttribute()


class FastDayRow(OrdersRow):
    granted = NumberAttribute(null=True)
    done = NumberAttribute(null=True)
    in_time = NumberAttribute(null=True)


def find_aftersale(aftersale_id: str) -> Aftersale | None:
    """The after-sale with this id."""
    return _of(get(OrdersRow, f"AFS#{aftersale_id}", ROW))


def find_aftersales(aftersale_ids: Sequence[str]) -> list[Aftersale]:
    """Those of these that there are, in their order."""
    rows = read([(OrdersRow, f"AFS#{one}", ROW) for one in aftersale_ids]) if aftersale_ids else []
    return [case for row in rows if (case := _of(row))]


def _of(row: OrdersRow | None) -> Aftersale | None:
    return None if row is None or row.doc is None else _AFTERSALE.validate_json(row.doc)


def save_aftersale(tx: Transaction, case: Aftersale, before: Aftersale | None) -> None:
    """Put it, if it still is at the version of ``before``, or is not there yet."""
    row = OrdersRow(f"AFS#{case.aftersale_id}", ROW)
    row.version, row.doc = case.version, _AFTERSALE.dump_json(case, exclude_defaults=True).decode()
    row.shop_key, row.updated_at = f"{case.shop_id}#AFS", case.updated_at
    row.buyer_key, row.placed_at = f"{case.applicant}#AFS", case.created_at
    if case.deadline_at is not None:
        row.due_bucket, row.due_at = due_bucket(DUE, case.aftersale_id), case.deadline_at
    still = OrdersRow.pk.does_not_exist() if before is None else OrdersRow.version == before.version
    tx.put(row, still, "aftersale")
    move_at_desk(tx, DISPUTES, case.aftersale_id, _disputed_since(before), _disputed_since(case))


def _disputed_since(case: Aftersale | None) -> datetime | None:
    return case.history[-1].at if case and case.status == "disputed" else None


def list_shops_aftersales(shop_id: str, since: datetime | None, until: datetime | None, limit: int) -> list[Changed]:
    """A shop's after-sales, oldest change first, ``since`` and ``until`` included."""
    return list_changed(f"{shop_id}#AFS", since, until, limit)


def list_persons_aftersales(
    person: str, limit: int, after: dict[str, Any] | None
) -> tuple[list[str], dict[str, Any] | None]:
    """Ids of what a person has applied for, newest first, and where to go on."""
    found = OrdersRow.by_buyer.query(
        f"{person}#AFS", scan_index_forward=False, limit=limit, last_evaluated_key=after, page_size=limit
    )
    return [row.pk.removeprefix("AFS#") for row in found], found.last_evaluated_key


def find_return_address(shop_id: str) -> str | None:
    """Where a shop's goods come back to unless it says otherwise, as ciphertext under the shop's key."""
    row = get(OrdersRow, f"RETURNS#{shop_id}", "ADDRESS")
    return row.doc if row else None


def save_return_address(tx: Transaction, shop_id: str, sealed: str) -> None:
    """From now on they come there."""
    tx.put(OrdersRow(f"RETURNS#{shop_id}", "ADDRESS", doc=sealed))


def trusted_before(buyer: str) -> tuple[int, list[datetime]]:
    """When a buyer was refunded at once on trust, and the version of that record."""
    row = get(RecentRow, f"FAST#{buyer}", "RECENT")
    return (0, []) if row is None else (int(row.version or 0), [instant_of(one) for one in row.at])


def trust_again(tx: Transaction, buyer: str, version: int, at: Iterable[datetime]) -> None:
    """Remember these times, if nobody has changed the record since."""
    row = RecentRow(f"FAST#{buyer}", "RECENT", version=version + 1, at=[instant_text(one) for one in at])
    tx.put(row, RecentRow.version == version if version else RecentRow.pk.does_not_exist(), "trust")


def count_fast(tx: Transaction, shop_id: str, day: date, *, granted: int = 0, done: int = 0, in_time: int = 0) -> None:
    """So many more fast refunds of this day, in the transaction that grants or makes them."""
    counted = ((FastDayRow.granted, granted), (FastDayRow.done, done), (FastDayRow.in_time, in_time))
    row = FastDayRow(f"FASTDAY#{shop_id}", day.isoformat())
    tx.update(row, [counter.add(number) for counter, number in counted if number])


def fast_days(shop_id: str, limit: int, after: str | None) -> list[FastDayRow]:
    """A shop's days with fast refunds, newest first."""
    return query(FastDayRow, f"FASTDAY#{shop_id}", limit=limit, after=after, newest_first=True)
