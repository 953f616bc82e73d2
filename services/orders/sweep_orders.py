"""What time itself does to orders: expiry, automatic receipt, settlement, refunds that wait (O3, O4, O7).

The due index only names candidates; each verb reads the order itself and decides again.
"""

from datetime import datetime

from services.orders.expire_order import expire_order
from services.orders.order import Order
from services.orders.receive_order import auto_confirm
from services.orders.refund import send_refund
from services.orders.settle_order import settle_order
from services.orders.tables import GRACE, find_order, list_due, own_begin
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Problem
from services.shared.plumbing.tables import retrying


def sweep_orders(now: datetime, limit: int = 100) -> dict[str, int]:
    """Act on everything that is due, up to ``limit`` a bucket; returns how many went through and how many must wait."""
    done = {"acted": 0, "waiting": 0}
    for pk, sk in list_due(now, limit):
        try:
            retrying(lambda: _act(pk, sk, now))  # noqa: B023 - runs at once
            done["acted"] += 1
        except Problem as error:  # one that cannot end now must not hold up the others
            log("orders", "due_act_waits", "warning", subject=pk, problem=error.slug)
            done["waiting"] += 1
    return done


def _act(pk: str, sk: str, now: datetime) -> None:
    begin = own_begin(now)
    if sk.startswith("RFD#"):
        send_refund(pk.removeprefix("PAY#"), sk.removeprefix("RFD#"), begin=begin, now=now)
        return
    order = find_order(pk.removeprefix("ORD#"))
    due_at = order.due_at(GRACE) if order else None
    if order is not None and due_at is not None and due_at <= now:
        _act_on(order, now)


def _act_on(order: Order, now: datetime) -> None:
    begin = own_begin(now)
    if order.status == "pending_payment":
        expire_order(order.order_id, begin=begin, now=now)
    elif order.status == "shipped":
        auto_confirm(order, begin=begin, now=now)
    else:
        settle_order(order, begin=begin, now=now)
