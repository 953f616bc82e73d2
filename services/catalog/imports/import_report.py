"""The report of an import as a file: one line a row (C6). Made in parts, so that memory and time stay bounded."""

import csv
import io

from services.catalog.imports.tables import ImportRow, rows_of
from services.catalog.tables import STORE
from services.shared.plumbing import files

COLUMNS = ("line", "key", "outcome", "why", "product_id")
PART_ROWS = 20_000
PAGE = 1_000
TYPE = "text/csv; charset=utf-8"


def report_key(import_id: str) -> str:
    """Where the report of an import lies."""
    return f"{STORE.service}/imports/{import_id}.csv"


def write_report(import_id: str, after: int, parts: int) -> int | None:
    """Write the part that tells of the rows after line ``after``; the last one makes a whole of the ``parts`` before.

    Returns the last line that was told of, None when the report is whole. A part may be written again.
    """
    rows, more = _rows(import_id, after)
    content = _lines(rows, head=parts == 0)
    if parts == 0 and not more:
        files.write(report_key(import_id), content, TYPE)
        return None
    files.write(_part_key(import_id, parts), content, TYPE)
    if more:
        return int(rows[-1].lines[0])
    files.join([_part_key(import_id, part) for part in range(parts + 1)], report_key(import_id), TYPE)
    return None


def _part_key(import_id: str, part: int) -> str:
    return f"{STORE.service}/imports/{import_id}/{part}.csv"


def _rows(import_id: str, after: int) -> tuple[list[ImportRow], bool]:
    """The words about the next rows, and whether there are more of them."""
    found: list[ImportRow] = []
    lines = 0
    while page := rows_of(import_id, PAGE, after):
        found += page
        lines += sum(len(row.lines) for row in page)
        after = int(page[-1].lines[0])
        if lines >= PART_ROWS:
            return found, bool(rows_of(import_id, 1, after))
    return found, False


def _lines(rows: list[ImportRow], *, head: bool) -> bytes:
    """A cell that a spreadsheet would take for a formula is kept text by a quote in front."""
    text = io.StringIO()
    report = csv.writer(text)
    if head:
        report.writerow(COLUMNS)
    for row in rows:
        for line in row.lines:
            told = (str(line), row.key, row.outcome, row.why, row.product_id or "")
            report.writerow([harmless(one) for one in told])
    return text.getvalue().encode("utf-8-sig" if head else "utf-8")


def harmless(cell: str) -> str:
    """The cell as text, also for a spreadsheet."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
