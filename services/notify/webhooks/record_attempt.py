"""Write down what became of a push; an endpoint that took nothing for all of a delivery's tries is paused (N3)."""

from datetime import datetime
from urllib.parse import urlsplit

from services.notify.webhooks import tables
from services.notify.webhooks.delivery import Attempt, Delivery
from services.shared.contracts.notify import WebhookPaused
from services.shared.plumbing.tables import Begin, Transaction


def record_attempt(
    delivery: Delivery, attempt: Attempt, failing_since: datetime | None, *, begin: Begin
) -> Delivery | None:
    """The delivery after it, as it now is stored; None when it is gone.

    ``failing_since``: since when every push to the endpoint has failed. When that is as long as this delivery was
    tried, and it is given up now, the endpoint is paused and the shop told, in the same transaction.
    """
    stored = tables.find_delivery(delivery.webhook_id, delivery.delivery_id)
    if stored is None:
        return None
    after = stored.tried(attempt)
    tx = begin()
    tables.save_delivery(tx, after)
    if stored.status == "pending" and after.status == "dead" and failing_since:
        first = after.attempts[-min(after.tries, len(after.attempts))]
        if failing_since <= first.at:
            _pause(tx, after, failing_since)
    tx.commit()
    return after


def _pause(tx: Transaction, delivery: Delivery, since: datetime) -> None:
    endpoint = tables.find_endpoint(delivery.shop_id, delivery.webhook_id)
    if endpoint is None or endpoint.status == "paused":
        return
    paused = endpoint.pause("failing", tx.now)
    tables.save_endpoint(tx, paused)
    host = urlsplit(endpoint.url).hostname or ""
    event = WebhookPaused(webhook_id=endpoint.webhook_id, shop_id=endpoint.shop_id, host=host, since=since)
    tx.emit(event, subject=endpoint.webhook_id, sequence=paused.version, shop=endpoint.shop_id)
