"""Invoices as orders: each invoice is one order of its customer, or several linked ones. Pure.

The same style twice is merged; more than 40 styles are split in the order of the file. What a credit takes back later
is ordered apart, so that its buyer can cancel it before paying. Every part carries the source token
``invoice:<number>#<part>``, by which the parts are linked and found again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.invoices.credits import TakenBack
from infra.invoices.goods import Key, sku_of
from infra.invoices.refusals import Reason, Refused
from infra.invoices.rows import Row

MOST_STYLES = 40  # of one order (O2)


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one style at its price in fen."""

    out_sku_id: str
    quantity: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order to be placed. ``undone_by`` is the credit for which it is cancelled before it is paid."""

    invoice: str
    part: int
    buyer: str
    lines: tuple[Line, ...]
    undone_by: str | None = None

    @property
    def token(self) -> str:
        return f"invoice:{self.invoice}#{self.part}"

    @property
    def total_fen(self) -> int:
        return sum(line.quantity * line.price_fen for line in self.lines)


def one_buyer_each(sales: Iterable[Row]) -> tuple[list[Row], list[Refused]]:
    """The rows whose customer is that of their invoice's first row, and the others, refused."""
    buyers: dict[str, str] = {}
    kept: list[Row] = []
    refused: list[Refused] = []
    for row in sales:
        if buyers.setdefault(row.invoice, row.buyer) == row.buyer:
            kept.append(row)
        else:
            refused.append(Refused(row.line, row.invoice, Reason.OTHER_CUSTOMER))
    return kept, refused


def purchases_of(sales: Iterable[Row], taken: TakenBack) -> tuple[Purchase, ...]:
    """The orders of these sale rows, in the order of the file; of each invoice first what stays."""
    buyers: dict[str, str] = {}
    staying: dict[str, Counter[Key]] = {}
    undone: dict[str, dict[str, Counter[Key]]] = {}
    for row in sales:
        buyers[row.invoice] = row.buyer
        staying.setdefault(row.invoice, Counter())[row.code, row.pence] += row.quantity
    for (invoice, credit), quantities in taken.items():
        staying[invoice] -= quantities  # drops what is not left
        undone.setdefault(invoice, {})[credit] = quantities
    return tuple(
        Purchase(invoice, part, buyers[invoice], lines, credit)
        for invoice in staying
        for part, (lines, credit) in enumerate(_parts(staying[invoice], undone.get(invoice, {})), start=1)
    )


def _parts(staying: Counter[Key], undone: dict[str, Counter[Key]]) -> Iterator[tuple[tuple[Line, ...], str | None]]:
    yield from ((lines, None) for lines in _split(staying))
    for credit, quantities in undone.items():
        yield from ((lines, credit) for lines in _split(quantities))


def _split(quantities: Counter[Key]) -> Iterator[tuple[Line, ...]]:
    lines = [Line(sku_of(code, pence), quantity, pence) for (code, pence), quantity in quantities.items()]
    for start in range(0, len(lines), MOST_STYLES):
        yield tuple(lines[start : start + MOST_STYLES])
