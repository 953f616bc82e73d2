"""Refunds: asked for, shown, finished a moment later."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

from infra.local.wechat_pay.callback import refund_callback
from infra.local.wechat_pay.messages import RefundRequest, parse
from infra.local.wechat_pay.moment import new_notification_id, new_number
from infra.local.wechat_pay.payment import Payment
from infra.local.wechat_pay.refund import Refund, RefundStatus
from infra.local.wechat_pay.refusal import Refusal, invalid_parameter
from infra.local.wechat_pay.sandbox import Sandbox

MOST_REFUNDS = 50
REFUNDABLE_FOR = timedelta(days=365)
APART_S = 60


def refund(sandbox: Sandbox, body: bytes) -> dict[str, Any]:
    """Take a refund in, PROCESSING, once per `out_refund_no`; the same request again answers how it stands.

    Raises Refusal PARAM_ERROR; RESOURCE_NOT_EXISTS when there is no such paid payment; INVALID_REQUEST when amounts
    do not fit, the number was used for another request, or it is the 51st or a year late; FREQUENCY_LIMITED within a
    minute of another; NOT_ENOUGH when armed.
    """
    asked = parse(RefundRequest, body)
    if asked.notify_url is not None:
        sandbox.check_notify_url(asked.notify_url)
    if sandbox.misbehaves("refund_not_enough"):
        raise Refusal(403, "NOT_ENOUGH", "基本账户余额不足 请充值后重新发起")
    document = json.loads(body)
    with sandbox.store.transaction():
        known = sandbox.store.refund(asked.out_refund_no)
        if known is None:
            answered = _start(sandbox, asked, document)
        elif known.asked != document:
            raise Refusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致 请核实后再试")
        elif known.status is RefundStatus.ABNORMAL:
            answered = known.start_again(fails=sandbox.store.armed.use("refund_fails"))
        else:
            return known.shown()
        sandbox.store.put_refund(answered)
        due = time.time() + sandbox.options.refund_delay_s
        sandbox.store.agenda.add_task("finish_refund", answered.out_refund_no, due)
    sandbox.wake()
    return answered.shown()


def refund_shown(sandbox: Sandbox, out_refund_no: str, sub_mchid: str | None) -> dict[str, Any]:
    """Raises Refusal RESOURCE_NOT_EXISTS when it is unknown or another shop's."""
    with sandbox.store.transaction():
        known = sandbox.store.refund(out_refund_no)
    if known is None or known.merchant.sub_mchid != sub_mchid:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return known.shown()


def finish_refund(sandbox: Sandbox, task_id: int, out_refund_no: str) -> None:
    """End a PROCESSING refund as it was armed to end, and call the merchant back if it gave an address."""
    with sandbox.store.transaction():
        sandbox.store.agenda.move_task(task_id, None)
        known = sandbox.store.refund(out_refund_no)
        if known is None or known.status is not RefundStatus.PROCESSING:
            return
        finished = known.finish(sandbox.now())
        sandbox.store.put_refund(finished)
        if finished.notify_url is not None:
            callback = refund_callback(finished, finished.notify_url, new_notification_id(), sandbox.now())
            sandbox.store.agenda.add_callback(callback, time.time())


def _start(sandbox: Sandbox, asked: RefundRequest, document: dict[str, Any]) -> Refund:
    payment = _payment(sandbox, asked)
    _check(sandbox, asked, payment)
    sandbox.store.put_payment(payment.refund())
    now = sandbox.now()
    return Refund(
        out_refund_no=asked.out_refund_no,
        refund_id=new_number("503", now, 29),
        out_trade_no=payment.out_trade_no,
        transaction_id=payment.transaction_id or "",
        merchant=payment.merchant,
        asked=document,
        created_at=now,
        fails=sandbox.store.armed.use("refund_fails"),
        closes=sandbox.store.armed.use("refund_closes"),
    )


def _payment(sandbox: Sandbox, asked: RefundRequest) -> Payment:
    if asked.transaction_id is not None:
        payment = sandbox.store.payment_of_transaction(asked.transaction_id)
    elif asked.out_trade_no is not None:
        payment = sandbox.store.payment(asked.out_trade_no)
    else:
        raise invalid_parameter("/transaction_id", "or out_trade_no is required")
    if payment is None or not payment.is_paid or payment.merchant.sub_mchid != asked.sub_mchid:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    return payment


def _check(sandbox: Sandbox, asked: RefundRequest, payment: Payment) -> None:
    earlier = sandbox.store.refunds_of(payment.out_trade_no)
    paid_fen = payment.paid_fen or 0
    # A refund that failed keeps its amount: it can be asked for again under its number only.
    left_fen = paid_fen - sum(each.refund_fen for each in earlier if each.status is not RefundStatus.CLOSED)
    if asked.amount.total != paid_fen:
        raise Refusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致 请核实后再试")
    if asked.amount.refund > left_fen:
        raise Refusal(400, "INVALID_REQUEST", "申请退款金额超过订单可退金额")
    if len(earlier) >= MOST_REFUNDS:
        raise Refusal(400, "INVALID_REQUEST", "订单退款次数已达上限")
    now = sandbox.now()
    if payment.paid_at is not None and now - payment.paid_at > REFUNDABLE_FOR:
        raise Refusal(400, "INVALID_REQUEST", "订单已超过可退款的最大期限")
    apart = timedelta(seconds=APART_S / sandbox.options.callback_speed)
    if earlier and timedelta() <= now - earlier[-1].created_at < apart:
        raise Refusal(429, "FREQUENCY_LIMITED", "频率限制 同一笔订单的退款请求需相隔1分钟")
