"""Catalog's doors (see doors/), its queue, its outbox, its schedules."""

from chalice.app import CloudWatchEvent

from services.catalog import doors
from services.catalog.service import app
from services.shared.plumbing import clock, ids, triggers
from services.shared.plumbing.tables import Transaction

__all__ = ["app", "consume", "publish", "reactions", "sweep", "sweep_plans", "tend"]

app.hang(doors)


def reactions() -> triggers.Reactions:
    """What catalog does when it hears something."""
    from services.catalog.reactions import REACTIONS

    return REACTIONS


def uploads() -> int:
    """Delete uploads that nobody reads any more; only a service that takes some has a bucket."""
    from services.shared.plumbing import files

    return files.sweep_uploads(app.store, clock.now())


publish = triggers.publisher(app)
consume = triggers.consumer(app, reactions)
tend = triggers.tender(app, reactions, uploads=uploads)


@app.schedule("rate(5 minutes)", name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Look at shops whose licences end or will soon; add up what buyers saw, pressed and bought.

    Take legacy shops through their calendars, and end moves that can be rolled back no more.
    """
    from services.catalog.migrations.end_migrations import sweep_moves
    from services.catalog.migrations.follow_calendar import sweep_calendars
    from services.catalog.review.review_shop import sweep_shops
    from services.catalog.traffic.fold_traffic import sweep_traffic

    now = clock.now()

    def begin() -> Transaction:
        return Transaction(app.store, now, ids.new_id)

    return {
        "shops": sweep_shops(begin, now),
        "calendars": sweep_calendars(begin, now),
        "moves": sweep_moves(begin, now),
        "tallies": sweep_traffic(begin, now),
    }


@app.schedule("rate(1 minute)", name="sweep_plans")
def sweep_plans(event: CloudWatchEvent) -> dict[str, int]:
    """Put products on sale, and take them off it, when their merchants planned."""
    from services.catalog.products.sweep_plans import sweep_plans as run

    now = clock.now()
    return run(begin=lambda: Transaction(app.store, now, ids.new_id), now=now)
