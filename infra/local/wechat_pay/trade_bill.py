"""The trade bill: a day's payments and refunds, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from infra.local.wechat_pay.bill import Bill, day_asked, is_on, offer, one_of, trades
from infra.local.wechat_pay.refund import Refund, RefundStatus
from infra.local.wechat_pay.sandbox import Sandbox
from infra.local.wechat_pay.trade import Trade, written, yuan

_PAID = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,"
    "用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额"
)
_REFUND = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
_GOODS = "商品名称,商户数据包,手续费,费率,订单金额"
TITLES = {
    "ALL": f"{_PAID},{_REFUND},{_GOODS},申请退款金额,费率备注",
    "SUCCESS": f"{_PAID},{_GOODS},费率备注",
    "REFUND": f"{_PAID},退款申请时间,退款成功时间,{_REFUND},{_GOODS},申请退款金额,费率备注",
}
SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
STATES = {
    RefundStatus.PROCESSING: "PROCESSING",
    RefundStatus.SUCCESS: "SUCCESS",
    RefundStatus.ABNORMAL: "CHANGE",
    RefundStatus.CLOSED: "FAIL",
}

Row = dict[str, str]


class Line(NamedTuple):
    """A row by title, and what it adds to the summary, in fen."""

    at: datetime
    row: Row
    paid_fen: int
    refunded_fen: int
    fee_fen: int


def trade_bill(sandbox: Sandbox, query: dict[str, str]) -> dict[str, str]:
    """Answer a link to the day's payments and refunds, of one shop with `sub_mchid`. Valid for five minutes.

    Raises Refusal PARAM_ERROR; NO_STATEMENT_EXIST when the day is not over, too long ago, or had no trade.
    """
    day = day_asked(sandbox, query)
    bill_type = one_of(query, "bill_type", "ALL", ("ALL", "SUCCESS", "REFUND"))
    shop = query.get("sub_mchid")
    asked = [each for each in trades(sandbox) if shop in {None, each.payment.merchant.sub_mchid}]
    lines = [line for each in asked for line in _lines(each, bill_type) if is_on(day, line.at)]
    lines.sort(key=lambda line: line.at, reverse=True)
    titles = TITLES[bill_type]
    rows = [[line.row[title] for title in titles.split(",")] for line in lines]
    paid, refunded = yuan(sum(line.paid_fen for line in lines)), yuan(sum(line.refunded_fen for line in lines))
    summary = [str(len(rows)), paid, refunded, "0.00", _fee(sum(line.fee_fen for line in lines)), paid, refunded]
    return offer(sandbox, Bill(titles, rows, SUMMARY, summary), query)


def _lines(each: Trade, bill_type: str) -> Iterator[Line]:
    if bill_type != "REFUND":
        yield Line(each.paid_at, _paid_row(each), each.paid_fen, 0, each.fee_fen)
    if bill_type != "SUCCESS":
        for refund, returned_fen in each.refunds:
            row = _refund_row(each, refund, returned_fen)
            yield Line(refund.created_at, row, 0, refund.refund_fen, -returned_fen)


def _paid_row(each: Trade) -> Row:
    payment, merchant = each.payment, each.payment.merchant
    return {
        **dict.fromkeys(TITLES["REFUND"].split(","), ""),
        "交易时间": written(each.paid_at),
        "公众账号ID": merchant.appid,
        "商户号": merchant.mchid,
        "特约商户号": merchant.sub_mchid or "0",
        "微信订单号": payment.transaction_id or "",
        "商户订单号": payment.out_trade_no,
        "用户标识": next(iter(payment.payer.values())),
        "交易类型": payment.trade_type.value,
        "交易状态": "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": yuan(each.paid_fen),
        "代金券金额": "0.00",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "商品名称": payment.asked["description"],
        "商户数据包": payment.asked.get("attach", ""),
        "手续费": _fee(each.fee_fen),
        "费率": "0.60%",
        "订单金额": yuan(each.paid_fen),
        "申请退款金额": "0.00",
    }


def _refund_row(each: Trade, refund: Refund, returned_fen: int) -> Row:
    return {
        **_paid_row(each),
        "交易时间": written(refund.created_at),
        "交易状态": "REFUND",
        "应结订单金额": "0.00",
        "退款申请时间": written(refund.created_at),
        "退款成功时间": written(refund.success_at),
        "微信退款单号": refund.refund_id,
        "商户退款单号": refund.out_refund_no,
        "退款金额": yuan(refund.refund_fen),
        "退款类型": "ORIGINAL",
        "退款状态": STATES[refund.status],
        "手续费": _fee(-returned_fen),
        "订单金额": "0.00",
        "申请退款金额": yuan(refund.refund_fen),
    }


def _fee(fen: int) -> str:
    return f"{yuan(fen)}000"
