"""The wire between services without streams and queues: outbox rows go to their consumers in this process.

    deliver(orders, gifts)                          # modules services.<name>.app
    deliver(orders, gifts, duplicate=True, shuffle=7)

A row is delivered once to each of its consumers among the given services, whatever the number of calls. Rows of
earlier tests lie in the same outbox: a suite whose tests leave some behind begins with :func:`discard`.
"""

import random
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, NamedTuple

from ulid import ULID

from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.plumbing import clock, ids, inbox
from services.shared.plumbing.tables import Row, Store, get

_delivered: set[tuple[str, str]] = set()  # (event id, consumer)
_discarded: dict[str, str] = {}  # of an outbox: ids below this one were discarded


class Letter(NamedTuple):
    """One event for one consumer; letters sort in the order in which events were emitted."""

    event_id: str
    consumer: str
    body: str

    @property
    def mark(self) -> tuple[str, str]:
        return self.event_id, self.consumer

    @property
    def envelope(self) -> Envelope:
        return Envelope.model_validate_json(self.body)


def deliver(
    *services: ModuleType, duplicate: bool = False, shuffle: int | None = None, only: Collection[str] | None = None
) -> list[Envelope]:
    """Deliver until no given service has anything left to say; returns what was delivered, in order.

    Events go one by one in the order of their ids; ``shuffle`` is the seed of another order, ``duplicate`` brings each
    twice, ``only`` delivers the events of these names and leaves the others. Facts that came too early are tried again
    when everything else is delivered. Raises what the consumer raised.
    """
    consumers = {module.app.service: module for module in services}
    dice = random.Random(shuffle)
    done: list[Envelope] = []
    while True:
        letters = [
            one for one in _letters(services) if only is None or Envelope.model_validate_json(one.body).name in only
        ]
        _delivered.update(letter.mark for letter in letters)
        letters *= 2 if duplicate else 1
        letters.sort()
        if shuffle is not None:
            dice.shuffle(letters)
        for letter in letters:
            _hand_over(consumers[letter.consumer], letter)
            done.append(letter.envelope)
        if not letters and not any(_retry_waiting(module) for module in services):
            return done


def wrapped(
    body: EventBody,
    *,
    subject: str,
    sequence: int = 1,
    emitter: str = "",
    shop: str | None = None,
    at: datetime | None = None,
    event_id: str = "",
) -> Envelope:
    """An event as its emitter sends it: the service that its name begins with, now, unless it is said otherwise."""
    return Envelope.wrap(
        body,
        event_id=event_id or ids.new_id("evt"),
        emitter=emitter or body.NAME.partition(".")[0],
        shop=shop,
        occurred_at=at or clock.now(),
        subject=subject,
        sequence=sequence,
        trace="",
    )


def discard(*services: ModuleType) -> None:
    """Whatever these services have said until now is taken as delivered, and nothing of it is waiting any more."""
    _delivered.update(letter.mark for letter in _letters(services))
    a_moment_ago = f"evt_{ULID.from_timestamp(time.time() - 2)}"  # ids of the same moment come in any order
    for module in services:
        _discarded[module.app.service] = a_moment_ago
        for row in _waiting(module.app.store):
            row.delete()


def _letters(services: tuple[ModuleType, ...]) -> Iterator[Letter]:
    names = {module.app.service for module in services}
    for module in services:
        outbox = module.app.store.outbox
        for row in outbox.scan(outbox.sk > _discarded.get(module.app.service, ""), consistent_read=True):
            for consumer in names.intersection(row.consumers):
                letter = Letter(row.sk, consumer, row.body)
                if letter.mark not in _delivered:
                    yield letter


def _hand_over(module: ModuleType, letter: Letter) -> None:
    answer = module.consume(sqs_event(letter.body, message_id=letter.event_id), None)
    if answer["batchItemFailures"]:
        # The consumer has only logged what went wrong: let it happen once more, to raise it.
        inbox.react(module.app.store, module.reactions(), letter.envelope, clock.now, ids.new_id)
        raise AssertionError(f"{letter.consumer} failed on {letter.envelope.name} {letter.event_id}, and then did not")


def sqs_event(*bodies: str, message_id: str = "message") -> dict[str, Any]:
    """An event as SQS gives it to a function. Further messages are ``{message_id}-1`` and so on."""
    return {
        "Records": [
            {
                "messageId": message_id if number == 0 else f"{message_id}-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:cn-north-1:000000000000:queue",
                "awsRegion": "cn-north-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def _retry_waiting(module: ModuleType) -> bool:
    """Try again what came too early; whether any of it is waiting no longer."""
    store: Store = module.app.store
    ended = False
    for row in _waiting(store):
        inbox.react(store, module.reactions(), Envelope.model_validate_json(row.body), clock.now, ids.new_id)
        kept = get(store.row, row.pk, row.sk)
        if kept is not None and kept.due_at == row.due_at:  # it has not been put off again
            kept.delete()
            ended = True
    return ended


def _waiting(store: Store) -> list[Row]:
    keys = store.list_due(inbox.WAITING, clock.now() + timedelta(days=1), limit=500)
    return [row for pk, sk in keys if (row := get(store.row, pk, sk)) is not None]
