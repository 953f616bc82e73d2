"""A function may die at any of its calls, before the engine hears of it or after: nothing is lost, nothing doubled."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import product
from typing import Literal

import pytest

from infra.faults import FaultsProxy
from services.shared.contracts.catalog import ShopOpened
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import RefundDue
from services.shared.plumbing import clock, inbox, jobs
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import Begin, Transaction, query
from tests.integration.http import Client
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later
from tests.integration.plumbing.test_inbox import consume, envelope, opened, stored
from tests.integration.wire import deliver, discard

PROBE = sys.modules[probe.__name__]
pytestmark = pytest.mark.usefixtures("no_pauses")

When = Literal["before", "after"]
BOTH_SIDES: tuple[When, When] = ("before", "after")


def on_a_shelf(name: str) -> None:
    """Nothing is on its way, and there is a shelf."""
    discard(PROBE)
    probe.shelf(name, 5)


def every_death(
    proxy: FaultsProxy, act: Callable[[str], object], given: Callable[[str], None] = on_a_shelf
) -> Iterator[tuple[str, int, When]]:
    """Do the act once to count its calls, then yield a name after each death of it, one for each call and side.

    The engine is there again when the name is yielded.
    """
    whole = new_id("t")
    given(whole)
    proxy.clear()
    act(whole)
    count = len(proxy.calls)
    assert count > 0
    for number, when in product(range(1, count + 1), BOTH_SIDES):
        name = new_id("t")
        given(name)
        proxy.clear()
        point = proxy.at_call(number, when, "crash")
        with suppress(Exception):  # what it says of its death is another test's question
            act(name)
        assert point.reached.is_set()
        proxy.clear()
        yield name, number, when


def test_a_request_that_dies_is_sent_again(anna: Client, proxy: FaultsProxy) -> None:
    """It answers 503 or not at all; the same request again has one effect and one event."""

    def post(name: str) -> int:
        return anna.post(f"/v1/shelves/{name}/parcels", {"label": "a"}, "k").status

    deaths = 0
    for name, number, when in every_death(proxy, post):
        assert post(name) == 201, (number, when)

        assert len(probe.parcels(name)) == 1, (number, when)
        assert len(list(probe.STORE.outbox.query(name))) == 1, (number, when)
        assert anna.get(f"/v1/shelves/{name}").json["places"] == 4
        deaths += 1
    assert deaths == 4


def test_a_request_that_dies_says_that_it_may_be_repeated(anna: Client, name: str, proxy: FaultsProxy) -> None:
    """No 500: nobody knows whether it had its effect, and a repeat will find out."""
    on_a_shelf(name)
    proxy.clear()
    proxy.at_call(2, "after", "crash")

    reply = anna.post(f"/v1/shelves/{name}/parcels", {"label": "a"}, "k")

    assert (reply.status, reply.slug, reply.headers["retry-after"]) == (503, "too-busy", "1")


def test_a_consumer_that_dies_gets_its_message_again(proxy: FaultsProxy) -> None:
    """Mark and effect are one: there is no moment at which only one of them exists."""
    events: dict[str, Envelope] = {}

    def hear(name: str) -> list[str]:
        return consume(events.setdefault(name, stored(name)))

    for name, number, when in every_death(proxy, hear):
        assert hear(name) == [], (number, when)
        assert hear(name) == []

        assert probe.heard(name) == 1, (number, when)


def test_a_fact_that_is_kept_is_kept_whatever_dies(proxy: FaultsProxy, later: Later) -> None:
    """On its way into the waiting room."""
    events: dict[str, Envelope] = {}

    def hear(name: str) -> list[str]:
        event = envelope(ShopOpened(shop_id=f"{name}-absent", name="A", owner="person:anna"), name)
        return consume(events.setdefault(name, event))

    for name, number, when in every_death(proxy, hear):
        assert hear(name) == [], (number, when)
        probe.shelf(f"{name}-absent", 1)
        later(timedelta(minutes=1))
        assert inbox.retry_waiting(probe.STORE, probe.REACTIONS, clock.now, new_id, pytest.fail) == 1
        later(timedelta(0))

        assert probe.heard(f"{name}-absent") == 1, (number, when)


def test_a_waiting_fact_whose_schedule_dies_has_one_effect(proxy: FaultsProxy, later: Later) -> None:
    """Between the effect and leaving the waiting room, for example."""

    def waiting(name: str) -> None:
        later(timedelta(0))
        on_a_shelf(name)
        inbox.react(probe.STORE, {ShopOpened.NAME: too_early}, opened(name), clock.now, new_id)
        later(timedelta(minutes=1))

    def try_again(_: str) -> int:
        return inbox.retry_waiting(probe.STORE, probe.REACTIONS, clock.now, new_id, pytest.fail)

    for name, number, when in every_death(proxy, try_again, waiting):
        later(timedelta(minutes=3))
        try_again(name)

        assert probe.heard(name) == 1, (number, when)
        assert probe.STORE.list_due(inbox.WAITING, clock.now() + timedelta(hours=2)) == []


def too_early(event: Envelope, begin: Begin) -> None:
    """Whatever comes."""
    raise inbox.NotYet("anything")


def test_a_job_whose_worker_dies_is_done_to_its_end(proxy: FaultsProxy, later: Later) -> None:
    """By the message coming again or, when that is lost too, by the schedule: all its work, and its last act once."""
    steps: dict[str, Envelope] = {}

    def start(name: str) -> None:
        on_a_shelf(name)
        tx = Transaction(probe.STORE, clock.now(), new_id)
        job = jobs.start(tx, new_id("job"), "label", {"shelf": name, "parcels": 4})
        tx.commit()
        (row,) = probe.STORE.outbox.query(job.id)
        steps[name] = Envelope.model_validate_json(row.body)
        discard(PROBE)  # the message is in the test's hands

    def work(name: str) -> None:
        consume(steps[name])

    deaths = 0
    for name, number, when in every_death(proxy, work, start):
        if deaths % 2:
            work(name)
        later(timedelta(minutes=6))
        jobs.restart_stalled(probe.STORE, clock.now(), new_id)
        deliver(PROBE)
        later(timedelta(0))

        job = jobs.job_of(probe.STORE, steps[name].subject)
        assert job is not None
        assert (job.state, job.counts) == ("done", {"labelled": 4}), (number, when)
        assert len(query(probe.Item, name, prefix="label-")) == 4
        assert probe.heard(name) == 1, (number, when)
        deaths += 1
    assert deaths >= 12  # the job, four labels, the checkpoint: each before and after


def test_parked_letters_survive_a_publisher_that_dies(proxy: FaultsProxy) -> None:
    """The stream shows the record again; parking twice is parking once."""

    def publish(name: str) -> list[str]:
        event = envelope(RefundDue(payment_id=name, refund_id="r"), name)
        row = probe.STORE.outbox(
            name, event.id, name=event.name, body=event.model_dump_json(), consumers=["nobody"], ttl=1
        )
        record: dict[str, object] = {
            "eventID": "1",
            "eventName": "INSERT",
            "awsRegion": "cn-north-1",
            "dynamodb": {"SequenceNumber": "7", "NewImage": row.serialize()},
        }
        records[name] = record
        return publish_record(record)

    def publish_record(record: dict[str, object]) -> list[str]:
        answer = probe.publish({"Records": [record]}, None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    records: dict[str, dict[str, object]] = {}
    for name, number, when in every_death(proxy, publish):
        assert publish_record(records[name]) == [], (number, when)

        letters = [row for row in query(probe.STORE.row, "PARKED#nobody") if name in row.body]
        assert len(letters) == 1, (number, when)
