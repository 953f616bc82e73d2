"""What is left of a finished order's money becomes free for the shop (O7)."""

from datetime import datetime

from services.orders import facts, ledger
from services.orders.order import Order
from services.orders.tables import append_entries, save_order
from services.shared.contracts.orders import OrderSettled
from services.shared.plumbing.tables import Begin


def settle_order(order: Order, *, begin: Begin, now: datetime) -> Order:
    """Paid − fee − refunded + fee returned goes from pending to available, once."""
    amount = order.left_fen
    settled = order.settle(now)
    tx = begin()
    save_order(tx, settled, order)
    if amount:
        append_entries(tx, order.shop_id, [ledger.settled(order.order_id, amount, now)])
    fee = order.fee_fen - order.fee_returned_fen
    tx.emit(OrderSettled(**facts.of(settled), settled_fen=amount, fee_fen=fee), **facts.where(settled))
    tx.commit()
    return settled
