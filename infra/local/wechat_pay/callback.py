"""A notification to the merchant and its attempts, and when the next one is due. Pure.

An attempt answered 2xx ends it; otherwise it is sent again after the waits of SCHEDULE, 24 h 4 m in all, each divided
by the speed the sandbox runs at.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from infra.local.wechat_pay.payment import Payment, TradeState
from infra.local.wechat_pay.refund import Refund

ANSWER_WITHIN_S = 5.0
SCHEDULE_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)

EventType = Literal["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"]
SUMMARIES: dict[EventType, str] = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}


@dataclass(frozen=True)
class Attempt:
    """`status` is the merchant's HTTP status, None when there was no answer and `failure` says why."""

    at: datetime
    status: int | None = None
    failure: str | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Callback:
    """`resource` is the body before sealing. Duplicates are callbacks of their own with the same notification id."""

    notification_id: str
    event_type: EventType
    out_trade_no: str
    notify_url: str
    resource: dict[str, Any]
    created_at: datetime
    bad_signature: bool = False
    attempts: tuple[Attempt, ...] = field(default=())

    @property
    def kind(self) -> str:
        return "transaction" if self.event_type == "TRANSACTION.SUCCESS" else "refund"

    def after(self, attempt: Attempt) -> Callback:
        return replace(self, attempts=(*self.attempts, attempt))

    def wait_s(self, speed: float) -> float | None:
        """Seconds from the last attempt to the next; None when it is done or given up."""
        if self.attempts and self.attempts[-1].accepted:
            return None
        if len(self.attempts) > len(SCHEDULE_S):
            return None
        return SCHEDULE_S[len(self.attempts) - 1] / speed if self.attempts else 0.0


def payment_callback(payment: Payment, notification_id: str, at: datetime, *, bad_signature: bool) -> Callback:
    """A late duplicate about a payment that was refunded since still says SUCCESS: it reports the payment."""
    resource = replace(payment, state=TradeState.SUCCESS).transaction()
    return Callback(
        notification_id=notification_id,
        event_type="TRANSACTION.SUCCESS",
        out_trade_no=payment.out_trade_no,
        notify_url=payment.asked["notify_url"],
        resource=resource,
        created_at=at,
        bad_signature=bad_signature,
    )


def refund_callback(refund: Refund, notify_url: str, notification_id: str, at: datetime) -> Callback:
    """REFUND.SUCCESS, or how else it ended."""
    ended: EventType = "REFUND.ABNORMAL" if refund.fails else "REFUND.SUCCESS"
    return Callback(
        notification_id=notification_id,
        event_type="REFUND.CLOSED" if refund.closes else ended,
        out_trade_no=refund.out_trade_no,
        notify_url=notify_url,
        resource=refund.notification(),
        created_at=at,
    )
