"""Change an endpoint: its address, form, choice of events and keys; pause and resume it (N3)."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.notify.webhooks import hints, tables
from services.notify.webhooks.endpoint import Endpoint
from services.notify.webhooks.messages import ChangeWebhook
from services.notify.webhooks.push import check_url
from services.notify.webhooks.register_endpoint import sealed_keys
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import Invalid, NotFound, VersionConflict
from services.shared.plumbing.tables import Begin


def change_endpoint(
    shop_id: str,
    webhook_id: str,
    wanted: ChangeWebhook,
    *,
    if_match: int | None,
    begin: Begin,
    now: datetime,
    new_id: NewId,
) -> Endpoint:
    """The endpoint after it; nothing is written when nothing differs.

    A new URL, and the URL of one that is resumed, are checked first. Raises NotFound, VersionConflict, Invalid,
    WebhookUrlRefused and WebhookCheckFailed.
    """
    endpoint = endpoint_in(shop_id, webhook_id)
    if if_match is not None and if_match != endpoint.version:
        raise VersionConflict()
    after = _with_keys(endpoint, wanted, now)
    after = after.edit(now, url=wanted.url, format=wanted.format, mode=wanted.mode, events=wanted.events)
    if wanted.status:
        after = after.resume(now) if wanted.status == "active" else after.pause("merchant", now)
    if after.mode == "safe" and after.keys.aes_key is None:
        why = "safe mode needs an encoding_aes_key"
        raise Invalid(why, errors=[{"at": "encoding_aes_key", "why": why}])
    if after is endpoint:
        return endpoint
    resumed = (endpoint.status, after.status) == ("paused", "active")
    if resumed or after.url != endpoint.url:
        check_url(after.url, tables.unseal(shop_id, after.keys.token), now=now, new_id=new_id)
    after = replace(after, version=endpoint.version + 1)
    tx = begin()
    tables.save_endpoint(tx, after)
    if resumed:
        tables.wake(tx, shop_id, webhook_id, now)
    tx.commit()
    if resumed:
        hints.send([after])
    return after


def endpoint_in(shop_id: str, webhook_id: str) -> Endpoint:
    """The shop's endpoint. Raises NotFound."""
    endpoint = tables.find_endpoint(shop_id, webhook_id)
    if endpoint is None:
        raise NotFound()
    return endpoint


def _with_keys(endpoint: Endpoint, wanted: ChangeWebhook, now: datetime) -> Endpoint:
    """With those keys changed that are given; the other one stays.

    The keys that it has are no change, so that a request sent again does not take them for those before. Without an
    overlap they end the one that goes on: whoever has the old keys is told nothing more.
    """
    if wanted.token is None and wanted.encoding_aes_key is None:
        return endpoint
    shop_id, keys = endpoint.shop_id, endpoint.keys
    had = tables.unseal(shop_id, keys.token), keys.aes_key and tables.unseal(shop_id, keys.aes_key)
    given = wanted.token or had[0], wanted.encoding_aes_key or had[1]
    if given == had:
        return endpoint if wanted.overlap_hours else endpoint.end_overlap(now)
    return endpoint.rotate(sealed_keys(shop_id, *given), timedelta(hours=wanted.overlap_hours), now)
