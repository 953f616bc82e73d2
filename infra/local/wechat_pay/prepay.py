"""Prepay, query, close: what a merchant asks about a payment, in direct and in partner mode."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from infra.local.wechat_pay.messages import (
    DirectClose,
    DirectPrepay,
    PartnerClose,
    PartnerPrepay,
    PhoneAction,
    Prepay,
    parse,
)
from infra.local.wechat_pay.moment import BEIJING
from infra.local.wechat_pay.payment import Merchant, Payment, TradeType
from infra.local.wechat_pay.phone import pay
from infra.local.wechat_pay.refusal import Refusal, invalid_parameter
from infra.local.wechat_pay.sandbox import Sandbox

TRADE_TYPES = {
    "jsapi": TradeType.JSAPI,
    "native": TradeType.NATIVE,
    "h5": TradeType.H5,
    "app": TradeType.APP,
}
# WeChat keeps a payment open this long when time_expire is not given.
OPEN_FOR = timedelta(days=7)


def prepay(sandbox: Sandbox, method: str, partner: bool, body: bytes) -> dict[str, str]:
    """Open a payment, or answer the same again for the same request. `method` is jsapi, native, h5 or app.

    Raises Refusal PARAM_ERROR, MCH_NOT_EXISTS, APPID_MCHID_NOT_MATCH, OUT_TRADE_NO_USED, ORDERPAID, ORDER_CLOSED.
    """
    asked = parse(PartnerPrepay, body) if partner else parse(DirectPrepay, body)
    merchant = _merchant(asked)
    sandbox.check_merchant(merchant)
    sandbox.check_notify_url(asked.notify_url)
    trade_type = TRADE_TYPES[method]
    with sandbox.store.transaction():
        payment = sandbox.store.payment(asked.out_trade_no)
        if payment is None:
            payment = _open(asked, trade_type, merchant, json.loads(body), sandbox.now())
            sandbox.store.put_payment(payment)
        else:
            payment.check_asked_again(trade_type, json.loads(body))
        plan = sandbox.store.armed.take_plan(asked.out_trade_no)
        if plan is None and sandbox.store.armed.use("callback_before_answer"):
            plan = PhoneAction(action="pay")
    if plan is not None:
        sandbox.wait_for_attempt(pay(sandbox, asked.out_trade_no, plan))
    return _answer(sandbox, payment)


def query(sandbox: Sandbox, payment: Payment | None, partner: bool, asked: dict[str, str]) -> dict[str, Any]:
    """Answer the transaction. Raises Refusal 404 ORDER_NOT_EXIST when it is unknown or another merchant's."""
    return _owned(sandbox, payment, partner, asked).transaction()


def close(sandbox: Sandbox, out_trade_no: str, partner: bool, body: bytes) -> None:
    """Close an unpaid payment. Raises Refusal ORDER_NOT_EXIST, ORDERPAID, ORDER_CLOSED."""
    asked = parse(PartnerClose, body) if partner else parse(DirectClose, body)
    with sandbox.store.transaction():
        payment = _owned(sandbox, sandbox.store.payment(out_trade_no), partner, asked.model_dump())
        sandbox.store.put_payment(payment.close())


def _owned(sandbox: Sandbox, payment: Payment | None, partner: bool, asked: dict[str, str]) -> Payment:
    owner_field = "sp_mchid" if partner else "mchid"
    if not asked.get(owner_field):
        raise invalid_parameter(owner_field, "is required", "query")
    if asked[owner_field] != sandbox.keys.mchid:
        raise Refusal(400, "MCH_NOT_EXISTS", "商户号不存在")
    shop = asked.get("sub_mchid") if partner else None
    if payment is None or payment.merchant.sub_mchid != shop:
        raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return payment


def _merchant(asked: DirectPrepay | PartnerPrepay) -> Merchant:
    if isinstance(asked, PartnerPrepay):
        return Merchant(asked.sp_appid, asked.sp_mchid, asked.sub_mchid, asked.sub_appid)
    return Merchant(asked.appid, asked.mchid)


def _open(asked: Prepay, trade_type: TradeType, merchant: Merchant, body: dict[str, Any], now: datetime) -> Payment:
    if asked.time_expire is not None and asked.time_expire <= now:
        raise invalid_parameter("/time_expire", "is in the past")
    if trade_type is TradeType.H5 and (asked.scene_info is None or asked.scene_info.h5_info is None):
        raise invalid_parameter("/scene_info/h5_info", "is required for H5")
    return Payment(
        out_trade_no=asked.out_trade_no,
        trade_type=trade_type,
        merchant=merchant,
        asked=body,
        payer=_payer(asked, trade_type, merchant),
        prepay_id="wx" + now.astimezone(BEIJING).strftime("%d%H%M%S") + secrets.token_hex(13),
        created_at=now,
        expires_at=asked.time_expire or now + OPEN_FOR,
    )


def _payer(asked: Prepay, trade_type: TradeType, merchant: Merchant) -> dict[str, str]:
    """JSAPI names its buyer; whoever scans a code is a buyer of the sandbox's own."""
    fields = ("openid",) if merchant.sub_mchid is None else ("sp_openid", "sub_openid")
    named = asked.payer.model_dump(include=set(fields), exclude_none=True) if asked.payer else {}
    if trade_type is TradeType.JSAPI and not named:
        raise invalid_parameter(f"/payer/{fields[0]}", "is required for JSAPI")
    return named or {fields[0]: "o" + secrets.token_hex(14)[:27]}


def _answer(sandbox: Sandbox, payment: Payment) -> dict[str, str]:
    page = f"{sandbox.url}/sandbox/pay/{payment.out_trade_no}"
    match payment.trade_type:
        case TradeType.NATIVE:
            return {"code_url": page}
        case TradeType.H5:
            return {"h5_url": page}
        case _:
            return {"prepay_id": payment.prepay_id}
