"""What imports did, in catalog's table.

pk                          sk              what
IMP#{import}                ROW#{line}      what became of a product's rows in an import, kept 90 days
"""

from collections.abc import Sequence
from datetime import timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from services.catalog.tables import CatalogRow
from services.shared.plumbing.tables import (
    Transaction,
    query,
    ttl,
)

ROWS_KEPT = timedelta(days=90)


class ImportRow(CatalogRow):
    key = UnicodeAttribute()
    lines = JSONAttribute()
    outcome = UnicodeAttribute()
    why = UnicodeAttribute()
    product_id = UnicodeAttribute(null=True)


def row_key(import_id: str, line: int) -> tuple[type[ImportRow], str, str]:
    """Where the word about an import's rows lies, by the first of their lines."""
    return ImportRow, f"IMP#{import_id}", f"ROW#{line:09d}"


def add_row(
    tx: Transaction, import_id: str, lines: Sequence[int], *, key: str, outcome: str, why: str, product_id: str | None
) -> None:
    """Say what became of these rows; refused as ``row`` when it has been said already."""
    row = ImportRow(*row_key(import_id, lines[0])[1:], key=key, lines=list(lines), outcome=outcome, why=why)
    row.product_id, row.ttl = product_id, ttl(tx.now + ROWS_KEPT)
    tx.create(row, "row")


def rows_of(import_id: str, limit: int, after_line: int) -> list[ImportRow]:
    """What became of an import's rows, by product in file order, from the first line after ``after_line``."""
    after = f"ROW#{after_line:09d}"
    return query(ImportRow, f"IMP#{import_id}", prefix="ROW#", limit=limit, after=after)
