"""Payments in orders' table.

pk                    sk              what
PAY#{payment}         PAYMENT         a payment
PAY#{payment}         RFD#{refund}    a refund on it
RECON#{day}           RUN             the latest comparison of a day's money with WeChat's bill
RECON#{run}           {shop}#{…}      a difference that it found
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from services.orders.payments.bill import Difference
from services.orders.payments.payment import Payment, Refund
from services.orders.tables import DUE, DUE_BUCKETS, OrdersRow, due_bucket, due_bucket_of
from services.shared.plumbing.day import day_of
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import (
    InstantAttribute,
    Transaction,
    get,
    query,
    read,
    ttl,
)


class ReconciliationRow(OrdersRow):
    run = UnicodeAttribute()
    counts = JSONAttribute()
    started_at = InstantAttribute()
    done_at = InstantAttribute(null=True)


_PAYMENT = Document(Payment)
_REFUND = Document(Refund)
_DIFFERENCE = Document(Difference)
RECONCILIATION_KEPT = timedelta(days=400)


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
    still = OrdersRow.pk.does_not_exist() if before is None else OrdersRow.version == before.version
    tx.put(row, still, "payment")


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
