"""Money on its way back: reserved on the payment first, then asked of WeChat, then booked (O3, O6, O7).

reserve ─tx─▶ due ─ WeChat takes it ─▶ sent ─ WeChat says SUCCESS ─tx─▶ succeeded: ledger, order, event
               ├──────────── tried again by the due-time sweep for as long as it takes ────────────┤
               └── WeChat says CLOSED ─tx─▶ closed, and the same amount due under the next number ──┘

ABNORMAL (the payer's card is gone) and NOT_ENOUGH (our account is empty) are waited for, and so is one that is closed
under every number that there is; after days shop and payer are told.
"""

from dataclasses import replace
from datetime import datetime

from services.orders import facts, ledger
from services.orders.aftersale.close_refunded import close_refunded
from services.orders.gift_sheet import parts_of_fen
from services.orders.money.hold_money import make_room
from services.orders.order import Order
from services.orders.payments import wechat_pay
from services.orders.payments.payment import Payment, Refund, RefundStatus
from services.orders.payments.reserve_refund import replace_closed, reserve_refund
from services.orders.payments.tables import find_payment, find_refund, save_payment, save_refund
from services.orders.payments.wechat_pay import PaymentProviderRefused, RefundState
from services.orders.refusals import AmountMismatch
from services.orders.tables import append_entries, find_order, save_order
from services.shared.contracts.orders import RefundDelayed, RefundSucceeded
from services.shared.plumbing.logs import alarm, log
from services.shared.plumbing.problems import NotFound, TooBusy
from services.shared.plumbing.tables import Begin, Transaction

__all__ = ["complete_refund", "reserve_refund", "send_refund"]


def send_refund(payment_id: str, refund_id: str, *, begin: Begin, now: datetime) -> bool:
    """Ask WeChat for a refund whose turn it is, or how one that was sent is doing; False when it was not its turn.

    Harmless when repeated. Where WeChat does not answer or refuses, the refund stays and is tried again later, ever
    less often; one that was sent and that WeChat does not know is sent again.
    """
    refund, payment = find_refund(payment_id, refund_id), find_payment(payment_id)
    if refund is None or payment is None or refund.next_try_at is None or refund.next_try_at > now:
        return False
    if refund.collects:  # nobody may join it any more once WeChat has heard the amount
        tx = begin()
        save_refund(tx, replace(refund, collects=False, updated_at=now, next_try_at=now), refund)
        tx.commit()
        return True
    try:
        if refund.status == "due":
            state: RefundState | None = wechat_pay.refund(refund_id, payment, refund.amount_fen, refund.why)
        else:
            state = wechat_pay.query_refund(refund_id, payment)
    except (TooBusy, PaymentProviderRefused) as error:
        _wait(refund, payment, refund.status, str(error.fields.get("code") or error.slug), begin=begin, now=now)
    else:
        if state is not None:
            _act_on(state, refund, payment, begin=begin, now=now)
        else:  # WeChat has lost it: asked for anew under its number it still is one refund
            _wait(refund, payment, "due", "RESOURCE_NOT_EXISTS", begin=begin, now=now)
    return True


def _wait(refund: Refund, payment: Payment, status: RefundStatus, trouble: str, *, begin: Begin, now: datetime) -> None:
    log(
        "orders",
        "refund_waits",
        "warning",
        refund_id=refund.refund_id,
        payment_id=payment.payment_id,
        problem=trouble,
    )
    _try_again(refund, payment, status, trouble, begin=begin, now=now)


def complete_refund(state: RefundState, *, begin: Begin, now: datetime) -> None:
    """WeChat tells how a refund ended: book what reached the payer, once; ask anew for what did not.

    Raises NotFound and WrongMerchant for one that is not ours, AmountMismatch for another amount than was asked for.
    """
    refund, payment = find_refund(state.out_trade_no, state.out_refund_no), find_payment(state.out_trade_no)
    if refund is None or payment is None:
        raise NotFound()
    wechat_pay.check_shop(state, payment)
    if refund.status == "sent" or state.state == "SUCCESS":  # a letter about an earlier try has nothing to say
        _act_on(state, refund, payment, begin=begin, now=now)


def _act_on(state: RefundState, refund: Refund, payment: Payment, *, begin: Begin, now: datetime) -> None:
    if refund.status in ("succeeded", "closed"):
        return
    if state.state == "SUCCESS":
        _book(state, refund, payment, begin=begin, now=now)
    elif state.state == "PROCESSING":
        accepted = replace(refund, accepted_at=refund.accepted_at or state.created_at or now)
        _try_again(refund, payment, "sent", None, begin=begin, now=now, changed=accepted)
    else:
        log("orders", "refund_failed", "error", refund_id=refund.refund_id, state=state.state)
        if state.state == "CLOSED" and payment.takes_more_refunds:
            tx = begin()
            _put_off(tx, replace_closed(tx, refund, payment), None, payment)
        else:  # it did not reach the payer: an ABNORMAL one is asked for again, and somebody should look
            status: RefundStatus = "sent" if state.state == "CLOSED" else "due"
            _try_again(refund, payment, status, state.state, begin=begin, now=now)


def _try_again(
    refund: Refund,
    payment: Payment,
    status: RefundStatus,
    trouble: str | None,
    *,
    begin: Begin,
    now: datetime,
    changed: Refund | None = None,
) -> None:
    _put_off(begin(), (changed or refund).try_again(now, status, trouble), refund, payment)


def _put_off(tx: Transaction, again: Refund, before: Refund | None, payment: Payment) -> None:
    """Save it for its next turn; say once that it does not get through, when that has gone on for days."""
    order = find_order(payment.order_id) if again.is_delayed(tx.now) else None
    if order is not None:
        again = replace(again, delay_told=True)
        body = RefundDelayed(
            order_id=order.order_id,
            shop_id=order.shop_id,
            buyer=order.buyer,
            refund_id=again.refund_id,
            amount_fen=again.amount_fen,
            trouble=again.trouble or "",
            since=again.created_at,
        )
        tx.emit(body, **facts.where(order))
    save_refund(tx, again, before)
    tx.commit()


def _book(state: RefundState, refund: Refund, payment: Payment, *, begin: Begin, now: datetime) -> None:
    order = find_order(refund.order_id)  # not the payment's: of a gift for many each recipient's order has its part
    if order is None:
        raise NotFound()
    if state.amount_fen != refund.amount_fen:
        alarm("orders", "refund_amount_refused", refund_id=refund.refund_id, payment_id=payment.payment_id)
        raise AmountMismatch()
    tx = begin()
    accepted_at = refund.accepted_at or state.created_at or now
    done = replace(refund, status="succeeded", updated_at=now, next_try_at=None, trouble=None, accepted_at=accepted_at)
    save_refund(tx, done, refund)
    save_payment(tx, payment.refund(now, refund.amount_fen), payment)
    if refund.why == "late_payment":  # it never was the shop's money
        smaller = order.refund_late(now, payment.payment_id, refund.amount_fen)
        entries = [ledger.late_refunded(refund.refund_id, order.order_id, refund.amount_fen, now)]
    else:
        fee_back = _fee_back(order, refund)
        freed, room = make_room(order, refund.amount_fen - fee_back, now)
        smaller, advanced_fen = close_refunded(tx, refund, freed.refund(now, refund.amount_fen, fee_back))
        entries = room + ledger.refunded(
            refund.refund_id,
            order.order_id,
            refund.amount_fen - advanced_fen,
            fee_back,
            now,
            of="available" if order.settled_at else "pending",
        )
        if advanced_fen:
            entries.append(ledger.advanced(refund.refund_id, order.order_id, advanced_fen, now))
    save_order(tx, smaller, order)
    append_entries(tx, order.shop_id, entries)
    # A gift that nobody cleared was not let go on either, and gifts has never heard of it.
    refused = refund.why == "refused" or (refund.why == "gift_expired" and not order.given)
    body = RefundSucceeded(
        order_id=order.order_id,
        shop_id=order.shop_id,
        buyer=order.buyer,
        refund_id=refund.refund_id,
        amount_fen=refund.amount_fen,
        why="aftersale" if refused else refund.why,  # type: ignore[arg-type]
        refused=refused,
        gift=order.kind == "gift",
        sub_gift_ids=list(refund.sub_gift_ids),
    )
    tx.emit(body, **facts.where(smaller))
    tx.commit()
    log("orders", "refund_succeeded", refund_id=refund.refund_id, order_id=order.order_id)


def _fee_back(order: Order, refund: Refund) -> int:
    """What of the fee goes back with this refund: with sub-gifts that nobody took, exactly their part of it."""
    if refund.sub_gift_ids:
        return parts_of_fen(order, order.fee_fen, refund.sub_gift_ids)
    back = ledger.fee_returned(order.fee_fen, order.refunded_fen + refund.amount_fen, order.paid_fen)
    return back - order.fee_returned_fen
