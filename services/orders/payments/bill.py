"""WeChat's trade bill of one day, and where it and we disagree (O3). Pure.

The file is text: a line of titles, a line a payment or refund with a backquote before each value, then the titles and
values of a summary. Nothing is quoted, so a comma may be part of a value; amounts are yuan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.orders.payments.payment import Payment, Refund

Kind = Literal["missing_here", "missing_at_wechat", "amount_differs", "status_differs", "refund_differs"]
KINDS: tuple[Kind, ...] = ("missing_here", "missing_at_wechat", "amount_differs", "status_differs", "refund_differs")

SEPARATOR = ",`"
FREE_TEXT = "商品名称"  # the only value in which somebody may have written the separator itself
SUMMARY = "总交易单数"


class BillUnreadable(ValueError):
    """A line is not as WeChat describes it; the message holds its number and nothing of what it says."""


@dataclass(frozen=True)
class BillLine:
    """A payment, or, with a ``refund_id``, a refund on it. ``state`` is WeChat's own."""

    payment_id: str
    refund_id: str | None
    transaction_id: str
    state: str
    amount_fen: int
    sub_mchid: str | None

    @property
    def ref(self) -> str:
        """Which payment or refund it is, by our own number."""
        return self.refund_id or self.payment_id


@dataclass(frozen=True)
class Difference:
    """One thing on which WeChat and we disagree; ``ours`` and ``theirs`` are None where there is nothing.

    States are each side's own words, amounts fen.
    """

    kind: Kind
    ref: str
    payment_id: str
    order_id: str | None = None
    shop_id: str | None = None
    ours: str | None = None
    theirs: str | None = None
    ours_fen: int | None = None
    theirs_fen: int | None = None


def bill_lines(text: Iterable[str]) -> Iterator[BillLine]:
    """The payments and refunds of a bill, line by line. Raises BillUnreadable, also when the summary disagrees."""
    lines = iter(text)
    titles = next(lines, "").lstrip("\ufeff").split(",")
    count = 0
    for line in lines:
        if not line.startswith("`"):
            _check_summary(line, next(lines, ""), count)
            return
        count += 1
        try:
            yield _line(dict(zip(titles, _values(line, titles), strict=True)))
        except (KeyError, ValueError, ArithmeticError) as error:
            raise BillUnreadable(f"line {count} of the bill cannot be read: {type(error).__name__}") from error
    raise BillUnreadable(f"the bill ends after line {count}, without a summary")


def _values(line: str, titles: list[str]) -> list[str]:
    values = line.removeprefix("`").split(SEPARATOR)
    extra = len(values) - len(titles)
    if extra > 0:
        start = titles.index(FREE_TEXT)
        values[start : start + extra + 1] = [SEPARATOR.join(values[start : start + extra + 1])]
    return values


def _line(row: Mapping[str, str]) -> BillLine:
    refund_id = row["商户退款单号"] if row["交易状态"] == "REFUND" else None
    return BillLine(
        payment_id=row["商户订单号"],
        refund_id=refund_id,
        transaction_id=row["微信订单号"],
        state=row["退款状态"] if refund_id else row["交易状态"],
        amount_fen=_fen(row["申请退款金额"] if refund_id else row["订单金额"]),
        sub_mchid=row["特约商户号"] if row["特约商户号"] not in ("", "0") else None,
    )


def _check_summary(titles: str, values: str, count: int) -> None:
    told = dict(zip(titles.split(","), values.removeprefix("`").split(SEPARATOR), strict=False)).get(SUMMARY)
    if told != str(count):
        raise BillUnreadable(f"the bill has {count} lines, and its summary says otherwise")


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


# ------------------------------------------------------------------------------------------------- disagreements


def compare_payment(line: BillLine, payment: Payment | None) -> Difference | None:
    """What WeChat says was paid, with what we have of it."""
    theirs = {"ref": line.ref, "payment_id": line.payment_id, "theirs": line.state, "theirs_fen": line.amount_fen}
    if payment is None:
        return Difference("missing_here", **theirs)  # type: ignore[arg-type]
    ours = _ours(payment) | {"ours": payment.status, "ours_fen": payment.amount_fen}
    if payment.amount_fen != line.amount_fen:
        return Difference("amount_differs", **theirs, **ours)  # type: ignore[arg-type]
    if payment.status != "paid" or line.state != "SUCCESS" or payment.sub_mchid != line.sub_mchid:
        return Difference("status_differs", **theirs, **ours)  # type: ignore[arg-type]
    if payment.transaction_id != line.transaction_id:
        numbers = {"ours": payment.transaction_id, "theirs": line.transaction_id}
        return Difference("status_differs", **theirs | ours | numbers)  # type: ignore[arg-type]
    return None


def compare_refund(line: BillLine, payment: Payment | None, refund: Refund | None) -> Difference | None:
    """What WeChat says went back, with what we have of it. A refund on its way there may be done here since."""
    theirs = {"ref": line.ref, "payment_id": line.payment_id, "theirs": line.state, "theirs_fen": line.amount_fen}
    if payment is None or refund is None:
        return Difference("missing_here", **theirs, **(_ours(payment) if payment else {}))  # type: ignore[arg-type]
    agree = line.state == "PROCESSING" or (refund.status == "succeeded") == (line.state == "SUCCESS")
    if agree and refund.amount_fen == line.amount_fen:
        return None
    ours = _ours(payment) | {"ours": refund.status, "ours_fen": refund.amount_fen}
    return Difference("refund_differs", **theirs, **ours)  # type: ignore[arg-type]


def missing_at_wechat(payment: Payment, refund: Refund | None = None) -> Difference:
    """We say that it was paid, or went back, and WeChat's bill does not."""
    ref, ours = (refund.refund_id, refund.status) if refund else (payment.payment_id, payment.status)
    fen = refund.amount_fen if refund else payment.amount_fen
    return Difference("missing_at_wechat", ref, payment.payment_id, payment.order_id, payment.shop_id, ours, None, fen)


def _ours(payment: Payment) -> dict[str, str]:
    return {"order_id": payment.order_id, "shop_id": payment.shop_id}
