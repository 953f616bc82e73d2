"""Hints that a notice is due, and dead letters. A hint that is lost costs a minute: there is the sweep (N4)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.notify.tables import STORE
from services.shared.plumbing import outbox
from services.shared.plumbing.aws import client
from services.shared.plumbing.names import physical

CONSUMER = "wechat"


class Hint(NamedTuple):
    """Which notice. ``again``: it is a dead letter's, and somebody sends it once more."""

    person: str
    message_id: str
    again: bool = False


def send(hints: Iterable[Hint]) -> None:
    """Hint at these notices. What no queue takes is only logged."""
    outbox.send(STORE.service, CONSUMER, [outbox.Letter(one.message_id, _body(one)) for one in hints])


def hint_in(body: str) -> Hint:
    """What a message of the queue hints at. Raises ValueError, TypeError for something else."""
    found: Mapping[str, Any] = json.loads(body)
    return Hint(**found)


def bury(hint: Hint) -> None:
    """Leave a dead letter, which wakes somebody; redriven, the notice is sent again."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=physical(f"{CONSUMER}-events-dlq"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=_body(hint._replace(again=True)))


def _body(hint: Hint) -> str:
    return json.dumps(hint._asdict())
