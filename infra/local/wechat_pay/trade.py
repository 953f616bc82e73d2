"""What a bill has to tell of payments and refunds: fees, and the movements of the merchant's account. Pure.

WeChat's fee is 0.60 % of what was paid, rounded half up to the fen. A refund returns its share: after refunds of r fen,
half_up(fee * r / paid) has come back in all. A refund that failed returns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from infra.local.wechat_pay.moment import BEIJING
from infra.local.wechat_pay.payment import Payment
from infra.local.wechat_pay.refund import Refund, RefundStatus

FEE_BP = 60


@dataclass(frozen=True)
class Trade:
    """A paid payment, its fee, and its refunds each with the fee it returns. All in fen."""

    payment: Payment
    paid_at: datetime
    paid_fen: int
    fee_fen: int
    refunds: tuple[tuple[Refund, int], ...]


@dataclass(frozen=True)
class Movement:
    """A line of the account: `amount_fen` above 0 comes in, below 0 goes out."""

    at: datetime
    business_no: str
    line: str
    name: str
    kind: str
    amount_fen: int
    by: str
    remark: str
    voucher: str


def fee_fen(paid_fen: int) -> int:
    """What WeChat keeps of a payment."""
    return _half_up(paid_fen * FEE_BP, 10_000)


def trade(payment: Payment, refunds: Iterable[Refund]) -> Trade:
    """`refunds` in the order they were asked for."""
    paid_fen, paid_at = payment.paid_fen or 0, payment.paid_at or payment.created_at
    fee = fee_fen(paid_fen)
    refunded, returned, shares = 0, 0, []
    for refund in refunds:
        if refund.status in (RefundStatus.ABNORMAL, RefundStatus.CLOSED):
            shares.append((refund, 0))
            continue
        refunded += refund.refund_fen
        now_returned = _half_up(fee * refunded, paid_fen)
        shares.append((refund, now_returned - returned))
        returned = now_returned
    return Trade(payment, paid_at, paid_fen, fee, tuple(shares))


def movements(each: Trade) -> Iterator[Movement]:
    """What the account sees of a trade: money in, the fee out, finished refunds out less the fee they return."""
    number, voucher = each.payment.transaction_id or "", each.payment.out_trade_no
    yield Movement(each.paid_at, number, "1", "交易", "交易", each.paid_fen, "system", "", voucher)
    if each.fee_fen:
        yield Movement(each.paid_at, number, "2", "交易", "扣除交易手续费", -each.fee_fen, "system", "", voucher)
    for refund, returned_fen in each.refunds:
        if refund.status is RefundStatus.SUCCESS and refund.success_at is not None:
            yield Movement(
                at=refund.success_at,
                business_no=refund.refund_id,
                line="3",
                name="退款",
                kind="退款",
                amount_fen=returned_fen - refund.refund_fen,
                by=f"{each.payment.merchant.mchid}API",
                remark=f"退款总金额{yuan(refund.refund_fen)}元;含手续费{yuan(returned_fen)}元",
                voucher=refund.out_refund_no,
            )


def yuan(fen: int) -> str:
    """1234 fen as "12.34"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def written(at: datetime | None) -> str:
    """A moment as bills write it, in Beijing time; nothing for none."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator) if denominator else 0
