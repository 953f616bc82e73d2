"""A payment as WeChat Pay keeps it, its states and legal moves. Pure.

    NOTPAY ──pay──▶ SUCCESS ──refund──▶ REFUND
       └──close──▶ CLOSED ──pay, only when forced──▶ SUCCESS

As with WeChat, passing `expires_at` changes no state: a payment then still reads NOTPAY until it is closed, it only
cannot be paid any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from infra.local.wechat_pay.moment import rfc3339
from infra.local.wechat_pay.refusal import Refusal


class TradeType(StrEnum):
    JSAPI = "JSAPI"
    NATIVE = "NATIVE"
    H5 = "MWEB"
    APP = "APP"


class TradeState(StrEnum):
    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


DESCRIPTIONS = {
    TradeState.NOTPAY: "订单未支付",
    TradeState.SUCCESS: "支付成功",
    TradeState.REFUND: "订单发生过退款",
    TradeState.CLOSED: "订单已关闭",
}


@dataclass(frozen=True)
class Merchant:
    """Who sells. In partner mode `appid` and `mchid` are the platform's and `sub_mchid` is the shop's."""

    appid: str
    mchid: str
    sub_mchid: str | None = None
    sub_appid: str | None = None

    def ids(self) -> dict[str, str]:
        """The fields that name the merchant in answers and notifications of a payment."""
        if self.sub_mchid is None:
            return {"appid": self.appid, "mchid": self.mchid}
        sub_app = {"sub_appid": self.sub_appid} if self.sub_appid else {}
        return {"sp_appid": self.appid, "sp_mchid": self.mchid, "sub_mchid": self.sub_mchid, **sub_app}

    def numbers(self) -> dict[str, str]:
        """Likewise for a refund, where the app plays no part."""
        return {name: value for name, value in self.ids().items() if name.endswith("mchid")}


@dataclass(frozen=True)
class Payment:
    """`asked` is the prepay body as it came. `paid_fen` is what the buyer paid, which a test may make wrong."""

    out_trade_no: str
    trade_type: TradeType
    merchant: Merchant
    asked: dict[str, Any]
    payer: dict[str, str]
    prepay_id: str
    created_at: datetime
    expires_at: datetime
    state: TradeState = TradeState.NOTPAY
    paid_fen: int | None = None
    transaction_id: str | None = None
    paid_at: datetime | None = None
    failed_tries: tuple[datetime, ...] = field(default=())

    @property
    def total_fen(self) -> int:
        return int(self.asked["amount"]["total"])

    @property
    def is_paid(self) -> bool:
        return self.state in {TradeState.SUCCESS, TradeState.REFUND}

    def check_asked_again(self, trade_type: TradeType, asked: dict[str, Any]) -> None:
        """The same prepay again is answered the same; raises Refusal when it is over, or is another one."""
        if self.is_paid:
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        if self.state is TradeState.CLOSED:
            raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
        if (self.trade_type, self.asked) != (trade_type, asked):
            raise Refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")

    def pay(self, *, at: datetime, paid_fen: int, transaction_id: str, force: bool) -> Payment:
        """Paying what is paid corrects the amount and keeps the transaction and its time.

        Raises Refusal ORDER_CLOSED when closed or past `expires_at`, unless forced.
        """
        if self.is_paid:
            return replace(self, paid_fen=paid_fen)
        if not force and (self.state is TradeState.CLOSED or at > self.expires_at):
            raise Refusal(400, "ORDER_CLOSED", "订单已关闭或已过支付结束时间")
        return replace(self, state=TradeState.SUCCESS, paid_fen=paid_fen, paid_at=at, transaction_id=transaction_id)

    def fail(self, at: datetime) -> Payment:
        """A try that did not go through: the payment stays open, and WeChat calls nobody."""
        return replace(self, failed_tries=(*self.failed_tries, at))

    def close(self) -> Payment:
        """Raises Refusal ORDERPAID or ORDER_CLOSED when there is nothing to close."""
        if self.is_paid:
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        if self.state is TradeState.CLOSED:
            raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
        return replace(self, state=TradeState.CLOSED)

    def refund(self) -> Payment:
        return replace(self, state=TradeState.REFUND)

    def transaction(self) -> dict[str, Any]:
        """What a query answers and a notification carries; money in fen."""
        total = self.total_fen if self.paid_fen is None else self.paid_fen
        shown: dict[str, Any] = {
            **self.merchant.ids(),
            "out_trade_no": self.out_trade_no,
            "trade_type": self.trade_type.value,
            "trade_state": self.state.value,
            "trade_state_desc": DESCRIPTIONS[self.state],
            "attach": self.asked.get("attach", ""),
            "amount": {"total": total, "currency": "CNY", "payer_currency": "CNY"},
            "payer": self.payer,
            "promotion_detail": [],
        }
        if self.paid_at is not None:
            shown["transaction_id"] = self.transaction_id
            shown["success_time"] = rfc3339(self.paid_at)
            shown["bank_type"] = "OTHERS"
            shown["amount"]["payer_total"] = total
        return shown
