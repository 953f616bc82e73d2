"""Orders' doors (see doors/), its queue, its outbox, its schedules."""

from chalice.app import CloudWatchEvent

from services.orders import doors
from services.orders.service import app
from services.shared.plumbing import clock, triggers

__all__ = ["app", "consume", "publish", "reactions", "reconcile", "sweep", "tend"]

app.hang(doors)


def reactions() -> triggers.Reactions:
    """What orders does when it hears something."""
    from services.orders.reactions import REACTIONS

    return REACTIONS


def uploads() -> int:
    """Delete uploads that nobody reads any more; only a service that takes some has a bucket."""
    from services.shared.plumbing import files

    return files.sweep_uploads(app.store, clock.now())


publish = triggers.publisher(app)
consume = triggers.consumer(app, reactions)
tend = triggers.tender(app, reactions, uploads=uploads)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(_: CloudWatchEvent) -> dict[str, int]:
    """Expiry, automatic receipt, settlement, refunds that wait."""
    from services.orders.sweep_orders import sweep_orders

    return sweep_orders(clock.now())


@app.schedule("rate(30 minutes)", name="reconcile")
def reconcile(_: CloudWatchEvent) -> dict[str, str | None]:
    """Compare yesterday with WeChat's bill, once, as soon as it is ready (O3)."""
    from services.orders.payments.reconcile import reconcile_yesterday
    from services.orders.tables import own_begin

    now = clock.now()
    return {"started": reconcile_yesterday(now, own_begin(now))}
