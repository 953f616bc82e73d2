"""WeChat Pay API v3, behind the one adapter (O3). The SDK and what it imports are loaded at first use.

It speaks for one merchant (WeChat's ``direct`` mode), or as a platform for the shops under it (``partner``: one key,
a ``sub_mchid`` a shop). All calls may be repeated: a prepay by its out_trade_no, a refund by its out_refund_no.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from services.orders.payments.payment import Method, Payment
from services.shared.plumbing.day import BEIJING
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Invalid, Problem, TooBusy
from services.shared.plumbing.settings import Secret, Setting

CONNECT_S, READ_S = 2, 5


Mode = Literal["direct", "partner"]


def mode_of(text: str) -> Mode:
    """Raises ValueError for anything else."""
    if text not in ("direct", "partner"):
        raise ValueError("direct or partner")
    return "partner" if text == "partner" else "direct"


class Settings:
    mode = Setting[Mode]("WECHAT_PAY_MODE", mode_of, default="direct")
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


class WrongMerchant(Invalid):
    """WeChat signed it, but it is about another merchant, app or shop than the payment is."""

    slug, title = "wrong-merchant", "This notification is about another merchant's payment"


@dataclass(frozen=True)
class Trade:
    """A payment as WeChat knows it. ``state`` is WeChat's own: SUCCESS, REFUND (paid, and refunded since), NOTPAY,
    CLOSED …"""

    out_trade_no: str
    state: str
    transaction_id: str | None
    amount_fen: int
    paid_at: datetime | None
    sub_mchid: str | None = None

    @property
    def is_paid(self) -> bool:
        return self.state in ("SUCCESS", "REFUND")


@dataclass(frozen=True)
class RefundState:
    """A refund as WeChat knows it: SUCCESS, PROCESSING, ABNORMAL or CLOSED."""

    out_refund_no: str
    out_trade_no: str
    state: str
    amount_fen: int
    sub_mchid: str | None = None
    created_at: datetime | None = None


def prepay(payment: Payment, description: str) -> dict[str, str]:
    """Announce a payment; returns ``code_url`` (native), ``prepay_id`` (jsapi) or ``h5_url`` (h5).

    The same payment must always be described in the same words: WeChat refuses another request under its number.

    Raises WeChatSilent when WeChat cannot be reached, PaymentProviderRefused when it says no.
    """
    scene: dict[str, Any] = {"payer_client_ip": payment.client_ip or "127.0.0.1"}
    if payment.method == "h5":
        scene["h5_info"] = {"type": payment.h5_type or "Wap"}
    return asked(
        lambda: client_for(payment.method).pay(
            description=description[:127],
            out_trade_no=payment.payment_id,
            amount={"total": payment.amount_fen, "currency": "CNY"},
            payer=_payer(payment) if payment.method == "jsapi" else None,
            time_expire=payment.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            notify_url=f"{Settings.public_url}/orders/v1/payments/wechat/notifications",
            scene_info=scene,
            **_shop(payment, app=True),
        )
    )


def jsapi_parameters(payment: Payment, now: datetime) -> dict[str, str]:
    """What the mini program hands to ``wx.requestPayment``, signed by the merchant: by the app that knows the payer."""
    appid = payment.sub_appid if payment.sub_appid and "sub_openid" in _payer(payment) else Settings.appid
    timestamp, nonce, package = str(int(now.timestamp())), payment.payment_id, f"prepay_id={payment.prepay_id}"
    signature = client_for("jsapi").sign([appid, timestamp, nonce, package])
    return {
        "appId": appid,
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": signature,
    }


def query(payment: Payment) -> Trade | None:
    """The payment as WeChat knows it, None when it never heard of it."""
    try:
        return _trade(asked(lambda: client_for("native").query(out_trade_no=payment.payment_id, **_shop(payment))))
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") in ("ORDER_NOT_EXIST", "ORDERNOTEXIST"):
            return None
        raise


def close(payment: Payment) -> Literal["closed", "paid"]:
    """Close an unpaid payment, so that nobody can pay it any more."""
    try:
        asked(lambda: client_for("native").close(out_trade_no=payment.payment_id, **_shop(payment)))
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") == "ORDERPAID":
            return "paid"
        if refusal.fields.get("code") not in ("ORDER_CLOSED", "ORDERCLOSED", "ORDER_NOT_EXIST", "ORDERNOTEXIST"):
            raise
    return "closed"


def refund(refund_id: str, payment: Payment, amount_fen: int, reason: str) -> RefundState:
    """Ask for a refund. Asked again with the same id it is the same refund."""
    answer = asked(
        lambda: client_for("native").refund(
            out_refund_no=refund_id,
            out_trade_no=payment.payment_id,
            amount={"refund": amount_fen, "total": payment.amount_fen, "currency": "CNY"},
            reason=reason,
            notify_url=f"{Settings.public_url}/orders/v1/payments/wechat/notifications",
            **_shop(payment),
        )
    )
    return _refund_state(answer)


def query_refund(refund_id: str, payment: Payment) -> RefundState | None:
    """The refund as WeChat knows it, None when it never heard of it."""
    try:
        answer = asked(lambda: client_for("native").query_refund(out_refund_no=refund_id, **_shop(payment)))
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") == "RESOURCE_NOT_EXISTS":
            return None
        raise
    return _refund_state(answer)


def notification(headers: Mapping[str, str], body: bytes) -> Trade | RefundState | None:
    """What a notification says, verified and decrypted; None for a kind that is none of our business.

    Raises BadNotification for a wrong signature or a body that cannot be opened, WrongMerchant for one about others.
    """
    client, ours = client_for("native"), headers.get("wechatpay-serial") == Settings.public_key_id
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
        _check_merchant(resource, "mchid", "appid")
        return _trade(resource)
    if kind.startswith("REFUND."):
        _check_merchant(resource, "mchid")
        return _refund_state(resource)
    return None


def check_shop(told: Trade | RefundState, payment: Payment) -> None:
    """In partner mode: that WeChat speaks of the shop that the payment was made to. Raises WrongMerchant."""
    if told.sub_mchid != payment.sub_mchid:
        log("orders", "notification_of_another", "error", payment_id=payment.payment_id, reason="sub_mchid")
        raise WrongMerchant()


def _check_merchant(resource: Mapping[str, Any], *fields: str) -> None:
    own = {"mchid": Settings.mchid, "appid": Settings.appid}
    for field in fields:
        name = f"sp_{field}" if Settings.mode == "partner" else field
        if resource.get(name) != own[field]:
            log("orders", "notification_of_another", "error", reason=name)
            raise WrongMerchant()


# ----------------------------------------------------------------------------------------------------- the wire


@cache
def client_for(method: Method) -> Any:
    """The SDK's client for this way of paying; what has nothing to do with a way takes any."""
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
        partner_mode=Settings.mode == "partner",
    )
    client._core._gate_way = Settings.url  # noqa: SLF001 - the SDK has no parameter for it
    return client


def asked(call: Any) -> dict[str, Any]:
    """WeChat's answer to a call of the SDK. Raises WeChatSilent, PaymentProviderRefused."""
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


def _shop(payment: Payment, *, app: bool = False) -> dict[str, str]:
    """Whose payment it is, in partner mode."""
    if Settings.mode == "direct":
        return {}
    sub_app = {"sub_appid": payment.sub_appid} if app and payment.sub_appid else {}
    return {"sub_mchid": payment.sub_mchid or ""} | sub_app


def _payer(payment: Payment) -> dict[str, str]:
    # A person who signed in through WeChat is named "{appid}:{openid}" (X1).
    appid, _, openid = payment.payer.rpartition(":")
    if payment.openid:
        openid = payment.openid
    if Settings.mode == "direct":
        return {"openid": openid}
    return {"sub_openid" if payment.sub_appid and appid == payment.sub_appid else "sp_openid": openid}


def _trade(answer: Mapping[str, Any]) -> Trade:
    paid_at = answer.get("success_time")
    return Trade(
        out_trade_no=answer["out_trade_no"],
        state=answer["trade_state"],
        transaction_id=answer.get("transaction_id"),
        amount_fen=int((answer.get("amount") or {}).get("total", 0)),
        paid_at=datetime.fromisoformat(paid_at).astimezone(UTC) if paid_at else None,
        sub_mchid=answer.get("sub_mchid"),
    )


def _refund_state(answer: Mapping[str, Any]) -> RefundState:
    created_at = answer.get("create_time")
    return RefundState(
        out_refund_no=answer["out_refund_no"],
        out_trade_no=answer["out_trade_no"],
        state=answer.get("refund_status") or answer["status"],
        amount_fen=int(answer["amount"]["refund"]),
        sub_mchid=answer.get("sub_mchid"),
        created_at=datetime.fromisoformat(created_at).astimezone(UTC) if created_at else None,
    )
