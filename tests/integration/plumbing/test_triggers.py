"""The event doors that every service has, from the event that AWS hands over to what they answer."""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.catalog import ShopOpened
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, inbox, jobs
from services.shared.plumbing.contention import ending_at
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.outbox import Letter, park
from services.shared.plumbing.resources import Queue, Resources, table_of_stream
from services.shared.plumbing.tables import Transaction
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later
from tests.integration.wire import discard, sqs_event, wrapped

PROBE = sys.modules[probe.__name__]
MINUTE: dict[str, Any] = {
    "version": "0",
    "account": "000000000000",
    "region": "cn-north-1",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-03-01T00:00:00Z",
    "id": "1",
    "resources": [],
}


@pytest.fixture
def urls(monkeypatch: pytest.MonkeyPatch, queues: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The probe's queue and dead-letter queue, in a stage of their own, by their logical names; nothing else waits."""
    prefix = new_id(os.environ["XIAODIAN_PREFIX"]).lower()
    monkeypatch.setenv("XIAODIAN_PREFIX", prefix)
    discard(PROBE)
    made = queues(Resources("probe", (), (Queue("probe-events"),)))
    return {name.removeprefix(f"{prefix}-"): url for name, url in made.items()}


def opened(name: str) -> Envelope:
    """A shop was opened; the probe needs a shelf of its name first."""
    return wrapped(ShopOpened(shop_id=name, name="A", owner="person:anna"), subject=name, shop=name)


def bodies(url: str) -> list[str]:
    """What lies in this queue."""
    messages = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


def leave_something_of_each(name: str) -> None:
    """A parked letter, a fact that came too early, a job whose step is lost."""
    park(probe.STORE, "probe", Letter(new_id("evt"), f"parked for {name}"), clock.now())
    inbox.react(probe.STORE, probe.REACTIONS, opened(name), clock.now, new_id)
    tx = Transaction(probe.STORE, clock.now(), new_id)
    jobs.start(tx, new_id("job"), "label", {"shelf": name, "parcels": 0})
    tx.commit()


def test_every_minute_what_was_left_over_is_tended_to(name: str, urls: dict[str, str], later: Later) -> None:
    """Parked letters, early facts, stalled jobs; then there is nothing left."""
    leave_something_of_each(name)
    probe.shelf(name, 1)

    later(timedelta(minutes=6))
    assert probe.tend(MINUTE, None) == {"parked": 1, "waiting": 1, "stalled": 1, "uploads": 0}
    assert probe.tend(MINUTE, None) == {"parked": 0, "waiting": 0, "stalled": 0, "uploads": 0}

    assert bodies(urls["probe-events"]) == [f"parked for {name}"]
    assert probe.heard(name) == 1


def test_a_part_that_fails_holds_up_no_other(name: str, urls: dict[str, str], later: Later, proxy: FaultsProxy) -> None:
    """The others have their turn, and the function fails, so that it alarms."""
    leave_something_of_each(name)
    probe.shelf(name, 1)
    later(timedelta(minutes=6))
    proxy.clear()
    proxy.plan(Fault("fail_before", operations={"Query"}, times=1))  # the first part begins with a query

    with pytest.raises(ExceptionGroup) as failed, ending_at(0):
        probe.tend(MINUTE, None)

    assert len(failed.value.exceptions) == 1
    assert probe.heard(name) == 1
    assert probe.tend(MINUTE, None) == {"parked": 1, "waiting": 0, "stalled": 0, "uploads": 0}


def test_a_fact_past_its_deadline_lies_in_the_dead_letter_queue(name: str, urls: dict[str, str], later: Later) -> None:
    """As it came, where it alarms."""
    event = opened(name)
    assert probe.consume(sqs_event(event.model_dump_json()), None) == {"batchItemFailures": []}

    later(timedelta(hours=2))
    assert probe.tend(MINUTE, None)["waiting"] == 1

    assert bodies(urls["probe-events-dlq"]) == [event.model_dump_json()]


def test_the_app_declares_its_event_sources() -> None:
    """What infra reads: names, the queue, the stream, the schedule."""
    declared: dict[str, Any] = {source.name: source for source in probe.app.event_sources}

    prefix = os.environ["XIAODIAN_PREFIX"]
    assert set(declared) == {"publish", "consume", "tend"}
    assert declared["consume"].queue == f"{prefix}-probe-events"
    assert table_of_stream(declared["publish"].stream_arn) == f"{prefix}-probe-outbox"
    assert declared["tend"].schedule_expression == "rate(1 minute)"
