"""Who waits for the goods wants them to count as received later (O4)."""

from datetime import datetime, timedelta

from services.orders import facts
from services.orders.order import Order
from services.orders.tables import find_order, save_order
from services.shared.contracts.orders import ReceiptExtended
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Begin


class Settings:
    days = Setting("ORDERS_RECEIPT_EXTENSION_DAYS", int, default=7)


def extend_receipt(order_id: str, person: str, *, begin: Begin, now: datetime) -> Order:
    """Once an order, while it is on its way; asking again is the same answer. Raises NotFound, IllegalTransition."""
    order = find_order(order_id)
    if order is None or order.keeper != person:
        raise NotFound()
    current = order.as_of(now)
    if current.status == "shipped" and current.receipt_extended_days:
        return order
    extended = current.extend_receipt(now, Settings.days)
    due_at = extended.due_at(timedelta(0))
    assert due_at is not None  # it is shipped
    tx = begin()
    save_order(tx, extended, order)
    body = ReceiptExtended(**facts.of(extended), recipient=extended.recipient, receipt_due_at=due_at)
    tx.emit(body, **facts.where(extended))
    tx.commit()
    return extended
