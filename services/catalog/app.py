"""Catalog's doors (see doors/), its queue, its outbox, its schedules."""

from chalice.app import CloudWatchEvent

from services.catalog.doors import files, groups, imports, products, sessions, shops, sources, staff, traffic
from services.catalog.reactions import REACTIONS
from services.catalog.service import app
from services.catalog.tables import STORE
from services.catalog.traffic.fold_traffic import sweep_traffic
from services.shared.plumbing import clock, ids, triggers
from services.shared.plumbing.tables import Transaction

__all__ = [
    "app",
    "consume",
    "files",
    "groups",
    "imports",
    "products",
    "publish",
    "sessions",
    "shops",
    "sources",
    "staff",
    "sweep",
    "tend",
    "traffic",
]

publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)


@app.schedule("rate(5 minutes)", name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Add up what buyers saw, pressed and bought."""
    now = clock.now()
    return {"tallies": sweep_traffic(lambda: Transaction(STORE, now, ids.new_id), now)}
