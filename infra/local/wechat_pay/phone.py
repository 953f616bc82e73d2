"""The buyer's phone: paying, failing to pay, and everything that goes wrong between a payment and its callback."""

from __future__ import annotations

import time
from typing import Any

from infra.local.wechat_pay.callback import Callback, payment_callback
from infra.local.wechat_pay.messages import PhoneAction
from infra.local.wechat_pay.moment import new_notification_id, new_number
from infra.local.wechat_pay.payment import Payment
from infra.local.wechat_pay.refusal import Refusal
from infra.local.wechat_pay.sandbox import Sandbox


def act(sandbox: Sandbox, out_trade_no: str, action: PhoneAction) -> None:
    """Do what the action says now, or keep it for the next prepay of that number when it is `before_answer`.

    Raises Refusal ORDER_NOT_EXIST, ORDER_CLOSED.
    """
    if action.before_answer:
        with sandbox.store.transaction():
            sandbox.store.armed.put_plan(out_trade_no, action)
    elif action.action == "fail":
        fail(sandbox, out_trade_no)
    else:
        pay(sandbox, out_trade_no, action)


def pay(sandbox: Sandbox, out_trade_no: str, action: PhoneAction) -> list[int]:
    """Pay, and send the callback `times` times after `delay_s`; return the callbacks' ids.

    Paying again what is paid sends further callbacks; until the first refund it also corrects the amount.
    """
    with sandbox.store.transaction():
        payment = known(sandbox, out_trade_no)
        refunded = bool(sandbox.store.refunds_of(out_trade_no))
        usual_fen = payment.paid_fen if refunded and payment.paid_fen is not None else payment.total_fen
        paid_fen = usual_fen if action.amount_fen is None else action.amount_fen
        if refunded and paid_fen != payment.paid_fen:
            raise Refusal(400, "INVALID_REQUEST", "the amount of a refunded payment cannot change")
        at = action.success_time or sandbox.now()
        number = new_number("42000", at, 28)
        paid = payment.pay(at=at, paid_fen=paid_fen, transaction_id=number, force=action.after_close)
        sandbox.store.put_payment(paid)
        due = time.time() + action.delay_s
        callback = payment_callback(paid, new_notification_id(), sandbox.now(), bad_signature=action.bad_signature)
        ids = [sandbox.store.agenda.add_callback(callback, due) for _ in range(action.times)]
    sandbox.wake()
    return ids


def fail(sandbox: Sandbox, out_trade_no: str) -> None:
    """A payment that does not go through: WeChat tells nobody, and the buyer may try again."""
    with sandbox.store.transaction():
        sandbox.store.put_payment(known(sandbox, out_trade_no).fail(sandbox.now()))


def shown(sandbox: Sandbox, out_trade_no: str) -> dict[str, Any]:
    """A payment with its refunds, its callbacks and their attempts. Raises Refusal ORDER_NOT_EXIST."""
    with sandbox.store.transaction():
        payment = known(sandbox, out_trade_no)
        refunds = sandbox.store.refunds_of(out_trade_no)
        callbacks = sandbox.store.agenda.callbacks_of(out_trade_no)
    return {
        **payment.transaction(),
        "page_url": f"{sandbox.url}/sandbox/pay/{out_trade_no}",
        "created_at": payment.created_at.isoformat(),
        "expires_at": payment.expires_at.isoformat(),
        "failed_tries": [at.isoformat() for at in payment.failed_tries],
        "refunds": [refund.shown() for refund in refunds],
        "callbacks": [_shown_callback(callback) for callback in callbacks],
    }


def listed(sandbox: Sandbox, limit: int) -> list[dict[str, Any]]:
    """The latest payments, newest first."""
    with sandbox.store.transaction():
        payments = sandbox.store.latest_payments(limit)
    return [{**each.transaction(), "page_url": f"{sandbox.url}/sandbox/pay/{each.out_trade_no}"} for each in payments]


def _shown_callback(callback: Callback) -> dict[str, Any]:
    return {
        "notification_id": callback.notification_id,
        "event_type": callback.event_type,
        "notify_url": callback.notify_url,
        "bad_signature": callback.bad_signature,
        "delivered": bool(callback.attempts) and callback.attempts[-1].accepted,
        "attempts": [
            {"at": attempt.at.isoformat(), "status": attempt.status, "failure": attempt.failure}
            for attempt in callback.attempts
        ],
    }


def known(sandbox: Sandbox, out_trade_no: str) -> Payment:
    """Inside a transaction. Raises Refusal ORDER_NOT_EXIST."""
    payment = sandbox.store.payment(out_trade_no)
    if payment is None:
        raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return payment
