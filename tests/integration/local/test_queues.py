"""Queues of the real queue server, read as an event-source mapping reads them, and what becomes of dead letters."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local import dead_letters
from infra.local.dead_letters import DeadLetterKeeper, list_letters, redrive
from infra.local.functions import Function
from infra.local.queues import QueuePoller
from services.shared.plumbing.resources import Queue, Resources, physical

MakeQueues = Callable[[str | Resources], dict[str, str]]
NEVER = threading.Event()


class Consumer:
    """A queue of its own with a function that fails on bodies that start with "bad"."""

    def __init__(self, make: MakeQueues, max_receives: int = 3) -> None:
        self.queue = Queue(f"toy-{uuid.uuid4().hex[:8]}", function_timeout_s=30, max_receives=max_receives)
        self.sqs = boto3.client("sqs")
        self.urls = make(Resources("toy", (), (self.queue,)))
        self.events: list[dict[str, Any]] = []
        self.poller = QueuePoller("toy", self.queue, Function("consume", self.handle), 10, self.sqs)

    @property
    def url(self) -> str:
        return self.urls[physical(self.queue.name)]

    @property
    def dead_url(self) -> str:
        return self.urls[physical(self.queue.dead_letters)]

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        self.events.append(event)
        bad = [one["messageId"] for one in event["Records"] if one["body"].startswith("bad")]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}

    def bodies(self) -> list[list[str]]:
        return [[record["body"] for record in event["Records"]] for event in self.events]

    def count(self, url: str) -> int:
        return dead_letters._count(self.sqs, url)


@pytest.fixture
def consumer(queues: MakeQueues) -> Consumer:
    """A consumer with a fresh queue."""
    return Consumer(queues)


def test_a_record_is_what_lambda_would_see(consumer: Consumer) -> None:
    """Ids, attributes and message attributes in the event's own names; plain JSON."""
    attributes: Any = {
        "trace": {"DataType": "String", "StringValue": "t-1"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\xff"},
    }
    sent = consumer.sqs.send_message(QueueUrl=consumer.url, MessageBody="李", MessageAttributes=attributes)

    consumer.poller.step(NEVER)

    (record,) = json.loads(json.dumps(consumer.events[0]))["Records"]
    assert record["messageId"] == sent["MessageId"]
    assert record["body"] == "李"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["trace"]["stringValue"] == "t-1"
    assert record["messageAttributes"]["raw"]["binaryValue"] == "/w=="
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(f":{physical(consumer.queue.name)}")


def test_messages_come_in_batches_and_are_deleted(consumer: Consumer) -> None:
    """Ten at most; a handled message is gone."""
    consumer.send(*(f"m{n}" for n in range(12)))

    consumer.poller.step(NEVER)
    consumer.poller.step(NEVER)

    assert [len(bodies) for bodies in consumer.bodies()] == [10, 2]
    assert consumer.count(consumer.url) == 0


def test_only_what_failed_comes_again_soon(consumer: Consumer) -> None:
    """The good message of the batch is done; the bad one is back after a second, not after the visibility timeout."""
    consumer.send("good", "bad")

    consumer.poller.step(NEVER)
    assert consumer.count(consumer.url) == 1
    started = time.monotonic()
    while len(consumer.events) < 2 and time.monotonic() - started < 25:
        consumer.poller.step(NEVER)

    assert consumer.bodies()[1] == ["bad"]
    assert consumer.events[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_handler_that_raises_keeps_its_whole_batch(consumer: Consumer) -> None:
    """No message is lost with an exception."""

    def broken(event: dict[str, Any], context: Any) -> None:
        raise RuntimeError("not today")

    consumer.send("a", "b")

    QueuePoller("toy", consumer.queue, Function("consume", broken), 10, consumer.sqs).step(NEVER)

    assert consumer.count(consumer.url) == 2


def test_a_poisoned_message_ends_in_the_dead_letters(queues: MakeQueues, tmp_path: Path) -> None:
    """After its last receive it moves, is copied to the data folder, and can be sent again from there."""
    consumer = Consumer(queues, max_receives=2)
    keeper = DeadLetterKeeper(consumer.queue, consumer.sqs, tmp_path)
    keeper.step(set_event())
    consumer.send("bad news", "good news")

    wait_for(lambda: consumer.poller.step(NEVER), lambda: consumer.count(consumer.dead_url) == 1)
    keeper.step(set_event())

    (letter,) = list_letters(tmp_path)
    assert (letter.queue, letter.body) == (physical(consumer.queue.name), "bad news")
    assert len(consumer.events) == 2
    assert redrive(consumer.sqs, tmp_path, letter.queue) == 1
    assert list_letters(tmp_path) == ()
    assert (consumer.count(consumer.dead_url), consumer.count(consumer.url)) == (0, 1)
    keeper.step(set_event())
    assert list_letters(tmp_path) == ()


def test_dead_letters_outlive_the_queue_server(queues: MakeQueues, tmp_path: Path) -> None:
    """A new dead-letter queue gets back what the data folder holds, once."""
    consumer = Consumer(queues)
    consumer.sqs.send_message(
        QueueUrl=consumer.dead_url,
        MessageBody="died",
        MessageAttributes={"trace": {"DataType": "String", "StringValue": "t-1"}},
    )
    DeadLetterKeeper(consumer.queue, consumer.sqs, tmp_path).step(set_event())
    consumer.sqs.purge_queue(QueueUrl=consumer.dead_url)

    for _ in range(2):
        DeadLetterKeeper(consumer.queue, consumer.sqs, tmp_path).step(set_event())
        time.sleep(0.05)

    assert consumer.count(consumer.dead_url) == 1
    assert list_letters(tmp_path)[0].attributes == {"trace": {"DataType": "String", "StringValue": "t-1"}}


def test_the_same_event_that_dies_twice_is_one_letter(consumer: Consumer, tmp_path: Path) -> None:
    """A replay of a dead event adds no second letter, and redriving sends it once and clears both."""
    for _ in range(2):
        consumer.sqs.send_message(QueueUrl=consumer.dead_url, MessageBody="died")

    DeadLetterKeeper(consumer.queue, consumer.sqs, tmp_path).step(set_event())

    assert len(list_letters(tmp_path)) == 1
    assert redrive(consumer.sqs, tmp_path, physical(consumer.queue.name)) == 1
    assert (consumer.count(consumer.dead_url), consumer.count(consumer.url)) == (0, 1)


def set_event() -> threading.Event:
    """A stop that is set already: a step does its work and does not wait."""
    event = threading.Event()
    event.set()
    return event


def wait_for(act: Callable[[], None], done: Callable[[], bool], seconds: float = 30) -> None:
    """Repeat ``act`` until ``done``."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        act()
