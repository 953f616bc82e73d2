"""What a file asks for: the goods to sell, the orders to place, and an outcome for each of its rows. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from infra.invoices.credits import taken_back
from infra.invoices.goods import Goods, goods_of
from infra.invoices.purchases import Purchase, one_buyer_each, purchases_of
from infra.invoices.refusals import Reason, Refused
from infra.invoices.rows import Row, read_rows
from infra.invoices.rules import judged


@dataclass(frozen=True)
class Plan:
    """A file as work to do. ``fingerprint`` is the same for the same bytes and limit, and for nothing else."""

    fingerprint: str
    rows_read: int
    sale_rows: int
    credit_rows: int
    refused: tuple[Refused, ...]
    goods: tuple[Goods, ...]
    purchases: tuple[Purchase, ...]

    @property
    def rows_used(self) -> int:
        """Sales that are placed, and credits that undo one."""
        return self.sale_rows + self.credit_rows

    @property
    def refused_by_reason(self) -> dict[Reason, int]:
        counts = Counter(one.reason for one in self.refused)
        return {reason: counts[reason] for reason in Reason if counts[reason]}

    @property
    def kept(self) -> tuple[Purchase, ...]:
        """The orders that are paid, shipped and received."""
        return tuple(purchase for purchase in self.purchases if not purchase.undone_by)

    @property
    def undone(self) -> tuple[Purchase, ...]:
        """The orders that their buyers cancel."""
        return tuple(purchase for purchase in self.purchases if purchase.undone_by)


def plan_of(content: bytes, limit: int | None = None) -> Plan:
    """The plan for a file's bytes, for its first ``limit`` invoices when given. Raises OtherLayout."""
    fingerprint = hashlib.sha256(content + f"\0{limit}".encode()).hexdigest()[:12]
    rows = list(_first_invoices(read_rows(content), limit))
    refused = [row for row in rows if isinstance(row, Refused)]
    usable: list[Row] = []
    for row in rows:
        if isinstance(row, Row):
            reason = judged(row)
            if reason is None:
                usable.append(row)
            else:
                refused.append(Refused(row.line, row.invoice, reason))
    sales, others = one_buyer_each(row for row in usable if not row.is_credit)
    credit_rows = [row for row in usable if row.is_credit]
    taken, unmatched = taken_back(sorted([*sales, *credit_rows], key=lambda row: row.line))
    return Plan(
        fingerprint=fingerprint,
        rows_read=len(rows),
        sale_rows=len(sales),
        credit_rows=len(credit_rows) - len(unmatched),
        refused=tuple(sorted([*refused, *others, *unmatched], key=lambda one: one.line)),
        goods=goods_of(sales),
        purchases=purchases_of(sales, taken),
    )


def _first_invoices(rows: Iterable[Row | Refused], limit: int | None) -> Iterable[Row | Refused]:
    seen: set[str] = set()
    for row in rows:
        seen.add(row.invoice)
        if limit is not None and len(seen) > limit:
            return
        yield row
