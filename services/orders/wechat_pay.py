"""WeChat Pay API v3, behind the one adapter (O3). The SDK and what it imports are loaded at first use.

It speaks for one merchant (WeChat's direct mode). All calls may be repeated: a prepay by its out_trade_no, a refund by
its out_refund_no.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal

from services.orders.payment import Method, Payment
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Problem, TooBusy
from services.shared.plumbing.settings import Secret, Setting

BEIJING = timezone(timedelta(hours=8))
CONNECT_S, READ_S = 2, 5


class Settings:
    url = Setting[str]("WECHAT_PAY_URL", default="https://api.mch.weixin.qq.com")
    mchid = Setting[str]("WECHAT_PAY_MCHID")
    appid = Setting[str]("WECHAT_PAY_APPID")
    serial = Setting[str]("WECHAT_PAY_SERIAL")
    private_key = Secret("WECHAT_PAY_PRIVATE_KEY")
    public_key = Secret("WECHAT_PAY_PUBLIC_KEY")
    public_key_id = Setting[str]("WECHAT_PAY_PUBLIC_KEY_ID")
    api_v3_key = Secret("WECHAT_PAY_API_V3_KEY")
    public_url = Setting[str]("XIAODIAN_PUBLIC_URL")


class PaymentProviderRefused(Problem):
    """WeChat answered that it will not do this; ``code`` is its own."""

    slug, status, title = "payment-provider-refused", 502, "WeChat Pay refused the request"


class WeChatSilent(TooBusy):
    """WeChat Pay does not answer, or not as itself. Nothing is known of what it did."""


class BadNotification(Problem):
    slug, status, title = "bad-notification", 401, "This notification was not signed by WeChat Pay"


@dataclass(frozen=True)
class Trade:
    """A payment as WeChat knows it. ``state`` is WeChat's own: SUCCESS, NOTPAY, CLOSED …"""

    out_trade_no: str
    state: str
    transaction_id: str | None
    amount_fen: int
    paid_at: datetime | None


@dataclass(frozen=True)
class RefundState:
    """A refund as WeChat knows it: SUCCESS, PROCESSING, ABNORMAL or CLOSED."""

    out_refund_no: str
    out_trade_no: str
    state: str
    amount_fen: int


def prepay(payment: Payment, description: str, client_ip: str) -> dict[str, str]:
    """Announce a payment; returns ``code_url`` (native), ``prepay_id`` (jsapi) or ``h5_url`` (h5).

    Raises WeChatSilent when WeChat cannot be reached, PaymentProviderRefused when it says no.
    """
    scene: dict[str, Any] = {"payer_client_ip": client_ip or "127.0.0.1"}
    if payment.method == "h5":
        scene["h5_info"] = {"type": "Wap"}
    return _asked(
        lambda: _client(payment.method).pay(
            description=description[:127],
            out_trade_no=payment.payment_id,
            amount={"total": payment.amount_fen, "currency": "CNY"},
            payer=_payer(payment) if payment.method == "jsapi" else None,
            time_expire=payment.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            notify_url=f"{Settings.public_url}/orders/v1/payments/wechat/notifications",
            scene_info=scene,
        )
    )


def jsapi_parameters(payment: Payment, now: datetime) -> dict[str, str]:
    """What the mini program hands to ``wx.requestPayment``, signed by the merchant."""
    timestamp, nonce, package = str(int(now.timestamp())), payment.payment_id, f"prepay_id={payment.prepay_id}"
    signature = _client("jsapi").sign([Settings.appid, timestamp, nonce, package])
    return {
        "appId": Settings.appid,
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": signature,
    }


def query(payment_id: str) -> Trade | None:
    """The payment as WeChat knows it, None when it never heard of it."""
    try:
        return _trade(_asked(lambda: _client("native").query(out_trade_no=payment_id)))
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") in ("ORDER_NOT_EXIST", "ORDERNOTEXIST"):
            return None
        raise


def close(payment_id: str) -> Literal["closed", "paid"]:
    """Close an unpaid payment, so that nobody can pay it any more."""
    try:
        _asked(lambda: _client("native").close(out_trade_no=payment_id))
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") == "ORDERPAID":
            return "paid"
        if refusal.fields.get("code") not in ("ORDER_CLOSED", "ORDERCLOSED", "ORDER_NOT_EXIST", "ORDERNOTEXIST"):
            raise
    return "closed"


def refund(refund_id: str, payment: Payment, amount_fen: int, reason: str) -> RefundState:
    """Ask for a refund. Asked again with the same id it is the same refund."""
    answer = _asked(
        lambda: _client("native").refund(
            out_refund_no=refund_id,
            out_trade_no=payment.payment_id,
            amount={"refund": amount_fen, "total": payment.amount_fen, "currency": "CNY"},
            reason=reason,
            notify_url=f"{Settings.public_url}/orders/v1/payments/wechat/notifications",
        )
    )
    return _refund_state(answer)


def query_refund(refund_id: str) -> RefundState:
    """The refund as WeChat knows it."""
    return _refund_state(_asked(lambda: _client("native").query_refund(out_refund_no=refund_id)))


def notification(headers: Mapping[str, str], body: bytes) -> Trade | RefundState | None:
    """What a notification says, verified and decrypted; None for a kind that is none of our business.

    Raises BadNotification for a wrong signature or a body that cannot be opened.
    """
    client, ours = _client("native"), headers.get("wechatpay-serial") == Settings.public_key_id
    try:
        if not ours:
            raise BadNotification()  # the SDK would ask WeChat for the certificate of any serial that a stranger names
        told = client.callback(dict(headers), body.decode("utf-8"))
        if not told:
            raise BadNotification()
    except Exception as error:
        log("orders", "notification_refused", "warning", cause=type(error).__name__)
        raise BadNotification() from error
    kind, resource = str(told.get("event_type")), told["resource"]
    if kind == "TRANSACTION.SUCCESS":
        return _trade(resource)
    if kind.startswith("REFUND."):
        return _refund_state(resource)
    return None


# ----------------------------------------------------------------------------------------------------- the wire


@cache
def _client(method: Method) -> Any:
    from wechatpayv3 import WeChatPay, WeChatPayType

    kinds = {"native": WeChatPayType.NATIVE, "jsapi": WeChatPayType.JSAPI, "h5": WeChatPayType.H5}
    client = WeChatPay(
        wechatpay_type=kinds[method],
        mchid=Settings.mchid,
        private_key=Settings.private_key,
        cert_serial_no=Settings.serial,
        appid=Settings.appid,
        apiv3_key=Settings.api_v3_key,
        public_key=Settings.public_key,
        public_key_id=Settings.public_key_id,
        timeout=(CONNECT_S, READ_S),
    )
    client._core._gate_way = Settings.url  # noqa: SLF001 - the SDK has no parameter for it
    return client


def _asked(call: Any) -> dict[str, Any]:
    import requests

    try:
        code, text = call()
    except requests.RequestException as error:
        log("orders", "wechat_pay_unreachable", "warning", cause=type(error).__name__)
        raise WeChatSilent("WeChat Pay does not answer right now", retry_after_s=2) from error
    except Exception as error:
        if type(error) is not Exception:
            raise
        # The SDK has no error of its own for an answer that WeChat did not sign.
        log("orders", "wechat_pay_unsigned", "error")
        raise WeChatSilent("WeChat Pay's answer cannot be trusted", retry_after_s=2) from error
    answer: dict[str, Any] = json.loads(text) if text else {}
    if code >= 500 or code == 429:
        raise WeChatSilent("WeChat Pay is busy right now", retry_after_s=2)
    if code >= 300:
        log("orders", "wechat_pay_refused", "warning", code=answer.get("code"), status=code)
        raise PaymentProviderRefused(code=answer.get("code"))
    return answer


def _payer(payment: Payment) -> dict[str, str]:
    # A person who signed in through WeChat is named "{appid}:{openid}" (X1).
    return {"openid": payment.payer.rpartition(":")[2]}


def _trade(answer: Mapping[str, Any]) -> Trade:
    paid_at = answer.get("success_time")
    return Trade(
        out_trade_no=answer["out_trade_no"],
        state=answer["trade_state"],
        transaction_id=answer.get("transaction_id"),
        amount_fen=int((answer.get("amount") or {}).get("total", 0)),
        paid_at=datetime.fromisoformat(paid_at).astimezone(UTC) if paid_at else None,
    )


def _refund_state(answer: Mapping[str, Any]) -> RefundState:
    return RefundState(
        out_refund_no=answer["out_refund_no"],
        out_trade_no=answer["out_trade_no"],
        state=answer.get("refund_status") or answer["status"],
        amount_fen=int(answer["amount"]["refund"]),
    )
