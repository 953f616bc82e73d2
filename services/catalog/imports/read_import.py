"""How far an import is, and what became of its rows (C6)."""

from typing import NamedTuple

from services.catalog.imports.import_report import report_key
from services.catalog.imports.start_import import KIND
from services.catalog.imports.tables import rows_of
from services.catalog.products.messages import ImportRowView, ImportView
from services.catalog.tables import STORE
from services.shared.plumbing import cursors, files
from services.shared.plumbing.jobs import Job, job_of
from services.shared.plumbing.problems import NotFound


class Rows(NamedTuple):
    """A page of rows in file order, and where the next one begins."""

    rows: list[ImportRowView]
    next_cursor: str | None


def import_in(shop_id: str, import_id: str) -> ImportView:
    """The shop's import with its progress. Raises NotFound."""
    job = _import(shop_id, import_id)
    reported = job.state == "done" or (job.cursor or {}).get("reported")
    return ImportView.of(job, files.download_url(report_key(import_id), f"{import_id}.csv") if reported else None)


def import_rows(shop_id: str, import_id: str, limit: int, cursor: str | None) -> Rows:
    """What became of the rows that were read so far: one read a page. Raises NotFound, CursorInvalid."""
    _import(shop_id, import_id)
    listing = f"rows of {import_id}"
    position = cursors.read(listing, cursor) or {"product": 1, "row": 0}
    # Rows of one product are kept together, so a page may begin amid them.
    found = rows_of(import_id, limit + 1, position["product"] - 1)
    told = [(int(row.lines[0]), view) for row in found for view in ImportRowView.all_of(row)]
    rest = [(product, view) for product, view in told if view.line > position["row"]]
    page = rest[:limit]
    if len(rest) <= limit:
        return Rows([view for _, view in page], None)
    product, last = page[-1]
    return Rows([view for _, view in page], cursors.sign(listing, {"product": product, "row": last.line}))


def _import(shop_id: str, import_id: str) -> Job:
    job = job_of(STORE, import_id)
    if job is None or job.kind != KIND or job.args["shop_id"] != shop_id:
        raise NotFound()
    return job
