"""Doors to webhooks: where a shop is told of what concerns it (N3)."""

from collections.abc import Mapping

from services.notify.service import app
from services.notify.webhooks import messages as m
from services.notify.webhooks import problems as wp
from services.notify.webhooks.change_endpoint import change_endpoint, endpoint_in
from services.notify.webhooks.list_webhooks import delivery_of, list_deliveries, list_endpoints
from services.notify.webhooks.redeliver import delivery_in, redeliver
from services.notify.webhooks.redrive_dead import redrive_dead
from services.notify.webhooks.register_endpoint import register_endpoint
from services.notify.webhooks.remove_endpoint import remove_endpoint
from services.notify.webhooks.send_test import send_test
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import Answer, Call, Page, member

EDITORS = member("operator")
WEBHOOKS = "/v1/shops/{shop_id}/webhooks"
WEBHOOK = WEBHOOKS + "/{webhook_id}"
DELIVERIES = WEBHOOK + "/deliveries"
_CHECKED = (wp.WebhookUrlRefused, wp.WebhookCheckFailed)


def _webhook_again(_: Call, stored: Mapping[str, str]) -> m.WebhookView:
    return m.WebhookView.of(endpoint_in(stored["shop_id"], stored["webhook_id"]))


def _delivery_again(call: Call, stored: Mapping[str, str]) -> m.DeliveryView:
    return m.DeliveryView.of(delivery_in(stored["webhook_id"], stored["delivery_id"], call.now))


@app.door("POST", WEBHOOKS, EDITORS, status=201, again=_webhook_again, problems=(*_CHECKED, wp.TooManyWebhooks))
def post_webhook(call: Call, shop_id: str, body: m.RegisterWebhook) -> m.WebhookView:
    """Register an endpoint. Its URL is asked at once for `echostr`, as WeChat does."""
    return m.WebhookView.of(register_endpoint(shop_id, body, begin=call.begin, now=call.now, new_id=ids.new_id))


@app.door("GET", WEBHOOKS, EDITORS)
def get_webhooks(_: Call, shop_id: str) -> Page[m.WebhookView]:
    """The shop's endpoints, at most ten."""
    return list_endpoints(shop_id)


@app.door("GET", WEBHOOK, EDITORS, problems=(p.NotFound,))
def get_webhook(_: Call, shop_id: str, webhook_id: str) -> m.WebhookView:
    """One endpoint as it is."""
    return m.WebhookView.of(endpoint_in(shop_id, webhook_id))


@app.door("PATCH", WEBHOOK, EDITORS, problems=(p.NotFound, p.VersionConflict, *_CHECKED))
def patch_webhook(call: Call, shop_id: str, webhook_id: str, body: m.ChangeWebhook) -> m.WebhookView:
    """Change an endpoint, give it new keys, pause or resume it. A new URL is checked, and one that is resumed."""
    changed = change_endpoint(
        shop_id, webhook_id, body, if_match=call.if_match, begin=call.begin, now=call.now, new_id=ids.new_id
    )
    return m.WebhookView.of(changed)


@app.door("DELETE", WEBHOOK, EDITORS, status=204, problems=(p.NotFound, p.VersionConflict))
def delete_webhook(call: Call, shop_id: str, webhook_id: str) -> Answer:
    """Remove an endpoint; nothing is pushed to it any more."""
    remove_endpoint(shop_id, webhook_id, if_match=call.if_match, begin=call.begin)
    return Answer(None)


@app.door("GET", DELIVERIES, EDITORS, problems=(p.NotFound, p.CursorInvalid))
def get_deliveries(call: Call, shop_id: str, webhook_id: str, query: m.DeliveriesQuery) -> Page[m.DeliveryView]:
    """What was pushed, is to be, or was given up, of the last 30 days, newest first, with every attempt."""
    return list_deliveries(shop_id, webhook_id, query, call.now)


@app.door("GET", DELIVERIES + "/{delivery_id}", EDITORS, problems=(p.NotFound,))
def get_delivery(call: Call, shop_id: str, webhook_id: str, delivery_id: str) -> m.DeliveryView:
    """One delivery, of the last 30 days, with every attempt."""
    return m.DeliveryView.of(delivery_of(shop_id, webhook_id, delivery_id, call.now))


@app.door("POST", DELIVERIES + "/{delivery_id}/redelivery", EDITORS, again=_delivery_again, problems=(p.NotFound,))
def post_redelivery(call: Call, shop_id: str, webhook_id: str, delivery_id: str) -> m.DeliveryView:
    """Deliver it again, whatever became of it; it keeps its id. At a paused endpoint it waits."""
    return m.DeliveryView.of(redeliver(shop_id, webhook_id, delivery_id, begin=call.begin, now=call.now))


@app.door("POST", WEBHOOK + "/redelivery", EDITORS, problems=(p.NotFound,))
def post_redeliveries(call: Call, shop_id: str, webhook_id: str) -> m.RedrivenView:
    """Deliver again what was given up, up to 50 at a time. May be repeated: each goes on where the last one ended."""
    count, more = redrive_dead(shop_id, webhook_id, begin=call.begin, now=call.now)
    return m.RedrivenView(redelivered=count, more=more)


@app.door("POST", WEBHOOK + "/test", EDITORS, again=_delivery_again, problems=(p.NotFound,))
def post_test(call: Call, shop_id: str, webhook_id: str) -> m.DeliveryView:
    """Push a `notify.webhook_test` now, once, also while paused, and see what came back."""
    return m.DeliveryView.of(send_test(shop_id, webhook_id, begin=call.begin, now=call.now, new_id=ids.new_id))
