"""What a comparison with WeChat's bill found: of one day, for the platform or for one shop (O3)."""

from datetime import date

from services.orders import messages as m
from services.orders.payments.bill import KINDS
from services.orders.payments.tables import difference_page, find_reconciliation
from services.orders.tables import STORE
from services.shared.plumbing import cursors, jobs
from services.shared.plumbing.problems import NotFound


def read_reconciliation(day: date, shop_id: str | None, query: m.Paging) -> m.ReconciliationPage:
    """A page of the latest comparison of this day, only of one shop when it is named. Raises NotFound.

    While it is under way the differences are those found so far.
    """
    found = find_reconciliation(day)
    if found is None:
        raise NotFound()
    listing = f"differences of {found.run} {shop_id}"
    position = cursors.read(listing, query.cursor)
    rows = difference_page(found.run, shop_id, query.limit, str(position["after"]) if position else None)
    more = cursors.sign(listing, {"after": rows[-1][0]}) if len(rows) == query.limit else None
    counts = found.counts or {}
    return m.ReconciliationPage(
        day=day,
        run=found.run,
        status="done" if found.done_at else _under_way(found.run),
        started_at=found.started_at,
        done_at=found.done_at,
        lines=None if shop_id else counts.get("lines", 0),
        differences=None if shop_id else {kind: counts.get(kind, 0) for kind in KINDS},
        items=[m.DifferenceView(**vars(one)) for _, one in rows],
        next_cursor=more,
    )


def _under_way(run: str) -> str:
    job = jobs.job_of(STORE, run)
    return job.state if job else "running"
