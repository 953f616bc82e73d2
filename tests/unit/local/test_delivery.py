"""How a batch of stream records is handed over when some of them cannot be handled."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.functions import failed_items
from infra.local.streams import ATTEMPTS, Record, deliver

NO_WAIT = (0.0, 0.0)


def record(sequence: int) -> Record:
    """A stream record of which only its place matters."""
    return {"dynamodb": {"SequenceNumber": str(sequence)}}


def numbers(records: list[Record]) -> list[int]:
    """Their places."""
    return [int(one["dynamodb"]["SequenceNumber"]) for one in records]


@dataclass
class Consumer:
    """A function that cannot handle some records: it raises, or says which, until ``recovers`` tries have failed."""

    bad: set[int]
    reports: bool = False
    recovers: int | None = None
    handled: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    tries: int = 0
    calls: int = 0

    def call(self, batch: list[Record]) -> int:
        self.calls += 1
        sequences = numbers(batch)
        broken = [n for n in sequences if n in self.bad]
        if broken:
            self.tries += 1
            if self.recovers is not None and self.tries > self.recovers:
                self.bad = set()
                broken = []
        if broken and not self.reports:
            raise RuntimeError("cannot handle this batch")
        done = sequences.index(broken[0]) if broken else len(sequences)
        self.handled += sequences[:done]
        return done

    def take(self, count: int, stop: threading.Event | None = None) -> bool:
        return deliver(
            [record(n) for n in range(count)],
            call=self.call,
            checkpoint=lambda sequence: self.checkpoints.append(int(sequence)),
            give_up=lambda one, error: self.given_up.extend(numbers([one])),
            stop=stop or threading.Event(),
            backoff_s=NO_WAIT,
        )


@pytest.mark.parametrize("reports", [True, False])
@given(bad=st.sets(st.integers(0, 29)), count=st.integers(0, 30))
def test_every_record_is_handled_or_given_up_in_order(reports: bool, bad: set[int], count: int) -> None:
    """One bad record stops no other, none is lost, and the checkpoint only moves forward to the end."""
    consumer = Consumer(set(bad), reports=reports)

    assert consumer.take(count)

    assert consumer.given_up == sorted(n for n in bad if n < count)
    assert consumer.handled == [n for n in range(count) if n not in bad]
    assert consumer.checkpoints == sorted(set(consumer.checkpoints))
    assert not count or consumer.checkpoints[-1] == count - 1


def test_a_checkpoint_stops_before_the_lowest_failure() -> None:
    """What was handled before the failed record does not come again."""
    consumer = Consumer({5}, reports=True, recovers=1)

    consumer.take(10)

    assert consumer.checkpoints == [4, 9]
    assert consumer.handled == list(range(10))


def test_a_bad_record_is_found_by_halving() -> None:
    """A handler that raises is not called once for each record: the batch is halved around the bad one."""
    consumer = Consumer({77})

    consumer.take(100)

    assert consumer.given_up == [77]
    assert consumer.calls < 30 + ATTEMPTS


def test_a_record_is_tried_a_bounded_number_of_times() -> None:
    """After the last attempt the record goes to the on-failure destination and the stream goes on."""
    consumer = Consumer({0})

    consumer.take(1)

    assert consumer.tries == ATTEMPTS
    assert consumer.given_up == [0]


def test_a_fault_that_passes_loses_nothing() -> None:
    """What works at the last attempt is not given up."""
    consumer = Consumer({0}, recovers=ATTEMPTS - 1)

    consumer.take(1)

    assert consumer.given_up == []
    assert consumer.handled == [0]


def test_stopping_leaves_the_rest_for_the_next_start() -> None:
    """A stop between two attempts moves no checkpoint past what was handled."""
    stop = threading.Event()
    stop.set()
    consumer = Consumer({3}, reports=True)

    assert not consumer.take(10, stop)

    assert consumer.checkpoints == [2]
    assert consumer.given_up == []


@pytest.mark.parametrize(
    ("response", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "stranger"}]}, {"a", "b", "c"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b", "c"}),
        ({"batchItemFailures": [{"itemidentifier": "b"}]}, {"a", "b", "c"}),
        ({"failures": ["b"]}, {"a", "b", "c"}),
        ("done", {"a", "b", "c"}),
    ],
)
def test_a_batch_response_is_read_as_aws_reads_it(response: Any, failed: set[str]) -> None:
    """A response that is not understood fails the whole batch: silence would lose messages."""
    assert failed_items(response, ["a", "b", "c"]) == failed
