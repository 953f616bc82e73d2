"""Register an endpoint, once its URL has given the echo back (N3)."""

from datetime import datetime

from services.notify.webhooks import tables
from services.notify.webhooks.endpoint import Endpoint, Keys
from services.notify.webhooks.messages import RegisterWebhook
from services.notify.webhooks.problems import TooManyWebhooks
from services.notify.webhooks.push import check_url
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin, Refused


def register_endpoint(shop_id: str, wanted: RegisterWebhook, *, begin: Begin, now: datetime, new_id: NewId) -> Endpoint:
    """The new endpoint. Raises WebhookUrlRefused, WebhookCheckFailed, TooManyWebhooks."""
    check_url(wanted.url, wanted.token, now=now, new_id=new_id)
    endpoint = Endpoint(
        webhook_id=new_id("whk"),
        shop_id=shop_id,
        url=wanted.url,
        format=wanted.format,
        mode=wanted.mode,
        events=tuple(sorted(set(wanted.events))),
        keys=sealed_keys(shop_id, wanted.token, wanted.encoding_aes_key),
        created_at=now,
        updated_at=now,
    )
    tx = begin()
    tables.add_endpoint(tx, endpoint)
    try:
        tx.commit({"shop_id": shop_id, "webhook_id": endpoint.webhook_id})
    except Refused as refused:
        if tables.ROOM in refused.names:
            raise TooManyWebhooks() from refused
        raise
    return endpoint


def sealed_keys(shop_id: str, token: str, encoding_aes_key: str | None) -> Keys:
    """Keys as they are kept."""
    return Keys(tables.seal(shop_id, token), encoding_aes_key and tables.seal(shop_id, encoding_aes_key))
