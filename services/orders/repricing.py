"""Another price for an unpaid order: exact over its lines, and never dearer than what was offered (O4). Pure; fen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from services.orders.order import Line, Order
from services.orders.pricing import Discount, shared_out
from services.orders.refusals import PriceNotAllowed

BY_HAND: Literal["price_change"] = "price_change"


@dataclass(frozen=True)
class NewPrice:
    """What the merchant wants: a total with freight, or some lines' totals by number. No ``freight_fen``: as it was."""

    total_fen: int | None = None
    lines_fen: Mapping[int, int] | None = None
    freight_fen: int | None = None


def repriced(order: Order, new: NewPrice) -> tuple[tuple[Line, ...], int]:
    """The lines and the freight that make this price.

    Raises PriceNotAllowed for a line that is not there or would cost more than offered, for less than 1 fen in all, and
    for what is the price already.
    """
    freight_fen = order.freight_fen if new.freight_fen is None else new.freight_fen
    offered = [_as_offered(line) for line in order.lines]
    most = [line.total_fen for line in offered]
    totals = _totals(order, new, freight_fen, most)
    if any(not 0 <= total <= bound for total, bound in zip(totals, most, strict=True)):
        raise PriceNotAllowed(most_fen=sum(most) + freight_fen)
    lines = tuple(_less(line, line.total_fen - total) for line, total in zip(offered, totals, strict=True))
    if sum(totals) + freight_fen < 1:
        raise PriceNotAllowed("At least 1 fen is left to pay")
    if (lines, freight_fen) == (order.lines, order.freight_fen):
        raise PriceNotAllowed("That is its price already")
    return lines, freight_fen


def _totals(order: Order, new: NewPrice, freight_fen: int, most: list[int]) -> list[int]:
    if new.total_fen is not None:
        goods_fen = new.total_fen - freight_fen
        if not 0 <= goods_fen <= sum(most):
            raise PriceNotAllowed(least_fen=max(1, freight_fen), most_fen=sum(most) + freight_fen)
        return shared_out(goods_fen, most)
    wanted = dict(new.lines_fen or {})
    totals = [wanted.pop(line.line_no, line.total_fen) for line in order.lines]
    if wanted:
        raise PriceNotAllowed("There is no such line", lines=sorted(wanted))
    return totals


def _as_offered(line: Line) -> Line:
    """Without what an earlier change of price took off."""
    return replace(line, discounts=tuple(one for one in line.discounts if one.kind != BY_HAND))


def _less(line: Line, amount_fen: int) -> Line:
    if not amount_fen:
        return line
    return replace(line, discounts=(*line.discounts, Discount(BY_HAND, BY_HAND, amount_fen)))
