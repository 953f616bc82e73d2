"""A payment of one order through WeChat Pay, and the refunds on it (O3). Pure.

open ─ paid ─▶ paid ─ refund reserved, done ─▶ paid, with less left to refund
  └─ close ─▶ closed (a payment that still comes is refunded)
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.shared.plumbing.problems import Conflict

Method = Literal["native", "jsapi", "h5"]
PaymentStatus = Literal["open", "paid", "closed"]
RefundStatus = Literal["due", "sent", "succeeded"]
RefundWhy = Literal["late_payment", "gift_declined", "gift_expired", "aftersale"]

MAX_REFUNDS = 45  # WeChat allows 50 partial refunds a payment; the rest is kept for merging late ones


class RefundTooLarge(Conflict):
    slug, title = "refund-too-large", "More would be refunded than was paid"


@dataclass(frozen=True)
class Payment:
    """One out_trade_no at WeChat. ``requested_fen`` is reserved for refunds, ``refunded_fen`` of it is done."""

    payment_id: str
    order_id: str
    shop_id: str
    method: Method
    status: PaymentStatus
    amount_fen: int
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    payer: str
    version: int = 1
    code_url: str | None = None
    prepay_id: str | None = None
    h5_url: str | None = None
    transaction_id: str | None = None
    paid_at: datetime | None = None
    late: bool = False
    requested_fen: int = 0
    refunded_fen: int = 0
    refunds: int = 0

    def pay(self, at: datetime, transaction_id: str, paid_at: datetime, *, late: bool) -> "Payment":
        return self._with(at, status="paid", transaction_id=transaction_id, paid_at=paid_at, late=late)

    def close(self, at: datetime) -> "Payment":
        return self._with(at, status="closed")

    def prepaid(self, at: datetime, **handles: str | None) -> "Payment":
        """What the payer's phone needs: ``code_url``, ``prepay_id`` or ``h5_url``."""
        return self._with(at, **handles)

    def reserve(self, at: datetime, amount_fen: int) -> "Payment":
        """Set an amount aside for a refund. Raises RefundTooLarge: refunds never pass what was paid."""
        if self.status != "paid" or self.requested_fen + amount_fen > self.amount_fen or amount_fen <= 0:
            raise RefundTooLarge(left_fen=self.amount_fen - self.requested_fen)
        return self._with(at, requested_fen=self.requested_fen + amount_fen, refunds=self.refunds + 1)

    def refund(self, at: datetime, amount_fen: int) -> "Payment":
        """A reserved refund reached the payer."""
        return self._with(at, refunded_fen=self.refunded_fen + amount_fen)

    def _with(self, at: datetime, **changes: object) -> "Payment":
        return replace(self, updated_at=at, version=self.version + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Refund:
    """Money on its way back. ``refund_id`` is WeChat's out_refund_no: sent again it is the same refund."""

    refund_id: str
    payment_id: str
    order_id: str
    amount_fen: int
    why: RefundWhy
    status: RefundStatus
    created_at: datetime
    updated_at: datetime
    next_try_at: datetime | None
    tries: int = 0
