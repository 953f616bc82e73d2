"""The publisher's side: no event is lost, and one sick consumer holds up nobody."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.catalog import MembershipChanged
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import RefundDue
from services.shared.contracts.routes import CONSUMERS
from services.shared.plumbing import outbox
from services.shared.plumbing.contention import Busy, ending_at
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Queue, Resources
from services.shared.plumbing.tables import OutboxRow, Refused, Transaction, query
from tests.integration.plumbing.probe import STORE, Item, publish
from tests.integration.wire import sqs_event

NOW = datetime.now(UTC)
HEARERS = ("gifts", "notify", "orders")  # of MembershipChanged


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, queues: Callable[..., Any]) -> Iterator[Callable[[str], str]]:
    """A stage of its own, without a queue: ``stage("orders")`` makes that consumer's queue and returns its URL."""
    monkeypatch.setenv("XIAODIAN_PREFIX", new_id(os.environ["XIAODIAN_PREFIX"]).lower())
    yield lambda consumer: next(
        url
        for name, url in queues(Resources(consumer, (), (Queue(f"{consumer}-events"),))).items()
        if not name.endswith("-dlq")
    )
    for consumer in (*CONSUMERS, "probe"):
        for row in parked(consumer):
            row.delete()


def parked(consumer: str) -> list[Any]:
    """What is kept for this consumer."""
    return query(STORE.row, f"PARKED#{consumer}")


def tell(name: str, sequence: int = 1, at: datetime = NOW) -> str:
    """Commit an event that gifts, notify and orders hear; returns its id."""
    tx = Transaction(STORE, at, new_id)
    change = MembershipChanged(shop_id=name, person="person:anna", role="owner")
    event_id = tx.emit(change, subject=name, sequence=sequence, shop=name)
    tx.commit()
    return event_id


def rows_of(name: str) -> list[OutboxRow]:
    """What this subject's outbox holds."""
    return list(STORE.outbox.query(name, consistent_read=True))


def record(row: OutboxRow, kind: str = "INSERT") -> dict[str, Any]:
    """What the stream shows of this row."""
    image = {} if kind == "REMOVE" else {"NewImage": row.serialize()}
    number = str(int(row.sk[-8:], 36))
    return {"eventName": kind, "dynamodb": {"SequenceNumber": number, **image}}


def publish_all(*records: dict[str, Any]) -> list[str]:
    """Show these to the publisher; returns the sequence numbers that failed."""
    event = {"Records": [{"eventID": "1", "awsRegion": "cn-north-1", **one} for one in records]}
    return [failure["itemIdentifier"] for failure in publish(event, None)["batchItemFailures"]]


def received(url: str) -> list[Envelope]:
    """Everything that is in this queue now."""
    sqs = boto3.client("sqs")
    found: list[Envelope] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [Envelope.model_validate_json(one["Body"]) for one in messages]
    return found


def test_an_event_is_in_the_transaction_of_its_cause(name: str) -> None:
    """Row and effect, or neither."""
    tx = Transaction(STORE, NOW, new_id)
    tx.create(Item(name, "thing"))
    event_id = tx.emit(RefundDue(payment_id="p", refund_id="r"), subject=name, sequence=3, shop="shp_1")
    tx.commit()

    (row,) = rows_of(name)
    envelope = Envelope.model_validate_json(row.body)
    assert (row.sk, row.consumers) == (event_id, ["probe"])
    assert (envelope.id, envelope.subject, envelope.sequence, envelope.emitter) == (event_id, name, 3, "probe")
    assert (envelope.shop, envelope.occurred_at) == ("shp_1", NOW)
    assert row.ttl == int((NOW + timedelta(days=30)).timestamp())

    tx = Transaction(STORE, NOW, new_id)
    tx.create(Item(name, "thing"))
    tx.emit(RefundDue(payment_id="p", refund_id="r"), subject=name, sequence=4)
    with pytest.raises(Refused):
        tx.commit()
    assert len(rows_of(name)) == 1


def test_a_row_goes_to_each_of_its_consumers(name: str, stage: Callable[[str], str]) -> None:
    """As it was committed."""
    urls = {consumer: stage(consumer) for consumer in HEARERS}
    ids = [tell(name, sequence) for sequence in range(1, 13)]

    assert publish_all(*(record(row) for row in rows_of(name))) == []

    for url in urls.values():
        assert sorted(one.id for one in received(url)) == sorted(ids)
    assert [parked(consumer) for consumer in HEARERS] == [[], [], []]


def test_a_missing_queue_parks_its_letters_and_the_others_go_on(name: str, stage: Callable[[str], str]) -> None:
    """Any service may be deployed first; when its queue is there, it gets what it missed, once."""
    orders = stage("orders")
    ids = sorted(tell(name, sequence) for sequence in (1, 2))

    assert publish_all(*(record(row) for row in rows_of(name))) == []
    assert [one.id for one in received(orders)] == ids
    assert [row.sk for row in parked("gifts")] == [row.sk for row in parked("notify")] == ids
    assert parked("orders") == []

    gifts = stage("gifts")
    assert outbox.retry_parked(STORE) == 2
    assert [one.id for one in received(gifts)] == ids
    assert outbox.retry_parked(STORE) == 0
    assert (parked("gifts"), [row.sk for row in parked("notify")]) == ([], ids)


def test_a_parked_letter_is_sent_again_when_only_its_deletion_failed(
    name: str, stage: Callable[[str], str], proxy: FaultsProxy
) -> None:
    """At least once; its consumer does nothing twice."""
    event_id = tell(name)
    publish_all(record(rows_of(name)[0]))
    gifts = stage("gifts")
    proxy.plan(Fault("fail_before", operations={"DeleteItem"}, times=1))

    with pytest.raises(Busy), ending_at(0):
        outbox.send_parked(STORE, "gifts")
    assert outbox.send_parked(STORE, "gifts") == (1, 0)

    assert [one.id for one in received(gifts)] == [event_id, event_id]


def test_many_parked_letters_are_sent_page_by_page(name: str, stage: Callable[[str], str]) -> None:
    """Past those that the queue will never take; each run has an end."""
    rows = [STORE.row("PARKED#gifts", f"evt_{number:04}", body=f"letter {number}") for number in range(230)]
    rows[7].body = "x" * 300_000
    for row in rows:
        row.save()

    assert outbox.send_parked(STORE, "gifts") == (0, 100)  # no queue yet: one page tells
    stage("gifts")
    assert outbox.send_parked(STORE, "gifts", limit=100) == (199, 1)
    assert outbox.send_parked(STORE, "gifts") == (30, 1)
    assert [row.sk for row in parked("gifts")] == ["evt_0007"]


def test_a_record_fails_only_when_even_parking_failed(
    name: str, stage: Callable[[str], str], proxy: FaultsProxy
) -> None:
    """Then the stream brings it again, and those behind it."""
    stage("orders")
    for sequence in (1, 2, 3):
        tell(name, sequence)
    rows = rows_of(name)
    records = [record(row) for row in rows]
    numbers = sorted((one["dynamodb"]["SequenceNumber"] for one in records), key=int)
    proxy.clear()
    proxy.plan(Fault("fail_before", operations={"PutItem"}, times=1))  # at parking the first letter

    with ending_at(0):
        failed = publish_all(*records)

    assert len(failed) == 1
    assert failed[0] in numbers
    assert len(parked("gifts") + parked("notify")) == 5
    assert publish_all(*records) == []
    assert len(parked("gifts") + parked("notify")) == 6


def test_a_row_that_cannot_be_read_stops_no_other(name: str, stage: Callable[[str], str]) -> None:
    """It alone fails."""
    orders = stage("orders")
    event_id = tell(name)
    good = record(rows_of(name)[0])
    bad = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "9", "NewImage": {"pk": {"S": "x"}, "sk": {"S": "y"}}}}

    assert publish_all(bad, good) == ["9"]

    assert [one.id for one in received(orders)] == [event_id]


def test_a_row_swept_by_ttl_is_no_event_and_one_written_again_is(name: str, stage: Callable[[str], str]) -> None:
    """The stream shows both."""
    orders = stage("orders")
    event_id = tell(name)
    (row,) = rows_of(name)

    assert publish_all(record(row, "REMOVE")) == []
    assert received(orders) == []
    assert publish_all(record(row, "MODIFY")) == []
    assert [one.id for one in received(orders)] == [event_id]


def test_letters_are_sent_in_batches_that_a_queue_takes(name: str, stage: Callable[[str], str]) -> None:
    """Ten at most, and 250 000 bytes: large ones go in smaller batches."""
    orders = stage("orders")
    letters = [outbox.Letter(f"evt_{number}", "é" * 40_000) for number in range(7)]

    assert outbox.send("probe", "orders", letters) == []

    sqs = boto3.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=orders, AttributeNames=["ApproximateNumberOfMessages"])
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "7"
    assert [len(batch) for batch in outbox._batches(letters)] == [3, 3, 1]
    assert [len(batch) for batch in outbox._batches([outbox.Letter("e", "b")] * 23)] == [10, 10, 3]


# ----------------------------------------------------------------------------------------------------------- replay


def test_a_replay_sends_again_what_the_outbox_holds(name: str, stage: Callable[[str], str]) -> None:
    """To all consumers or to one; a queue that fails gets it parked."""
    orders, gifts = stage("orders"), stage("gifts")
    ids = sorted(tell(name, sequence) for sequence in (1, 2))

    assert outbox.replay(STORE, rows_of(name), NOW, "orders") == 2
    assert [one.id for one in received(orders)] == ids
    assert received(gifts) == []

    assert outbox.replay(STORE, rows_of(name), NOW) == 6
    assert [one.id for one in received(gifts)] == ids
    assert [row.sk for row in parked("notify")] == ids


def test_a_replay_of_what_is_too_old_is_refused(name: str, stage: Callable[[str], str]) -> None:
    """Inbox marks would no longer know it, and its effect could be doubled."""
    orders = stage("orders")
    tell(name)

    assert outbox.replay(STORE, rows_of(name), NOW + timedelta(days=30), "orders") == 1
    with pytest.raises(outbox.ReplayTooOld):
        outbox.replay(STORE, rows_of(name), NOW + timedelta(days=32), "orders")

    assert len(received(orders)) == 1


def test_marks_outlive_every_way_back() -> None:
    """Outbox, then a queue, then its dead letters, then the day a replay allows."""
    queue = Queue("any")
    way_back = STORE.OUTBOX_KEPT + timedelta(days=1) + 2 * timedelta(days=queue.retention_days)

    assert way_back < STORE.MARKS_KEPT


def test_an_event_says_who_heard_it(name: str) -> None:
    """By its consumers' marks."""
    from tests.integration.plumbing.probe import consume

    heard, unheard = (new_id("evt") for _ in range(2))
    tell(name)
    (row,) = rows_of(name)
    body = Envelope.model_validate_json(row.body).model_copy(update={"id": heard}).model_dump_json()
    consume(sqs_event(body), None)

    marks = outbox.marks_of([heard, unheard], STORE)

    assert {event_id: mark is not None for event_id, mark in marks.items()} == {heard: True, unheard: False}
