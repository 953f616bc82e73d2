"""Credits (invoices that begin with C) and the sales they take back. Pure.

A credit row is matched to an earlier sale of the file: same customer, code and price, and enough of it not yet taken
back. Of several sales it is the latest of exactly that quantity, else the latest that has enough.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from infra.invoices.goods import Key
from infra.invoices.refusals import Reason, Refused
from infra.invoices.rows import Row

# What was taken back: by sale and credit (their invoice numbers), how many of which style.
TakenBack = dict[tuple[str, str], Counter[Key]]


def taken_back(rows: Iterable[Row]) -> tuple[TakenBack, list[Refused]]:
    """What the credits among these usable rows take back, and those that match nothing.

    ``rows`` are sales and credits in the order of the file.
    """
    left: Counter[tuple[str, Key]] = Counter()  # by sale and style, what no credit has taken
    bought: dict[tuple[str, Key], list[str]] = defaultdict(list)  # by customer and style, the sales
    taken: TakenBack = defaultdict(Counter)
    refused: list[Refused] = []
    for row in rows:
        style = (row.code, row.pence)
        sales = bought[row.buyer, style]
        if not row.is_credit:
            left[row.invoice, style] += row.quantity
            sales += [row.invoice] if row.invoice not in sales else []
        elif sale := _latest(sales, -row.quantity, [left[one, style] for one in sales]):
            left[sale, style] += row.quantity
            taken[sale, row.invoice][style] -= row.quantity
        else:
            refused.append(Refused(row.line, row.invoice, Reason.NOTHING_TO_UNDO))
    return taken, refused


def _latest(sales: Sequence[str], quantity: int, left: Sequence[int]) -> str | None:
    backwards = list(zip(reversed(sales), reversed(left), strict=True))
    exact = (sale for sale, rest in backwards if rest == quantity)
    enough = (sale for sale, rest in backwards if rest > quantity)
    return next(exact, None) or next(enough, None)
