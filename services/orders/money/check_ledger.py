"""Prove a shop's balances: add all entries up anew and compare (O7). Nothing is mended by itself.

A job, a page of entries at a time. What it compares with is the book as it is when the check starts: its marks say
which entries are in it. Besides, every entry sums to zero, all accounts together do, and every closed day begins with
what the one before closed with.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from services.orders.money.book import added
from services.orders.money.tables import closed_days, entries_after, find_book
from services.orders.tables import STORE
from services.shared.plumbing import jobs
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.logs import alarm
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin

KIND = "check_ledger"
PAGE = 1_000
DAYS = 100
_START: Mapping[str, Any] = {"bucket": 0, "after": "", "sums": {}, "day": None, "closing": {}, "broken": []}


class Difference(NamedTuple):
    """An account whose balance is not what its entries come to."""

    account: str
    ledger_fen: int
    balance_fen: int


class Checked(NamedTuple):
    """How far a check is, and what it has found."""

    check_id: str
    shop_id: str
    state: str
    entries: int
    days: int
    differences: tuple[Difference, ...]
    broken_days: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """It is done, and nothing differs."""
        return self.state == "done" and not self.differences and not self.broken_days


def start_check(shop_id: str, *, begin: Begin, new_id: NewId) -> str:
    """Start checking; returns the check's id."""
    check_id, book = new_id("chk"), find_book(shop_id)
    tx = begin()
    args = {"shop_id": shop_id, "marks": dict(book.marks), "sums": dict(book.sums)}
    jobs.start(tx, check_id, KIND, args)
    tx.commit({"shop_id": shop_id, "check_id": check_id})
    return check_id


def check_page(job: jobs.Job, _: Begin) -> None:
    """Add up the next page; then look at the days."""
    place: dict[str, Any] = job.cursor or {
        "bucket": 0,
        "after": "",
        "sums": {},
        "day": None,
        "closing": {},
        "broken": [],
    }
    buckets = sorted(job.args["marks"])
    if place["bucket"] < len(buckets):
        _add_page(job, place, buckets[place["bucket"]])
    else:
        _look_at_days(job, place)
    job.cursor = place


CHECK = jobs.Kind(check_page)


def _add_page(job: jobs.Job, place: dict[str, Any], bucket: str) -> None:
    upto = job.args["marks"][bucket]
    page = [one for one in entries_after(job.args["shop_id"], bucket, place["after"], PAGE) if one.key <= upto]
    place["sums"] = added(place["sums"], (one.entry for one in page))  # an entry that is not zero is none: it raises
    job.count("entries", len(page))
    if len(page) < PAGE:
        place |= {"bucket": place["bucket"] + 1, "after": ""}
    else:
        place["after"] = page[-1].key


def _look_at_days(job: jobs.Job, place: dict[str, Any]) -> None:
    days = closed_days(job.args["shop_id"], DAYS, place["day"], newest_first=False)
    for closed in days:
        moved = Counter(place["closing"])
        if not _same(moved, closed.opening):
            place["broken"] = [*place["broken"], closed.day.isoformat()]
        moved.update(closed.within.moved)
        if not _same(moved, closed.closing) and closed.day.isoformat() not in place["broken"]:
            place["broken"] = [*place["broken"], closed.day.isoformat()]
        place["closing"], place["day"] = dict(closed.closing), closed.day.isoformat()
        job.count("days")
    if len(days) < DAYS:
        job.done()
        if differences(place["sums"], job.args["sums"]) or place["broken"]:
            alarm("orders", "ledger_differs", shop_id=job.args["shop_id"], check_id=job.id)


def _same(one: Any, other: Any) -> bool:
    return not differences(one, other)


def differences(ledger: Any, balance: Any) -> tuple[Difference, ...]:
    """On which accounts they differ; what is not named is zero."""
    accounts = sorted({*ledger, *balance})
    found = (Difference(one, ledger.get(one, 0), balance.get(one, 0)) for one in accounts)
    return tuple(one for one in found if one.ledger_fen != one.balance_fen)


def read_check(shop_id: str, check_id: str) -> Checked:
    """A check of this shop. Raises NotFound."""
    job = jobs.job_of(STORE, check_id)
    if job is None or job.kind != KIND or job.args["shop_id"] != shop_id:
        raise NotFound()
    place = job.cursor or {}
    ended = job.state == "done"
    found = differences(place["sums"], job.args["sums"]) if ended else ()
    broken = tuple(place["broken"]) if ended else ()
    counts = job.counts
    return Checked(check_id, shop_id, job.state, counts.get("entries", 0), counts.get("days", 0), found, broken)
