"""Hints: that an endpoint has something due. One that is lost costs time only: the sweep looks every minute (N3)."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from services.notify.tables import STORE
from services.notify.webhooks.endpoint import Endpoint
from services.shared.plumbing import outbox
from services.shared.plumbing.logs import log

CONSUMER = "webhooks"
FURTHEST_S = 900  # SQS holds a message no longer


class Hint(NamedTuple):
    """Whose line should be visited."""

    shop_id: str
    webhook_id: str


def send(endpoints: Iterable[Endpoint], delay_s: int = 0) -> None:
    """Hint at these endpoints' lines. What no queue takes is only logged."""
    _send([Hint(one.shop_id, one.webhook_id) for one in endpoints], delay_s)


def send_for(hint: Hint, at: datetime | None, now: datetime) -> None:
    """Hint at a line for when it is due next, if that is soon."""
    wait_s = max(0, ceil((at - now).total_seconds())) if at else FURTHEST_S + 1
    if wait_s <= FURTHEST_S:
        _send([hint], wait_s)


def hints_in(sqs_event: Mapping[str, Any]) -> list[Hint]:
    """The lines that a batch hints at, each once; what is no hint is only logged."""
    found: dict[Hint, None] = {}
    for one in sqs_event["Records"]:
        try:
            found[Hint(**json.loads(one["body"]))] = None
        except (ValueError, TypeError) as error:
            log(STORE.service, "hint_unreadable", "error", error=error)
    return list(found)


def _send(hints: list[Hint], delay_s: int) -> None:
    letters = [outbox.Letter(one.webhook_id, json.dumps(one._asdict())) for one in hints]
    outbox.send(STORE.service, CONSUMER, letters, delay_s)
