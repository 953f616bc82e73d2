"""List a shop's endpoints and an endpoint's deliveries, and show one (N3)."""

from datetime import datetime

from services.notify.webhooks import tables
from services.notify.webhooks.change_endpoint import endpoint_in
from services.notify.webhooks.delivery import Delivery
from services.notify.webhooks.messages import DeliveriesQuery, DeliveryView, WebhookView
from services.notify.webhooks.redeliver import delivery_in
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page

LOOKED_THROUGH = 100  # for one page of one status


def list_endpoints(shop_id: str) -> Page[WebhookView]:
    """All of them, oldest first: one read."""
    return Page(items=[WebhookView.of(one.endpoint) for one in tables.listeners_of(shop_id)])


def delivery_of(shop_id: str, webhook_id: str, delivery_id: str, now: datetime) -> Delivery:
    """A delivery of this shop's endpoint. Raises NotFound."""
    endpoint_in(shop_id, webhook_id)
    return delivery_in(webhook_id, delivery_id, now)


def list_deliveries(shop_id: str, webhook_id: str, asked: DeliveriesQuery, now: datetime) -> Page[DeliveryView]:
    """A page, newest first: two reads. Raises NotFound, CursorInvalid."""
    endpoint_in(shop_id, webhook_id)
    listing = f"deliveries of {webhook_id} {asked.status}"
    before = (cursors.read(listing, asked.cursor) or {"before": None})["before"]
    look = LOOKED_THROUGH if asked.status else asked.limit
    found = tables.newest_deliveries(webhook_id, before, look + 1)
    kept = [one for one in found[:look] if one.expires_at > now]
    wanted = [one for one in kept if asked.status in (None, one.status)]
    shown = wanted[: asked.limit]
    last = shown[-1] if len(wanted) > asked.limit else (kept[-1] if len(found) > look and len(kept) == look else None)
    more = cursors.sign(listing, {"before": last.delivery_id}) if last else None
    return Page(items=[DeliveryView.of(one) for one in shown], next_cursor=more)
