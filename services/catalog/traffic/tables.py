"""Rows of traffic in catalog's table.

pk                     sk              what
TRF#{shop}             {moment}#{id}   a tally as it came in: a batch's or an order's, kept 3 days
TRF#{shop}#BATCH       {batch}         this batch is counted, kept 3 days
TRD#{day}              {shop}          the shop had traffic on this day, kept 3 days
FLD#{shop}             FOLDED          up to which tally everything is in the days' items
FLD                    STOPPED         the shop behind which the next sweep begins
FUN#{shop}#{day}       {bucket}        the day's counts, 8 items, kept 400 days

A tally costs what its size costs. Every five minutes those of a shop are added up into its day's items in one
transaction, which also moves the mark: each is in once. Tallies are not deleted, they expire.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pydantic import TypeAdapter
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from services.catalog.tables import CatalogRow
from services.catalog.traffic.tally import Tally
from services.shared.plumbing.instants import instant_text
from services.shared.plumbing.tables import Transaction, get, query, read, ttl

KEPT = timedelta(days=3)
DAYS_KEPT = timedelta(days=400)

_TALLY = TypeAdapter(Tally)


class TallyRow(CatalogRow):
    day = UnicodeAttribute()
    ours = BooleanAttribute(null=True)


class MarkRow(CatalogRow):
    upto = UnicodeAttribute()


class Coming(NamedTuple):
    """A tally that is to be added up, by its key. ``ours``: its products are the shop's, here or not."""

    key: str
    day: date
    tally: Tally
    ours: bool


def add_tally(tx: Transaction, shop_id: str, day: date, tally: Tally, tally_id: str, *, ours: bool = False) -> None:
    """A tally that is to be added up. ``ours``: nobody has to look whose its products are."""
    row = TallyRow(f"TRF#{shop_id}", f"{instant_text(tx.now)}#{tally_id}", day=day.isoformat(), ours=ours or None)
    row.doc, row.ttl = _said(tally), ttl(tx.now + KEPT)
    tx.create(row, "tally")


def mark_batch(tx: Transaction, shop_id: str, batch_id: str) -> None:
    """This batch is counted; refused as ``batch`` when it was before."""
    row = CatalogRow(f"TRF#{shop_id}#BATCH", batch_id)
    row.ttl = ttl(tx.now + KEPT)
    tx.create(row, "batch")


def is_counted(shop_id: str, batch_id: str) -> bool:
    """Whether this batch is counted."""
    return get(CatalogRow, f"TRF#{shop_id}#BATCH", batch_id) is not None


def had_traffic(shop_id: str, day: date) -> bool:
    """Whether the shop is among those of this day."""
    return get(CatalogRow, f"TRD#{day.isoformat()}", shop_id) is not None


def note_traffic(tx: Transaction, shop_id: str, day: date) -> None:
    """The shop is among those of this day. May be repeated."""
    row = CatalogRow(f"TRD#{day.isoformat()}", shop_id)
    row.ttl = ttl(tx.now + KEPT)
    tx.put(row)


def shops_with_traffic(day: date, limit: int, after: str | None) -> list[str]:
    """Shops that had traffic on this day, in the order of their ids."""
    return [row.sk for row in query(CatalogRow, f"TRD#{day.isoformat()}", limit=limit, after=after)]


def folded_upto(shop_id: str) -> str:
    """The key of the last tally that is in the days' items."""
    row = get(MarkRow, f"FLD#{shop_id}", "FOLDED")
    return row.upto if row else ""


def sweep_stopped() -> str:
    """The shop at which the last sweep that had no time left stopped."""
    row = get(MarkRow, "FLD", "STOPPED")
    return row.upto if row else ""


def note_stopped(tx: Transaction, shop_id: str) -> None:
    """The sweep stops at this shop. May be repeated."""
    tx.put(MarkRow("FLD", "STOPPED", upto=shop_id))


def tallies_after(shop_id: str, upto: str, until: datetime, limit: int) -> list[Coming]:
    """The tallies between these moments, oldest first: one read."""
    rows = query(TallyRow, f"TRF#{shop_id}", limit=limit, after=upto or None)
    return [
        Coming(row.sk, date.fromisoformat(row.day), _TALLY.validate_json(row.doc or "{}"), bool(row.ours))
        for row in rows
        if row.sk < instant_text(until)
    ]


def move_mark(tx: Transaction, shop_id: str, before: str, after: str) -> None:
    """Everything up to ``after`` is in; refused when somebody has moved the mark meanwhile."""
    row = MarkRow(f"FLD#{shop_id}", "FOLDED", upto=after)
    tx.put(row, MarkRow.upto == before if before else MarkRow.pk.does_not_exist(), "mark")


def counted(shop_id: str, items: Iterable[tuple[date, int]]) -> Mapping[tuple[date, int], tuple[Tally, int]]:
    """Counts and version of these items of a shop's days: one read."""
    wanted = list(items)
    rows = read([_key(shop_id, *one) for one in wanted]) if wanted else []
    return {one: _tally(row) for one, row in zip(wanted, rows, strict=True)}


def save_counts(tx: Transaction, shop_id: str, item: tuple[date, int], tally: Tally, before: int) -> None:
    """Put an item, if it still is at the version before."""
    row = CatalogRow(*_key(shop_id, *item)[1:])
    row.version, row.doc, row.ttl = before + 1, _said(tally), ttl(tx.now + DAYS_KEPT)
    same = CatalogRow.version == before if before else CatalogRow.pk.does_not_exist()
    tx.put(row, same, f"counts {item}")


def days_of(shop_id: str, days: Sequence[date]) -> list[list[Tally]]:
    """What is counted of each of these days: one read a day."""
    return [[_tally(row)[0] for row in query(CatalogRow, f"FUN#{shop_id}#{day.isoformat()}")] for day in days]


def _key(shop_id: str, day: date, bucket: int) -> tuple[type[CatalogRow], str, str]:
    return CatalogRow, f"FUN#{shop_id}#{day.isoformat()}", f"{bucket:02d}"


def _tally(row: CatalogRow | None) -> tuple[Tally, int]:
    return (Tally(), 0) if row is None or row.doc is None else (_TALLY.validate_json(row.doc), int(row.version or 0))


def _said(tally: Tally) -> str:
    return _TALLY.dump_json(tally).decode()
