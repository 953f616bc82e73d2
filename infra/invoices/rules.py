"""Which rows are used: what is odd is reported, never guessed. Pure."""

import re

from infra.invoices.refusals import Reason
from infra.invoices.rows import Row

NUMBER = re.compile(r"C?[0-9]+")
GOODS = re.compile(r"[0-9]{5}[A-Z]*")
MOST_FEN = 1_000_000_000  # the highest price a product may have (C5)


def judged(row: Row) -> Reason | None:
    """Why this row cannot be used whatever the others say; None when it can. The first reason counts."""
    if not NUMBER.fullmatch(row.invoice):
        return Reason.NOT_A_SALE
    if not GOODS.fullmatch(row.code):
        return Reason.NOT_GOODS
    if row.is_credit and row.quantity >= 0:
        return Reason.NOT_NEGATIVE
    if not row.is_credit and row.quantity <= 0:
        return Reason.NO_QUANTITY
    if row.price <= 0 or row.price * 100 > MOST_FEN:
        return Reason.NO_PRICE
    return Reason.PENNY_PARTS if row.price * 100 % 1 else None
