"""Yesterday as WeChat has it against yesterday as we have it (O3, O7): differences are listed, never mended.

A job, in two passes. First the bill's lines, in its order: what WeChat says, against our payments and refunds. Then
our payments and refunds of that day, twenty thousand at a time: those that the bill does not have. The bill is read
anew for every chunk, since it fits into no memory and its link lasts five minutes. Days are Beijing's.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from services.orders.payments import bill
from services.orders.payments.bill import BillLine, Difference
from services.orders.payments.tables import (
    find_payments_and_refunds,
    find_reconciliation,
    list_money_of_day,
    save_difference,
    save_reconciliation,
)
from services.orders.payments.wechat_bill import trade_bill
from services.orders.tables import STORE
from services.shared.contracts.orders import DifferenceCounts, PaymentsDiffer
from services.shared.plumbing import jobs
from services.shared.plumbing.day import day_of
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.logs import alarm
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Begin, Refused, Transaction

KIND = "reconcile"
READY_AT = timedelta(hours=10)  # WeChat has made the bill of a day by ten the next morning
BILLS_KEPT = timedelta(days=90)
LINES, OURS = 50, 20_000  # lines a batched read: each may name a payment and a refund
CHUNK_S = 8.0
MOST_KEPT = 1_000  # differences of one kind that are listed; the rest is only counted


class NoBill(Invalid):
    slug, title = "no-bill", "WeChat Pay makes the bill of a day by ten the next morning, and keeps it for 90 days"


def reconcile_by_hand(day: date, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Start comparing this day, again if need be; returns the run's id. Raises NoBill."""
    if not day_of(now) - BILLS_KEPT <= day <= _latest_day(now):
        raise NoBill()
    run = new_id("rec")
    tx = begin()
    _start(tx, run, day)
    tx.commit({"run": run, "day": day.isoformat()})
    return run


def reconcile_yesterday(now: datetime, begin: Begin) -> str | None:
    """Start comparing yesterday, once, when its bill is ready; returns the run's id if it was started now."""
    day = _latest_day(now)
    run = f"rec_{day.isoformat()}"
    if jobs.job_of(STORE, run) is not None:
        return None
    tx = begin()
    _start(tx, run, day)
    try:
        tx.commit()
    except Refused:  # somebody else was first
        return None
    return run


def _latest_day(now: datetime) -> date:
    """The last day whose bill is made: asked for earlier, it looks like a day without trade."""
    return day_of(now - READY_AT) - timedelta(days=1)


def _start(tx: Transaction, run: str, day: date) -> None:
    save_reconciliation(tx, day, run, {})
    jobs.start(tx, run, KIND, {"day": day.isoformat()})


# --------------------------------------------------------------------------------------------------- the chunks


def _chunk(job: jobs.Job, begin: Begin) -> None:
    day, until = date.fromisoformat(job.args["day"]), time.monotonic() + CHUNK_S
    if job.cursor is None:
        job.count("lines", sum(1 for _ in _bill(day)))  # to its end: before anything is said it has arrived whole
        job.cursor = {"theirs": 0}
    elif "theirs" in job.cursor:
        _compare_theirs(job, day, until, begin)
    else:
        _list_ours_alone(job, day, begin)


def _bill(day: date) -> Iterator[BillLine]:
    text = trade_bill(day)
    first = next(text, None)
    return bill.bill_lines(_with(first, text)) if first is not None else iter(())


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _compare_theirs(job: jobs.Job, day: date, until: float, begin: Begin) -> None:
    """The bill's lines from where the last chunk ended, as many as there is time for, at least one batch."""
    lines = islice(_bill(day), job.cursor["theirs"], None)
    while batch := list(islice(lines, LINES)):
        _record(job, _disagreements(batch), begin)
        job.cursor["theirs"] += len(batch)
        if time.monotonic() > until:
            return
    job.cursor = {"ours": None}


def _disagreements(batch: list[BillLine]) -> Iterator[Difference]:
    found = find_payments_and_refunds([(line.payment_id, line.refund_id) for line in batch])
    for line, (payment, refund) in zip(batch, found, strict=True):
        if line.refund_id:
            different = bill.compare_refund(line, payment, refund)
        else:
            different = bill.compare_payment(line, payment)
        if different:
            yield different


def _list_ours_alone(job: jobs.Job, day: date, begin: Begin) -> None:
    """A part of our own payments and refunds of the day: those that no line of the bill is about."""
    ours, job.cursor["ours"] = list_money_of_day(day, OURS, job.cursor["ours"])
    left = {refund_id or payment_id: (payment_id, refund_id) for payment_id, refund_id in ours}
    job.count("ours", len(left))
    for line in _bill(day) if left else ():
        left.pop(line.ref, None)
    keys = iter(left.values())
    while batch := list(islice(keys, LINES)):
        found = find_payments_and_refunds(batch)
        pairs = ((payment, refund) for payment, refund in found if payment)
        _record(job, (bill.missing_at_wechat(payment, refund) for payment, refund in pairs), begin)
    if job.cursor["ours"] is None:
        job.done()


def _record(job: jobs.Job, differences: Iterable[Difference], begin: Begin) -> None:
    tx = begin()
    for one in differences:
        job.count(one.kind)
        if job.counts[one.kind] <= MOST_KEPT:
            save_difference(tx, job.id, one)
    if tx.size:
        tx.commit()


def _finish(job: jobs.Job, tx: Transaction) -> None:
    """The result stays with its day; where there are differences, somebody has to look."""
    day = date.fromisoformat(job.args["day"])
    latest = find_reconciliation(day)
    if latest is not None and latest.run == job.id:
        save_reconciliation(tx, day, job.id, job.counts, done=True)
    differences: dict[str, int] = {kind: job.counts[kind] for kind in bill.KINDS if kind in job.counts}
    if differences:
        alarm("orders", "payments_differ", day=day.isoformat(), counts=differences)
        body = PaymentsDiffer(day=day, differences=DifferenceCounts(**differences))
        tx.emit(body, subject=job.id, sequence=job.step)


JOB = jobs.Kind(_chunk, _finish)
