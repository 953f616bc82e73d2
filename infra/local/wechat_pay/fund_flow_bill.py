"""The fund-flow bill: the day's lines of the merchant's account, each with the balance after it."""

from __future__ import annotations

from infra.local.wechat_pay.bill import Bill, day_asked, is_on, offer, one_of, trades
from infra.local.wechat_pay.sandbox import Sandbox
from infra.local.wechat_pay.trade import movements, written, yuan

TITLES = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,"
    "收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
)
SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def fund_flow_bill(sandbox: Sandbox, query: dict[str, str]) -> dict[str, str]:
    """Answer a link to the day's lines of the merchant's account, each with the balance after it.

    Raises Refusal as `trade_bill` does. Only the BASIC account ever moves here.
    """
    day = day_asked(sandbox, query)
    account = one_of(query, "account_type", "BASIC", ("BASIC", "OPERATION", "FEES"))
    lines = sorted((line for each in trades(sandbox) for line in movements(each)), key=lambda line: line.at)
    balance = 0
    rows: list[list[str]] = []
    incoming: list[int] = []
    outgoing: list[int] = []
    for line in lines if account == "BASIC" else []:
        balance += line.amount_fen
        if not is_on(day, line.at):
            continue
        (incoming if line.amount_fen > 0 else outgoing).append(abs(line.amount_fen))
        way, amount = ("收入" if line.amount_fen > 0 else "支出"), yuan(abs(line.amount_fen))
        head = [written(line.at), line.business_no, line.business_no + line.line, line.name, line.kind, way, amount]
        rows.append([*head, yuan(balance), line.by, line.remark, line.voucher])
    totals = [f"{len(incoming)}", yuan(sum(incoming)), f"{len(outgoing)}", yuan(sum(outgoing))]
    return offer(sandbox, Bill(TITLES, rows, SUMMARY, [str(len(rows)), *totals]), query)
