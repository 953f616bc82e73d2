"""Events on their way, as the operator of one machine sees them: in outboxes, streams, queues and inboxes.

An event is **committed** with its outbox row; **published** when the row's stream was read past it and every queue that
should have it took it (what a queue does not take is parked); **consumed** when every consumer's inbox has its mark.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from infra.local.checkpoints import Checkpoints
from infra.local.dead_letters import list_letters
from infra.local.services import SERVICES
from infra.local.streams_api import StreamsApi
from services.shared.plumbing import outbox
from services.shared.plumbing.aws import client
from services.shared.plumbing.inbox import WAITING
from services.shared.plumbing.resources import physical
from services.shared.plumbing.tables import OutboxRow, Store, query, raw

T = TypeVar("T")
PAGE = 100
IN_QUEUE = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True)
class Tally:
    """Numbers of events. They are equal when everything has arrived."""

    committed: int = 0
    published: int = 0
    consumed: int = 0

    @property
    def equal(self) -> bool:
        return self.committed == self.published == self.consumed

    def with_one(self, *, published: bool, consumed: bool) -> "Tally":
        return Tally(self.committed + 1, self.published + published, self.consumed + consumed)


class Deliveries:
    """The events of all services of the stack in this data folder. Needs the operator's environment."""

    def __init__(self, data: Path) -> None:
        self._data, self._streams = data, StreamsApi()
        self._stores = {service: Store(service) for service in SERVICES}

    def count(self, shop_id: str) -> tuple[Tally, Tally]:
        """The events of this shop, and all events. Reads every outbox row and its marks: ~1 s for 10 000 events."""
        of_shop, of_all = Tally(), Tally()
        for service, store in self._stores.items():
            unsent = {*self._unread(service), *self._parked(store), *self._given_up(service)}
            for rows in _portions(store.outbox.scan(page_size=PAGE)):
                heard = self._heard(rows)
                for row in rows:
                    state = {
                        "published": row.sk not in unsent,
                        "consumed": all((row.sk, consumer) in heard for consumer in row.consumers or []),
                    }
                    of_all = of_all.with_one(**state)
                    if json.loads(row.body)["shop"] == shop_id:
                        of_shop = of_shop.with_one(**state)
        return of_shop, of_all

    def on_their_way(self, now: datetime) -> int:
        """How much is in queues, unread in streams (of each the next 100), or waits for a fact before it."""
        later = now + timedelta(days=1)
        waiting = sum(len(store.list_due(WAITING, later, limit=PAGE)) for store in self._stores.values())
        unread = sum(len(list(islice(self._unread(service), PAGE))) for service in SERVICES)
        return waiting + unread + self._queued()

    def close(self) -> None:
        """End the connection to the streams."""
        self._streams.close()

    def dead(self) -> int:
        """How many letters nobody could handle."""
        return len(list_letters(self._data))

    # ---------------------------------------------------------------------------------------------------- places

    def _heard(self, rows: Iterable[OutboxRow]) -> set[tuple[str, str]]:
        """Which of these events which of their consumers have marked."""
        heard = set()
        for consumer, store in self._stores.items():
            due = [row.sk for row in rows if consumer in (row.consumers or [])]
            heard |= {(one, consumer) for one, mark in outbox.marks_of(due, store).items() if mark is not None}
        return heard

    def _parked(self, store: Store) -> Iterator[str]:
        for consumer in SERVICES:
            after = None
            while rows := query(store.row, f"PARKED#{consumer}", after=after, limit=PAGE):
                yield from (row.sk for row in rows)
                after = rows[-1].sk

    def _queued(self) -> int:
        depth = 0
        for service in SERVICES:
            url = client("sqs").get_queue_url(QueueName=physical(f"{service}-events"))["QueueUrl"]
            found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(IN_QUEUE))["Attributes"]
            depth += sum(int(found.get(name, 0)) for name in IN_QUEUE)
        return depth

    def _given_up(self, service: str) -> Iterator[str]:
        """Ids of the outbox rows that the publisher failed on until they were put aside."""
        for file in (self._data / "failed").glob(f"{physical(service)}-outbox-*.json"):
            image = json.loads(file.read_text(encoding="utf-8"))["record"]["dynamodb"]["NewImage"]
            yield raw(self._stores[service].outbox, image).sk

    def _unread(self, service: str) -> Iterator[str]:
        """Ids of the outbox rows behind the place up to which the runner has read the stream."""
        with closing(Checkpoints(self._data / "checkpoints" / f"{service}.sqlite")) as checkpoints:
            for stream, shard in self._streams.shards(physical(f"{service}-outbox")):
                yield from self._behind(service, stream, shard, checkpoints.get(stream, shard))

    def _behind(self, service: str, stream: str, shard: str, done: str | None) -> Iterator[str]:
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if done:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": done}
        answer = self._streams.call("GetShardIterator", StreamArn=stream, ShardId=shard, **start)
        iterator = answer.get("ShardIterator")
        while iterator:
            answer = self._streams.call("GetRecords", ShardIterator=iterator, Limit=PAGE)
            for record in answer["Records"]:
                if record["eventName"] == "INSERT":
                    yield raw(self._stores[service].outbox, record["dynamodb"]["NewImage"]).sk
            iterator = answer.get("NextShardIterator") if answer["Records"] else None


def _portions(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while portion := list(islice(source, PAGE)):
        yield portion
