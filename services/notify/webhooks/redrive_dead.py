"""Deliver again in bulk: what an endpoint was given up on (N3)."""

from datetime import datetime

from services.notify.webhooks import hints, tables
from services.notify.webhooks.change_endpoint import endpoint_in
from services.shared.plumbing.tables import Begin

AT_ONCE = 50


def redrive_dead(shop_id: str, webhook_id: str, *, begin: Begin, now: datetime) -> tuple[int, bool]:
    """How many are due again, the oldest first, and whether there are more. Raises NotFound."""
    endpoint = endpoint_in(shop_id, webhook_id)
    listed = tables.list_dead(webhook_id, now, AT_ONCE + 1)
    found = [one for one in tables.deliveries(webhook_id, listed[:AT_ONCE]) if one and one.expires_at > now]
    dead = [one for one in found if one.status == "dead"]
    if dead:
        tx = begin()
        for delivery in dead:
            tables.save_delivery(tx, delivery.redeliver(now))
        if endpoint.status == "active":
            tables.wake(tx, shop_id, webhook_id, now)
        tx.commit()
        hints.send([endpoint])
    return len(dead), len(listed) > AT_ONCE
