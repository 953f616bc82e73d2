"""The buyer does not want an unpaid order any more (O2)."""

from datetime import datetime

from services.orders.expire_order import end_unpaid
from services.orders.order import Order
from services.orders.tables import find_order
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Contended


def cancel_order(order_id: str, buyer: str, *, begin: Begin, now: datetime) -> Order:
    """Cancel it and give its stock back. Cancelling a cancelled order is the same answer.

    Raises NotFound, and IllegalTransition for one that is paid, also when WeChat only says so now.
    """
    order = find_order(order_id)
    if order is None or order.buyer != buyer:
        raise NotFound()
    if order.status == "cancelled" and order.history[-1].why == "buyer":
        return order
    ended = order.cancel(now)
    if not end_unpaid(order, ended, "buyer", begin=begin, now=now):
        raise Contended("WeChat says that it was paid: judge it as it is now")
    return ended
