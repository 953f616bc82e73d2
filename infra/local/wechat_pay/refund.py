"""A refund as WeChat Pay keeps it. Pure.

PROCESSING ──a moment later──▶ SUCCESS
    ├──when told to fail────▶ ABNORMAL ──the same request again──▶ PROCESSING
    └──when told to close───▶ CLOSED, for good: its amount may be asked for under another number
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from infra.local.wechat_pay.moment import rfc3339
from infra.local.wechat_pay.payment import Merchant

ACCOUNT = "支付用户零钱"


class RefundStatus(StrEnum):
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    ABNORMAL = "ABNORMAL"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class Refund:
    """`asked` is the request as it came; `fails` says how it will end. Money in fen."""

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    merchant: Merchant
    asked: dict[str, Any]
    created_at: datetime
    fails: bool = False
    closes: bool = False
    status: RefundStatus = RefundStatus.PROCESSING
    success_at: datetime | None = None

    @property
    def refund_fen(self) -> int:
        return int(self.asked["amount"]["refund"])

    @property
    def total_fen(self) -> int:
        return int(self.asked["amount"]["total"])

    @property
    def notify_url(self) -> str | None:
        return self.asked.get("notify_url")

    def finish(self, at: datetime) -> Refund:
        if self.closes:
            return replace(self, status=RefundStatus.CLOSED)
        if self.fails:
            return replace(self, status=RefundStatus.ABNORMAL)
        return replace(self, status=RefundStatus.SUCCESS, success_at=at)

    def start_again(self, *, fails: bool) -> Refund:
        return replace(self, status=RefundStatus.PROCESSING, fails=fails)

    def shown(self) -> dict[str, Any]:
        """What the refund API answers."""
        amounts = ("refund", "payer_refund", "settlement_refund"), ("total", "payer_total", "settlement_total")
        return {
            **self._ids(),
            "channel": "ORIGINAL",
            "status": self.status.value,
            "create_time": rfc3339(self.created_at),
            "funds_account": "AVAILABLE",
            "amount": {
                **dict.fromkeys(amounts[0], self.refund_fen),
                **dict.fromkeys(amounts[1], self.total_fen),
                "discount_refund": 0,
                "currency": "CNY",
                "from": [],
            },
            "promotion_detail": [],
        }

    def notification(self) -> dict[str, Any]:
        """What a REFUND.* callback carries."""
        return {
            **self.merchant.numbers(),
            **self._ids(),
            "refund_status": self.status.value,
            "amount": {
                **dict.fromkeys(("refund", "payer_refund"), self.refund_fen),
                **dict.fromkeys(("total", "payer_total"), self.total_fen),
            },
        }

    def _ids(self) -> dict[str, Any]:
        success = {"success_time": rfc3339(self.success_at)} if self.success_at else {}
        return {
            "refund_id": self.refund_id,
            "out_refund_no": self.out_refund_no,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "user_received_account": ACCOUNT,
            **success,
        }
