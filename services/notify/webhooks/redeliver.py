"""Deliver again by hand: one delivery, whatever became of it (N3)."""

from datetime import datetime

from services.notify.webhooks import hints, tables
from services.notify.webhooks.change_endpoint import endpoint_in
from services.notify.webhooks.delivery import Delivery
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def redeliver(shop_id: str, webhook_id: str, delivery_id: str, *, begin: Begin, now: datetime) -> Delivery:
    """Due now, under the same id, with all its tries before it. At a paused endpoint it waits. Raises NotFound."""
    endpoint = endpoint_in(shop_id, webhook_id)
    delivery = delivery_in(webhook_id, delivery_id, now)
    again = delivery.redeliver(now)
    tx = begin()
    tables.save_delivery(tx, again)
    if endpoint.status == "active":
        tables.wake(tx, shop_id, webhook_id, now)
    tx.commit({"shop_id": shop_id, "webhook_id": webhook_id, "delivery_id": delivery_id})
    hints.send([endpoint])
    return again


def delivery_in(webhook_id: str, delivery_id: str, now: datetime) -> Delivery:
    """A delivery of this endpoint. Raises NotFound, also for one that is no longer kept."""
    delivery = tables.find_delivery(webhook_id, delivery_id)
    if delivery is None or delivery.expires_at <= now:
        raise NotFound()
    return delivery
