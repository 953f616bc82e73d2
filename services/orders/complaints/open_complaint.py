"""A buyer complains about an order (O15): the shop has to answer, and the order's money is held until it is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.orders.complaints.complaint import MOST_OF_AN_ORDER, WAITS, Complaint, Reason, Said, Step
from services.orders.complaints.facts import facts_of
from services.orders.complaints.refusals import ComplaintOpen, TooManyComplaints
from services.orders.complaints.tables import count, number_of, save_complaint
from services.orders.money.hold_money import hold_money
from services.orders.order import Order
from services.orders.tables import find_order, save_order
from services.shared.contracts.complaints import ComplaintOpened
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import IllegalTransition, NotFound
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


class Grievance(NamedTuple):
    """What somebody complains of: why, in whose words, and files by their keys."""

    reason: Reason
    text: str
    files: Sequence[str] = ()


def open_complaint(
    order_id: str,
    buyer: str,
    about: Grievance,
    *,
    begin: Begin,
    now: datetime,
    new_id: NewId,
    vault: Vault,
) -> Complaint:
    """Open it. Raises NotFound for another's order, IllegalTransition for one that was never paid, ComplaintOpen,
    TooManyComplaints."""
    order = find_order(order_id)
    if order is None or order.buyer != buyer:
        raise NotFound()
    if not order.paid_at_all:
        raise IllegalTransition("Nothing was paid for this order", state=order.status, legal=[])
    if is_complained_of(order):
        raise ComplaintOpen()
    if number_of(order_id, MOST_OF_AN_ORDER) >= MOST_OF_AN_ORDER:
        raise TooManyComplaints(most=MOST_OF_AN_ORDER)
    complaint = Complaint(
        complaint_id=new_id("cmp"),
        order_id=order_id,
        shop_id=order.shop_id,
        buyer=buyer,
        reason=about.reason,
        status="open",
        created_at=now,
        updated_at=now,
        deadline_at=now + WAITS["open"],
        history=(Step(now, "open", "open", "buyer"),),
        said=(Said(now, "buyer", buyer, vault.seal(buyer, about.text), tuple(about.files)),),
    )
    tx = begin()
    save_order(tx, hold_money(tx, order, complaint.complaint_id), order)
    save_complaint(tx, complaint, None)
    count(tx, order.shop_id, now, opened=1)
    tx.emit(
        ComplaintOpened(**facts_of(complaint, order)), subject=complaint.complaint_id, sequence=1, shop=order.shop_id
    )
    tx.commit({"complaint_id": complaint.complaint_id})
    return complaint


def is_complained_of(order: Order) -> bool:
    """Whether a complaint about it is not over."""
    return any(ref.startswith("cmp_") for ref, _ in order.frozen)
