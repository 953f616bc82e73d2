"""Rows of complaints in orders' table.

pk                sk           what
CMP#{complaint}   COMPLAINT    a complaint; due while somebody is waited for
CMPS#{shop}       {complaint}  that the shop has it;  CMPS#{order} likewise
CMPDAY#{shop}     {day}        how many were opened, escalated and rated on a (Beijing) day, kept 400 days
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pynamodb.attributes import NumberAttribute

from services.orders.complaints.complaint import Complaint
from services.orders.tables import COMPLAINTS, DUE, OrdersRow, due_bucket, move_at_desk
from services.shared.plumbing.day import day_of
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query, read, ttl

KEPT = timedelta(days=400)
_COMPLAINT = Document(Complaint)


class CountsRow(OrdersRow):
    opened = NumberAttribute(default=0)
    escalated = NumberAttribute(default=0)
    rated = NumberAttribute(default=0)
    score = NumberAttribute(default=0)


def find_complaint(complaint_id: str) -> Complaint | None:
    """One complaint."""
    row = get(OrdersRow, f"CMP#{complaint_id}", "COMPLAINT")
    return None if row is None or row.doc is None else _COMPLAINT.validate_json(row.doc)


def save_complaint(tx: Transaction, complaint: Complaint, before: Complaint | None) -> None:
    """Put it, if it still is as it was before, or is not there yet; a new one is listed."""
    row = OrdersRow(f"CMP#{complaint.complaint_id}", "COMPLAINT")
    row.version, row.doc = complaint.version, _COMPLAINT.dump_json(complaint).decode()
    if complaint.deadline_at:
        row.due_bucket, row.due_at = due_bucket(DUE, complaint.complaint_id), complaint.deadline_at
    still = OrdersRow.pk.does_not_exist() if before is None else OrdersRow.version == before.version
    tx.put(row, still, "complaint")
    move_at_desk(tx, COMPLAINTS, complaint.complaint_id, _escalated_since(before), _escalated_since(complaint))
    if before is None:
        tx.put(OrdersRow(f"CMPS#{complaint.shop_id}", complaint.complaint_id))
        tx.put(OrdersRow(f"CMPS#{complaint.order_id}", complaint.complaint_id))


def _escalated_since(complaint: Complaint | None) -> datetime | None:
    return complaint.history[-1].at if complaint and complaint.status == "escalated" else None


def find_complaints(complaint_ids: Sequence[str]) -> list[Complaint]:
    """Those of these that there are, in their order."""
    rows = read([(OrdersRow, f"CMP#{one}", "COMPLAINT") for one in complaint_ids]) if complaint_ids else []
    return [_COMPLAINT.validate_json(row.doc) for row in rows if row is not None and row.doc]


def complaints_page(of: str, limit: int, after: str | None) -> list[Complaint]:
    """Complaints about a shop or an order, newest first: two reads."""
    listed = query(OrdersRow, f"CMPS#{of}", limit=limit, after=after, newest_first=True)
    return find_complaints([row.sk for row in listed])


def number_of(order_id: str, most: int) -> int:
    """How many there were about an order, counted up to ``most``."""
    return len(query(OrdersRow, f"CMPS#{order_id}", limit=most))


def count(tx: Transaction, shop_id: str, at: datetime, **more: int) -> None:
    """Count it on this day, in the transaction of its cause."""
    actions = [getattr(CountsRow, name).add(by) for name, by in more.items()]
    tx.update(CountsRow(f"CMPDAY#{shop_id}", day_of(at).isoformat()), [*actions, CountsRow.ttl.set(ttl(at + KEPT))])


def counts_since(shop_id: str, first: date, days: int) -> dict[str, int]:
    """The sums of so many days from this one on: one read."""
    before = (first - timedelta(days=1)).isoformat()
    rows = query(CountsRow, f"CMPDAY#{shop_id}", after=before, limit=days)
    return {name: sum(int(getattr(row, name)) for row in rows) for name in ("opened", "escalated", "rated", "score")}
