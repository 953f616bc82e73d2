"""An order that nobody paid ends, and its stock goes back (O3).

WeChat's ``time_expire`` is the order's ``expires_at``. The hold ends then, or, once somebody may be paying, a grace
later and after asking WeChat, so that a payment made in time and reported late is still accepted.
"""

import time
from datetime import datetime, timedelta
from typing import Literal

from services.orders import facts
from services.orders.order import Order
from services.orders.payments.close_payment import close_at_wechat
from services.orders.payments.tables import find_payment, save_payment
from services.orders.payments.wechat_pay import PaymentProviderRefused
from services.orders.refusals import AmountMismatch
from services.orders.stock.release import release
from services.orders.tables import GRACE, find_order, find_orders, list_overdue_holds, own_begin, postpone, save_order
from services.shared.contracts.orders import OrderCancelled, OrderRefused
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Problem
from services.shared.plumbing.tables import MAX_KEYS, Begin, Contended

Why = Literal["buyer", "expired", "refused"]

SWEEP_S = 1.5
PATIENCE = timedelta(minutes=5)
LETTERS_COME = timedelta(hours=25)  # of what was paid, for 24 h 4 min; what is told later goes back in full


def expire_order(order_id: str, *, begin: Begin, now: datetime) -> bool:
    """End an unpaid order whose time is over; True when it ended (or turned out to be paid) here.

    Raises TooBusy while WeChat is silent, PaymentProviderRefused while it will not speak but may write, Contended.
    """
    order = find_order(order_id)
    if order is None or order.status != "pending_payment":
        return False
    due_at = order.due_at(GRACE)
    if due_at is None or due_at > now:
        return False
    ended = order.expire(now)
    try:
        end_unpaid(order, ended, "expired", begin=begin, now=now)
    except (AmountMismatch, PaymentProviderRefused) as refusal:
        # An odd payment never makes an order paid. Neither it nor a WeChat that will not speak holds stock for ever.
        if isinstance(refusal, PaymentProviderRefused) and now < order.expires_at + LETTERS_COME:
            raise
        log("orders", "order_ended_unasked", "error", order_id=order.order_id, problem=refusal.slug)
        end_unpaid(order, ended, "expired", begin=begin, now=now, ask=False)
    return True


def end_unpaid(order: Order, ended: Order, why: Why, *, begin: Begin, now: datetime, ask: bool = True) -> bool:
    """End an unpaid order as ``ended``, unless WeChat says that it was paid; then it is paid. Gives its stock back.

    Raises AmountMismatch, TooBusy, Contended.
    """
    payment = find_payment(order.payment_id) if order.payment_id else None
    if payment is not None and payment.status != "open":
        payment = None
    if ask and payment is not None and not close_at_wechat(payment, now):
        return False
    tx = begin()
    save_order(tx, ended, order)
    if payment is not None:
        save_payment(tx, payment.close(now), payment)
    release(tx, order, sold=False)
    tx.emit(_told(ended, why), **facts.where(ended))
    tx.commit({"order_id": order.order_id})
    log("orders", "order_cancelled", order_id=order.order_id, shop_id=order.shop_id, reason=why)
    return True


def _told(ended: Order, why: Why) -> OrderCancelled | OrderRefused:
    if why == "refused":
        return OrderRefused(**facts.of(ended), paid=False, paid_fen=0, channel=ended.channel)
    return OrderCancelled(**facts.of(ended), why=why, channel=ended.channel)


def sweep_holds_of(sku_id: str, now: datetime) -> int:
    """Before "sold out" is said: end overdue orders that hold this style; returns how many ended.

    A buyer waits for it, so it stops after SWEEP_S, and one that cannot end now is left to the schedule for a while.
    """
    ended, deadline = 0, time.monotonic() + SWEEP_S
    overdue = {due.pk.removeprefix("ORD#"): due for due in list_overdue_holds(now)}
    for order in find_orders(list(overdue)[:MAX_KEYS]):
        if order.status != "pending_payment" or all(line.sku_id != sku_id for line in order.lines):
            continue
        if time.monotonic() > deadline:
            break
        try:
            ended += expire_order(order.order_id, begin=own_begin(now), now=now)
        except (Contended, Problem) as error:
            log("orders", "hold_not_swept", "warning", order_id=order.order_id, cause=type(error).__name__)
            postpone(overdue[order.order_id], now + PATIENCE)
    return ended
