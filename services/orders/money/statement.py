"""A shop's statement of one day as a CSV file (O7): what the day opened with, every entry, what it closed with.

The day is Beijing's, and closed: its file never changes. Amounts are fen as the shop sees them: what it is owed is
positive. A job writes it, a page of entries at a time.
"""

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from services.orders.money.book import Closed, Keyed
from services.orders.money.tables import day_before_or_on, entries_after, find_entries
from services.orders.tables import STORE
from services.shared.plumbing import files, jobs
from services.shared.plumbing.day import BEIJING
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.tables import Begin, Transaction

KIND = "statement"
PAGE = 1_000
CSV = "text/csv; charset=utf-8"
BOM = "\ufeff"  # without it Excel takes Chinese for something else
# What a shop sees of its money; liabilities of the platform are the shop's own.
COLUMNS: Mapping[str, int] = {
    "pending": -1,
    "available": -1,
    "frozen": -1,
    "paying_out": -1,
    "deposit": -1,
    "owed": 1,
    "advanced": 1,
    "late": -1,
    "fees": -1,
    "wechat": 1,
    "bank": 1,
}
HEAD = ("time", "entry_id", "cause", "ref", "order_id", *(f"{account}_fen" for account in COLUMNS))


def job_id(shop_id: str, day: date) -> str:
    """The job that writes this day's statement."""
    return f"{derived_id('stm', shop_id)}_{day.isoformat()}"


def file_key(shop_id: str, day: date) -> str:
    """Where the file lies."""
    return f"{STORE.service}/statements/{shop_id}/{day.isoformat()}.csv"


def start_statement(tx: Transaction, shop_id: str, day: date) -> None:
    """Have it written, in the transaction that closes the day."""
    jobs.start(tx, job_id(shop_id, day), KIND, {"shop_id": shop_id, "day": day.isoformat()})


def write_statement(job: jobs.Job, _: Begin) -> None:
    """One page of entries of one bucket; in the end one file of all parts."""
    shop_id, day = str(job.args["shop_id"]), date.fromisoformat(job.args["day"])
    closed = day_before_or_on(shop_id, day)
    if closed is None or closed.day != day:
        raise LookupError(f"{day} of {shop_id} is not closed")
    place: dict[str, Any] = job.cursor or {"part": 0, "bucket": 0, "after": None}
    buckets = sorted(closed.within.first)
    text = io.StringIO()
    sheet = csv.writer(text)
    if place["part"] == 0:
        text.write(BOM)
        sheet.writerow(HEAD)
        sheet.writerow(_balance("opening", closed.opening))
    if place["bucket"] < len(buckets):
        bucket = buckets[place["bucket"]]
        page = _page(shop_id, closed, bucket, place["after"])
        for one in page:
            if closed.within.holds(day, one):
                sheet.writerow(_line(one))
                job.count("entries")
        ended = not page or page[-1].key >= closed.within.last[bucket]
        place |= {"bucket": place["bucket"] + 1, "after": None} if ended else {"after": page[-1].key}
    else:
        sheet.writerow(_balance("closing", closed.closing))
        job.done()
    files.write(_part(shop_id, day, place["part"]), text.getvalue().encode(), CSV)
    if job.state == "done":
        parts = [_part(shop_id, day, number) for number in range(place["part"] + 1)]
        files.join(parts, file_key(shop_id, day), CSV)
    job.cursor = place | {"part": place["part"] + 1}


STATEMENT = jobs.Kind(write_statement)


def _page(shop_id: str, closed: Closed, bucket: str, after: str | None) -> list[Keyed]:
    """The next entries between the day's first and last of the bucket."""
    last = closed.within.last[bucket]
    first = find_entries(shop_id, bucket, [closed.within.first[bucket]]) if after is None else []
    page = first + entries_after(shop_id, bucket, after or closed.within.first[bucket], PAGE)
    return [one for one in page if one.key <= last]


def _part(shop_id: str, day: date, number: int) -> str:
    return f"{STORE.service}/statements/{shop_id}/{day.isoformat()}/{number:05}"


def _line(one: Keyed) -> list[str | int]:
    entry, moved = one.entry, dict(one.entry.postings)
    amounts = [sign * moved.get(account, 0) for account, sign in COLUMNS.items()]  # type: ignore[call-overload]
    at = entry.at.astimezone(BEIJING).isoformat(timespec="seconds")
    return [at, one.key, entry.cause, entry.ref, entry.order_id, *amounts]


def _balance(what: str, sums: Mapping[str, int]) -> list[str | int]:
    return ["", "", what, "", "", *(sign * sums.get(account, 0) for account, sign in COLUMNS.items())]
