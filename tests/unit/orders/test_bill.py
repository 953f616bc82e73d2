"""WeChat's trade bill, read as it is written: no quoting, amounts in yuan, a summary at the end (O3)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.wechat_pay.bill import Bill
from infra.local.wechat_pay.trade_bill import SUMMARY, TITLES
from services.orders.payments.bill import BillLine, BillUnreadable, bill_lines, compare_payment, compare_refund
from services.orders.payments.payment import Payment, Refund
from tests.unit.orders.sample import NOON

TITLE_NAMES = TITLES["ALL"].split(",")


def row(**changes: str) -> list[str]:
    """A payment's row as WeChat writes it, with these values changed."""
    usual = {
        "特约商户号": "0",
        "微信订单号": "4200",
        "商户订单号": "pay_1",
        "交易状态": "SUCCESS",
        "商户退款单号": "0",
        "商品名称": "桂花茶",
        "订单金额": "12.34",
        "申请退款金额": "0.00",
    }
    return [(usual | changes).get(title, "") for title in TITLE_NAMES]


def text(*rows: list[str], count: int | None = None) -> list[str]:
    """A bill of these rows, line by line."""
    summary = [str(len(rows) if count is None else count), *["0.00"] * 6]
    return Bill(TITLES["ALL"], list(rows), SUMMARY, summary).text().decode().splitlines()


def refunded(**changes: str) -> list[str]:
    """A refund's row, with these values changed."""
    usual = {"交易状态": "REFUND", "商户退款单号": "rfd_1", "退款状态": "SUCCESS", "申请退款金额": "5.00"}
    return row(**usual | {"订单金额": "0.00"} | changes)


def test_a_payment_and_its_refund() -> None:
    """Both name our payment; amounts are fen."""
    paid, back = bill_lines(text(row(), refunded(特约商户号="1900000109")))

    assert paid == BillLine("pay_1", None, "4200", "SUCCESS", 1_234, None)
    assert back == BillLine("pay_1", "rfd_1", "4200", "SUCCESS", 500, "1900000109")
    assert (paid.ref, back.ref) == ("pay_1", "rfd_1")


@given(st.text(st.sampled_from("茶,`\"' ;=+-@\t"), max_size=40))
def test_a_title_may_hold_anything_that_is_one_line(title: str) -> None:
    """Commas and backquotes, also the separator itself: every other value stays in its place."""
    (paid,) = bill_lines(text(row(商品名称=title)))

    assert (paid.payment_id, paid.amount_fen) == ("pay_1", 1_234)


@given(st.integers(0, 10**11))
def test_amounts_are_exact(fen: int) -> None:
    """Yuan with two decimals, never through a float."""
    (paid,) = bill_lines(text(row(订单金额=f"{fen // 100}.{fen % 100:02d}")))

    assert paid.amount_fen == fen


def test_a_mark_at_the_beginning_of_the_file_is_no_title() -> None:
    """WeChat's files begin with a byte order mark."""
    lines = text(row())

    assert len(list(bill_lines([f"\ufeff{lines[0]}", *lines[1:]]))) == 1


@pytest.mark.parametrize(
    "spoiled",
    [
        text(row())[:-2],
        text(row())[:-1],
        text(row(), count=2),
        text(row(订单金额="twelve")),
        [text(row())[0].replace("商户订单号", "order"), *text(row())[1:]],
        ["<html>", "error"],
        text(row()[:-3]),
        [],
    ],
    ids=["no-summary", "half-a-summary", "another-count", "no-amount", "no-column", "no-bill", "short-line", "nothing"],
)
def test_what_is_no_bill_is_not_read(spoiled: list[str]) -> None:
    """Half a bill must not look like a day on which little was paid; what it says is not repeated."""
    with pytest.raises(BillUnreadable) as refused:
        list(bill_lines(spoiled))

    assert "pay_1" not in str(refused.value)


PAYMENT = Payment("pay_1", "ord_1", "shp_1", "native", "open", 1_234, NOON, NOON, NOON, "person:anna").pay(
    NOON, "4200", NOON, late=False
)
REFUND = Refund("rfd_1", "pay_1", "ord_1", 500, "aftersale", "succeeded", NOON, NOON, None)
PAID = BillLine("pay_1", None, "4200", "SUCCESS", 1_234, None)
BACK = BillLine("pay_1", "rfd_1", "4200", "SUCCESS", 500, None)


@pytest.mark.parametrize(
    ("line", "payment", "kind"),
    [
        (PAID, PAYMENT, None),
        (PAID, None, "missing_here"),
        (replace(PAID, amount_fen=1_233), PAYMENT, "amount_differs"),
        (PAID, replace(PAYMENT, status="closed"), "status_differs"),
        (PAID, replace(PAYMENT, status="open"), "status_differs"),
        (replace(PAID, state="REVOKED"), PAYMENT, "status_differs"),
        (replace(PAID, transaction_id="4201"), PAYMENT, "status_differs"),
        (replace(PAID, sub_mchid="1900000109"), PAYMENT, "status_differs"),
    ],
)
def test_a_payment_against_the_bill(line: BillLine, payment: Payment | None, kind: str | None) -> None:
    """Each kind of difference, and none when all agrees."""
    found = compare_payment(line, payment)

    assert (found and found.kind) == kind
    assert found is None or (found.ref, found.theirs_fen) == ("pay_1", line.amount_fen)


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        ("SUCCESS", "succeeded", None),
        ("PROCESSING", "sent", None),
        ("PROCESSING", "succeeded", None),
        ("CHANGE", "due", None),
        ("FAIL", "closed", None),
        ("SUCCESS", "sent", "refund_differs"),
        ("SUCCESS", "due", "refund_differs"),
        ("SUCCESS", "closed", "refund_differs"),
        ("CHANGE", "succeeded", "refund_differs"),
        ("FAIL", "succeeded", "refund_differs"),
    ],
)
def test_a_refund_against_the_bill(theirs: str, ours: str, kind: str | None) -> None:
    """One that is on its way there may be done here since the bill was made."""
    refund = replace(REFUND, status=ours)  # type: ignore[arg-type]

    found = compare_refund(replace(BACK, state=theirs), PAYMENT, refund)

    assert (found and found.kind) == kind


def test_a_refund_of_another_amount_or_of_nobody() -> None:
    """It went back, and not as we say."""
    other = compare_refund(replace(BACK, amount_fen=501), PAYMENT, REFUND)
    unknown = compare_refund(BACK, PAYMENT, None)

    assert other is not None
    assert unknown is not None
    assert (other.kind, other.ours_fen, other.theirs_fen) == ("refund_differs", 500, 501)
    assert (unknown.kind, unknown.ref, unknown.shop_id) == ("missing_here", "rfd_1", "shp_1")
