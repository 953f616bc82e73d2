"""Bills agree with what was paid and refunded."""

import gzip
import hashlib
from datetime import timedelta
from typing import Any

from tests.integration.wechat_pay.till import (
    NUMBER,
    Till,
    answered,
    refusal,
)


def bill(till: Till, link: tuple[int, Any], *, packed: bool = False) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Download a bill and check its hash; return its rows and its summary by title."""
    code, offered = answered(link)
    assert code == 200, offered
    _, content = till.sdk.download_bill(offered["download_url"])
    text = gzip.decompress(content) if packed else content
    assert hashlib.sha1(text).hexdigest() == offered["hash_value"]
    lines = (line.removeprefix("`").split(",`" if line.startswith("`") else ",") for line in text.decode().splitlines())
    titles, *rows, summary_titles, summary = lines
    return [dict(zip(titles, row, strict=True)) for row in rows], dict(zip(summary_titles, summary, strict=True))


def test_bills(till: Till) -> None:
    """The day after, the trade bill tells payments and refunds, the fund-flow bill every movement with its balance."""
    till.ask(description="tea, a tin")
    till.press()
    till.ask("unpaid_1")
    till.refund("refund_1", 400)
    assert till.refund_is("refund_1", "SUCCESS")
    assert refusal(answered(till.sdk.trade_bill("2025-03-01"))) == (400, "NO_STATEMENT_EXIST")
    till.clock[0] += timedelta(days=1)

    trades, summary = bill(till, till.sdk.trade_bill("2025-03-01"), packed=True)
    flow, totals = bill(till, till.sdk.fundflow_bill("2025-03-01", tar_type=""))

    by_state = {row["交易状态"]: row for row in trades}
    assert len(trades) == 2
    assert by_state["SUCCESS"]["商户订单号"] == by_state["REFUND"]["商户订单号"] == NUMBER
    assert (by_state["SUCCESS"]["订单金额"], by_state["SUCCESS"]["手续费"]) == ("10.00", "0.06000")
    assert by_state["SUCCESS"]["商品名称"] == "tea, a tin"
    assert (by_state["REFUND"]["退款金额"], by_state["REFUND"]["手续费"]) == ("4.00", "-0.02000")
    assert by_state["REFUND"]["商户退款单号"] == "refund_1"
    assert (summary["总交易单数"], summary["退款总金额"], summary["手续费总金额"]) == ("2", "4.00", "0.04000")
    assert [(row["业务类型"], row["收支金额(元)"], row["账户结余(元)"]) for row in flow] == [
        ("交易", "10.00", "10.00"),
        ("扣除交易手续费", "0.06", "9.94"),
        ("退款", "3.98", "5.96"),
    ]
    assert (totals["收入金额"], totals["支出金额"]) == ("10.00", "4.04")
    assert len(bill(till, till.sdk.trade_bill("2025-03-01", "SUCCESS", ""))[0]) == 1
    refunds, _ = bill(till, till.sdk.trade_bill("2025-03-01", "REFUND", ""))
    assert refunds[0]["退款成功时间"] == "2025-03-01 12:00:00"


def test_bills_there_are_none_of(till: Till) -> None:
    """Of a day without trade, of another account, under a wrong date or link."""
    till.ask()
    till.press(times=0)
    till.clock[0] += timedelta(days=1)

    assert refusal(answered(till.sdk.trade_bill("2025-02-28"))) == (400, "NO_STATEMENT_EXIST")
    assert refusal(answered(till.sdk.trade_bill("2025-03-01", "REFUND"))) == (400, "NO_STATEMENT_EXIST")
    assert refusal(answered(till.sdk.fundflow_bill("2025-03-01", "FEES"))) == (400, "NO_STATEMENT_EXIST")
    assert refusal(answered(till.sdk.trade_bill("01/03/2025"))) == (400, "PARAM_ERROR")
    assert refusal(answered(till.sdk.trade_bill("2025-03-01", "NONE"))) == (400, "PARAM_ERROR")
    assert refusal(answered(till.sdk.download_bill("/v3/billdownload/file?token=x"))) == (400, "INVALID_REQUEST")
    till.clock[0] += timedelta(days=92)
    assert refusal(answered(till.sdk.trade_bill("2025-03-01"))) == (400, "NO_STATEMENT_EXIST")
