"""How far an export is, and where its file can be fetched (O4)."""

from datetime import datetime

from services.orders import messages as m
from services.orders.export_orders import file_key
from services.orders.start_export import MAY_HAVE_ADDRESSES
from services.orders.tables import STORE, exports_page
from services.shared.contracts.catalog import Role
from services.shared.plumbing import cursors, files
from services.shared.plumbing.doors import Page
from services.shared.plumbing.jobs import Job, jobs_of
from services.shared.plumbing.problems import NotFound


def export_in(shop_id: str, export_id: str, role: Role | None) -> m.ExportView:
    """One export of the shop. Raises NotFound for another's."""
    (job,) = jobs_of(STORE, [export_id])
    if job is None or job.args.get("shop_id") != shop_id:
        raise NotFound()
    return _view(job, role)


def exports_of(shop_id: str, query: m.Paging, role: Role | None) -> Page[m.ExportView]:
    """A page of a shop's exports, newest first: two reads."""
    listing = f"exports of {shop_id}"
    position = cursors.read(listing, query.cursor)
    export_ids = exports_page(shop_id, query.limit, str(position["after"]) if position else None)
    items = [_view(job, role) for job in jobs_of(STORE, export_ids) if job is not None]
    more = cursors.sign(listing, {"after": export_ids[-1]}) if len(export_ids) == query.limit else None
    return Page(items=items, next_cursor=more)


def _view(job: Job, role: Role | None) -> m.ExportView:
    may_have = not job.args["with_addresses"] or role in MAY_HAVE_ADDRESSES
    name = f"orders-{job.args['start'][:10]}-{job.args['end'][:10]}.csv"
    return m.ExportView(
        export_id=job.id,
        status=job.state,  # type: ignore[arg-type]
        why=job.why or None,
        start=datetime.fromisoformat(job.args["start"]),
        end=datetime.fromisoformat(job.args["end"]),
        order_status=job.args["status"],
        with_addresses=job.args["with_addresses"],
        by=job.args["by"],
        created_at=datetime.fromisoformat(job.args["asked_at"]),
        found=job.counts.get("found", 0),
        orders=job.counts.get("orders", 0),
        rows=job.counts.get("rows", 0),
        url=files.download_url(file_key(job.id), name) if job.state == "done" and may_have else None,
    )
