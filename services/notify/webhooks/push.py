"""Send to an endpoint as WeChat does: signed, in safe mode encrypted; and check that a URL is the merchant's (N3)."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from services.notify.webhooks import tables
from services.notify.webhooks.address import NotAllowed
from services.notify.webhooks.delivery import Attempt, Delivery, Trouble
from services.notify.webhooks.endpoint import Endpoint, Keys
from services.notify.webhooks.letter import CONTENT_TYPES, Letter, text_of
from services.notify.webhooks.problems import WebhookCheckFailed, WebhookUrlRefused
from services.notify.webhooks.reach import Heard, reach
from services.notify.webhooks.sealing import encrypted, signature
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.vault import Erased

TAKEN = frozenset({"success", ""})  # what an answer 200 says when the push was taken
ANSWER_KEPT = 512  # characters


@dataclass(frozen=True)
class Signed:
    """What is appended to the URL, and the body."""

    query: Mapping[str, str]
    body: str


def signed(endpoint: Endpoint, keys: Keys, message: str, now: datetime, nonce: str, noise: bytes) -> Signed:
    """A message as this endpoint takes it, under these keys. Raises Erased when they cannot be opened any more."""
    token = tables.unseal(endpoint.shop_id, keys.token)
    timestamp = str(int(now.timestamp()))
    query = {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    if endpoint.mode == "plain" or keys.aes_key is None:
        return Signed(query, message)
    sealed = encrypted(message, tables.unseal(endpoint.shop_id, keys.aes_key), endpoint.shop_id, noise)
    query |= {"encrypt_type": "aes", "msg_signature": signature(token, timestamp, nonce, sealed)}
    return Signed(query, text_of({"ToUserName": endpoint.shop_id, "Encrypt": sealed}, endpoint.format))


def push(endpoint: Endpoint, delivery: Delivery, *, now: datetime, new_id: NewId) -> Attempt:
    """Push a delivery once more. Whatever happens is in the attempt."""
    number = delivery.tries + 1
    keys, which = endpoint.keys_for(number, now)
    try:
        message = letter_in(delivery).written(endpoint.format)
        sent = signed(endpoint, keys, message, now, _nonce(new_id), _noise())
    except Erased:
        return Attempt(now, "keys", 0, None, "", which)
    headers = {
        "Content-Type": CONTENT_TYPES[endpoint.format],
        "X-Xiaodian-Delivery": delivery.delivery_id,
        "X-Xiaodian-Event": delivery.event,
        "X-Xiaodian-Attempt": str(number),
    }
    heard = reach().ask("POST", _with_query(endpoint.url, sent.query), sent.body.encode(), headers)
    answer = tables.seal(endpoint.shop_id, heard.body[:ANSWER_KEPT]) if heard.body else ""
    return Attempt(now, _trouble(heard), heard.latency_ms, heard.status, answer, which)


def check_url(url: str, token: str, *, now: datetime, new_id: NewId) -> None:
    """Ask the URL for its ``echostr``. Raises WebhookUrlRefused and WebhookCheckFailed."""
    try:
        reach().parts(url)
    except NotAllowed as error:
        raise WebhookUrlRefused(f"url: {error}", errors=[{"at": "url", "why": str(error)}]) from error
    timestamp, nonce, echo = str(int(now.timestamp())), _nonce(new_id), _nonce(new_id)
    asked = {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "echostr": echo}
    heard = reach().ask("GET", _with_query(url, asked), b"", {})
    if heard.trouble == "address":
        why = "its host has an address that is not public"
        raise WebhookUrlRefused(f"url: {why}", errors=[{"at": "url", "why": why}])
    if heard.trouble or heard.body.strip() != echo:
        why = heard.trouble or "another answer"
        raise WebhookCheckFailed(f"url: {why}", why=why, http_status=heard.status)


def content_of(letter: Letter) -> str:
    """What of a letter is kept, sealed for the shop."""
    return tables.seal(letter.shop_id, json.dumps(letter.told, ensure_ascii=False))


def letter_in(delivery: Delivery) -> Letter:
    """What a delivery brings. Raises Erased."""
    told = json.loads(tables.unseal(delivery.shop_id, delivery.content))
    return Letter(delivery.shop_id, delivery.event, delivery.event_id, delivery.occurred_at, told)


def _trouble(heard: Heard) -> Trouble:
    if heard.trouble:
        return heard.trouble
    return "" if heard.body.strip() in TAKEN else "answer"


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _nonce(new_id: NewId) -> str:
    return new_id("n").removeprefix("n_")


def _noise() -> bytes:
    return os.urandom(16)  # noqa: TID251 - the ciphertext must not be guessable
