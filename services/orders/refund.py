"""Money on its way back: reserved on the payment first, then asked of WeChat, then booked (O3, O6, O7).

reserve ─tx─▶ due ─ WeChat takes it ─▶ sent ─ WeChat says SUCCESS ─tx─▶ succeeded: ledger, order, event
               └──────────── tried again by the due-time sweep for as long as it takes ────────────┘
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.orders import facts, ledger, wechat_pay
from services.orders.order import Order
from services.orders.payment import Payment, Refund, RefundWhy
from services.orders.refusals import AmountMismatch
from services.orders.tables import (
    append_entries,
    find_order,
    find_payment,
    find_refund,
    save_order,
    save_payment,
    save_refund,
)
from services.orders.wechat_pay import PaymentProviderRefused, RefundState
from services.shared.contracts.orders import RefundDue, RefundSucceeded
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import NotFound, TooBusy
from services.shared.plumbing.tables import Begin, Transaction

LONGEST_PAUSE = timedelta(hours=1)


def reserve_refund(
    tx: Transaction, order: Order, payment: Payment, amount_fen: int, why: RefundWhy, stored: Payment | None = None
) -> Refund:
    """Set the amount aside on the payment and queue the refund, in the caller's transaction.

    ``stored`` is the payment as it is in the table, where ``payment`` has moved on in this same act.
    Raises RefundTooLarge: refunds never pass what was paid, whatever the order of events.
    """
    number = payment.refunds + 1
    due = Refund(
        refund_id=derived_id("rfd", payment.payment_id) + ("" if number == 1 else f"_{number}"),
        payment_id=payment.payment_id,
        order_id=order.order_id,
        amount_fen=amount_fen,
        why=why,
        status="due",
        created_at=tx.now,
        updated_at=tx.now,
        next_try_at=tx.now,
    )
    reserved = payment.reserve(tx.now, amount_fen)
    save_payment(tx, reserved, stored or payment)
    save_refund(tx, due, None)
    body = RefundDue(payment_id=payment.payment_id, refund_id=due.refund_id)
    tx.emit(body, subject=payment.payment_id, sequence=reserved.version, shop=order.shop_id)
    return due


def send_refund(payment_id: str, refund_id: str, *, begin: Begin, now: datetime) -> None:
    """Ask WeChat for a refund that is due, or how one that was sent is doing. Harmless when repeated.

    Where WeChat does not answer or refuses, the refund stays and is tried again later, ever less often.
    """
    refund, payment = find_refund(payment_id, refund_id), find_payment(payment_id)
    if refund is None or payment is None or refund.status == "succeeded":
        return
    try:
        if refund.status == "due":
            state = wechat_pay.refund(refund_id, payment, refund.amount_fen, refund.why)
        else:
            state = wechat_pay.query_refund(refund_id)
    except (TooBusy, PaymentProviderRefused) as error:
        log("orders", "refund_waits", "warning", refund_id=refund_id, payment_id=payment_id, problem=error.slug)
        _later(begin(), refund, refund.status)
        return
    if state.state == "SUCCESS":
        complete_refund(state, begin=begin, now=now)
    elif state.state == "PROCESSING":
        _later(begin(), refund, "sent")
    else:  # ABNORMAL, CLOSED: it did not reach the payer, so it is asked for again, and somebody should look
        log("orders", "refund_failed", "error", refund_id=refund_id, payment_id=payment_id, state=state.state)
        _later(begin(), refund, "due")


def _later(tx: Transaction, refund: Refund, status: str) -> None:
    pause = min(LONGEST_PAUSE, timedelta(seconds=30 * 2 ** min(refund.tries, 7)))
    again = replace(
        refund,
        status=status,  # type: ignore[arg-type]
        tries=refund.tries + 1,
        updated_at=tx.now,
        next_try_at=tx.now + pause,
    )
    save_refund(tx, again, refund)
    tx.commit()


def complete_refund(state: RefundState, *, begin: Begin, now: datetime) -> None:
    """WeChat says that a refund reached the payer: book it, once.

    Raises NotFound for one that is not ours, AmountMismatch when it is another amount than was asked for.
    """
    refund = find_refund(state.out_trade_no, state.out_refund_no)
    payment = find_payment(state.out_trade_no)
    order = find_order(payment.order_id) if payment else None
    if refund is None or payment is None or order is None:
        raise NotFound()
    if refund.status == "succeeded" or state.state != "SUCCESS":
        return
    if state.amount_fen != refund.amount_fen:
        log("orders", "refund_amount_refused", "error", refund_id=refund.refund_id, payment_id=payment.payment_id)
        raise AmountMismatch()
    tx = begin()
    save_refund(tx, replace(refund, status="succeeded", updated_at=now, next_try_at=None), refund)
    save_payment(tx, payment.refund(now, refund.amount_fen), payment)
    body = RefundSucceeded(
        order_id=order.order_id,
        shop_id=order.shop_id,
        buyer=order.buyer,
        refund_id=refund.refund_id,
        amount_fen=refund.amount_fen,
        why=refund.why,
        gift=order.kind == "gift",
    )
    if refund.why == "late_payment":  # it never was the shop's money
        entry = ledger.late_refunded(refund.refund_id, order.order_id, refund.amount_fen, now)
        append_entries(tx, order.shop_id, [entry])
        tx.emit(body, **facts.where(order))
    else:
        back = ledger.fee_returned(order.fee_fen, order.refunded_fen + refund.amount_fen, order.paid_fen)
        fee_back = back - order.fee_returned_fen
        smaller = order.refund(now, refund.amount_fen, fee_back)
        save_order(tx, smaller, order)
        entries = ledger.refunded(refund.refund_id, order.order_id, refund.amount_fen, fee_back, now)
        append_entries(tx, order.shop_id, entries)
        tx.emit(body, **facts.where(smaller))
    tx.commit()
    log("orders", "refund_succeeded", refund_id=refund.refund_id, order_id=order.order_id)
