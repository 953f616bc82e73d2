"""What the queues held when they ended is found in the outboxes and sent again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.dead_letters import FOLDER
from infra.local.durable import write_json
from infra.local.replay import replay_lost
from infra.local.services import SERVICES
from services.shared.plumbing.resources import Queue, Resources, physical, plumbing_tables
from services.shared.plumbing.tables import Store, ttl

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Make = Callable[[str | Resources], Any]


class Journal:
    """The outbox of orders, with all consumers' marks and queues."""

    def __init__(self) -> None:
        self.store = Store("orders")
        self.sqs = boto3.client("sqs")

    def write(self, event_id: str, *consumers: str, kept: timedelta = timedelta(days=30)) -> None:
        row = self.store.outbox("ord_1", event_id)
        row.name, row.consumers, row.ttl = "OrderPaid", list(consumers), ttl(NOW + kept)
        row.body = f'{{"id": "{event_id}", "occurred_at": "2026-11-22T11:00:00+00:00"}}'
        row.save()

    def empty(self) -> None:
        with self.store.outbox.batch_write() as batch:
            for row in self.store.outbox.scan():
                batch.delete(row)

    def mark(self, event_id: str, consumer: str) -> None:
        Store(consumer).row(f"IN#{event_id}", "ONCE").save()

    def received(self, consumer: str) -> list[str]:
        """Bodies in that consumer's queue, which are then gone."""
        url = self.sqs.get_queue_url(QueueName=physical(f"{consumer}-events"))["QueueUrl"]
        bodies = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in messages]
        self.sqs.purge_queue(QueueUrl=url)
        return bodies


@pytest.fixture
def journal(tables: Make, queues: Make) -> Iterator[Journal]:
    """An empty outbox: what earlier tests left in it is removed, and so is what a test wrote."""
    for service in SERVICES:
        resources = Resources(service, plumbing_tables(service), (Queue(f"{service}-events"),))
        tables(resources)
        queues(resources)
    journal = Journal()
    journal.empty()
    for service in SERVICES:
        journal.received(service)
    yield journal
    journal.empty()


def test_only_what_a_consumer_has_not_marked_is_sent(journal: Journal, tmp_path: Path) -> None:
    """Per consumer: what gifts has had and notify has not goes to notify alone."""
    journal.write("evt_half", "gifts", "notify")
    journal.mark("evt_half", "gifts")
    journal.write("evt_none", "gifts")
    journal.write("evt_all", "notify")
    journal.mark("evt_all", "notify")

    assert replay_lost(journal.store, tmp_path, NOW) == 2
    assert ["evt_none" in body for body in journal.received("gifts")] == [True]
    assert ["evt_half" in body for body in journal.received("notify")] == [True]


def test_many_rows_are_sent_once_each(journal: Journal, tmp_path: Path) -> None:
    """More than one page and one batch of reads."""
    for number in range(120):
        journal.write(f"evt_{number:03}", "gifts")

    assert replay_lost(journal.store, tmp_path, NOW) == 120
    assert len(set(journal.received("gifts"))) == 120


def test_a_row_that_its_ttl_has_passed_is_not_sent(journal: Journal, tmp_path: Path) -> None:
    """It is only waiting to be swept; marks may be gone before long, and then it could take effect twice."""
    journal.write("evt_old", "gifts", kept=timedelta(seconds=-1))

    assert replay_lost(journal.store, tmp_path, NOW) == 0


def test_a_dead_letter_is_not_sent(journal: Journal, tmp_path: Path) -> None:
    """It waits for a redrive; otherwise every start would let it die again."""
    journal.write("evt_dead", "gifts")
    queue = physical("gifts-events")
    letter = {"body": '{"id": "evt_dead"}', "attributes": {}, "died_at": NOW.isoformat()}
    write_json(tmp_path / FOLDER / queue / "x.json", letter)
    write_json(tmp_path / FOLDER / queue / "y.json", letter | {"body": "not an event"})

    assert replay_lost(journal.store, tmp_path, NOW) == 0
