"""Orders' doors (see doors/), its queue, its outbox, its schedules."""

from chalice.app import CloudWatchEvent

from services.orders.doors import (
    buying,
    exports,
    freight,
    fulfilment,
    money,
    payments,
    reconciliations,
    risk,
    selling,
    stock,
)
from services.orders.reactions import REACTIONS
from services.orders.reconcile import reconcile_yesterday
from services.orders.service import app
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import own_begin
from services.shared.plumbing import clock, triggers

__all__ = [
    "app",
    "buying",
    "consume",
    "exports",
    "freight",
    "fulfilment",
    "money",
    "payments",
    "publish",
    "reconcile",
    "reconciliations",
    "risk",
    "selling",
    "stock",
    "sweep",
    "tend",
]

publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(_: CloudWatchEvent) -> dict[str, int]:
    """Expiry, automatic receipt, settlement, refunds that wait."""
    return sweep_orders(clock.now())


@app.schedule("rate(30 minutes)", name="reconcile")
def reconcile(_: CloudWatchEvent) -> dict[str, str | None]:
    """Compare yesterday with WeChat's bill, once, as soon as it is ready (O3)."""
    now = clock.now()
    return {"started": reconcile_yesterday(now, own_begin(now))}
