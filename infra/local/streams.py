"""A table's stream as AWS hands it to a function: in order, in batches, from a checkpoint, each record at least once.

What goes wrong is treated as an event-source mapping with ReportBatchItemFailures, BisectBatchOnFunctionError, a
retry limit and an on-failure destination treats it::

    the response names failures   go on from the lowest one: what comes before it is done
    the handler raises            halve the batch until the bad record is alone
    the same record fails again   wait longer each time; after ATTEMPTS put it into <data>/failed/ and go on
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.checkpoints import Checkpoints
from infra.local.durable import write_json
from infra.local.functions import Function, failed_items
from infra.local.streams_api import StreamsApi
from services.shared.plumbing.logs import log

ATTEMPTS = 8
BACKOFF_S = (0.1, 10.0)  # first and longest wait between two attempts; all of them together take about 25 s
IDLE_S = (0.005, 0.1)  # first and longest wait between two empty reads

Record = dict[str, Any]


@dataclass
class Shard:
    """A part of the stream, read strictly in order."""

    stream: str
    id: str
    iterator: str


class Stream:
    """A trigger: feeds the stream of ``table`` to ``function``."""

    def __init__(
        self, service: str, table: str, function: Function, batch_size: int, api: StreamsApi, data: Path
    ) -> None:
        self.name = f"stream of {table}"
        self._service, self._table, self._function, self._batch_size = service, table, function, batch_size
        self._api, self._data = api, data
        self._checkpoints: Checkpoints | None = None
        self._shards: list[Shard] = []
        self._idle_s = IDLE_S[0]

    def step(self, stop: threading.Event) -> None:
        """Read every shard once and handle what came; wait a moment when nothing did."""
        if not self._shards:
            self._open()
        try:
            busy = [self._advance(shard, stop) for shard in self._shards]
        except BaseException:
            self._shards = []  # go on from the checkpoint
            raise
        if any(busy):
            self._idle_s = IDLE_S[0]
        else:
            stop.wait(self._idle_s)
            self._idle_s = min(self._idle_s * 2, IDLE_S[1])

    def _open(self) -> None:
        self._checkpoints = self._checkpoints or Checkpoints(self._data / "checkpoints" / f"{self._service}.sqlite")
        for arn, shard in self._api.shards(self._table):
            done = self._checkpoints.get(arn, shard)
            start = (
                {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": done}
                if done
                else {"ShardIteratorType": "TRIM_HORIZON"}
            )
            answer = self._api.call("GetShardIterator", StreamArn=arn, ShardId=shard, **start)
            self._shards.append(Shard(arn, shard, answer["ShardIterator"]))

    def _advance(self, shard: Shard, stop: threading.Event) -> bool:
        # The engine reports an EndingSequenceNumber for a shard that goes on: only a missing iterator is its end.
        answer = self._api.call("GetRecords", ShardIterator=shard.iterator, Limit=self._batch_size)
        records = [{**record, "eventSourceARN": shard.stream} for record in answer["Records"]]
        done = deliver(
            records,
            call=self._call,
            checkpoint=lambda sequence: self._checkpoint(shard, sequence),
            give_up=self._keep_failed,
            stop=stop,
        )
        if not done:
            self._shards = []
        elif answer.get("NextShardIterator"):
            shard.iterator = answer["NextShardIterator"]
        else:
            self._shards.remove(shard)
        return bool(records)

    def _checkpoint(self, shard: Shard, sequence: str) -> None:
        assert self._checkpoints is not None
        self._checkpoints.put(shard.stream, shard.id, sequence)

    def _call(self, records: list[Record]) -> int:
        sequences = [_sequence(record) for record in records]
        failed = failed_items(self._function({"Records": records}), sequences)
        return min((sequences.index(one) for one in failed), default=len(records))

    def _keep_failed(self, record: Record, error: Exception | None) -> None:
        """The on-failure destination: the whole record, not only where it was."""
        log(self._service, "record_given_up", "error", error=error, function=self._function.name, attempts=ATTEMPTS)
        write_json(
            self._data / "failed" / f"{self._table}-{_sequence(record)}.json",
            {
                "function": self._function.name,
                "failed_at": datetime.now(UTC).isoformat(),
                "error": repr(error) if error else "reported in batchItemFailures",
                "record": record,
            },
        )


def deliver(
    records: list[Record],
    call: Callable[[list[Record]], int],
    checkpoint: Callable[[str], None],
    give_up: Callable[[Record, Exception | None], None],
    stop: threading.Event,
    backoff_s: tuple[float, float] = BACKOFF_S,
) -> bool:
    """Hand the records over in order until each is handled or given up; False when ``stop`` came first.

    ``call`` returns the index of the first record that was not handled, or how many there were; it may raise.
    """
    size, attempts = len(records), 0
    while records:
        batch, error = records[:size], None
        try:
            handled = call(batch)
        except Exception as raised:  # noqa: BLE001 - whatever a handler raises fails its batch
            handled, error = 0, raised
        if handled:
            checkpoint(_sequence(batch[handled - 1]))
            records, size, attempts = records[handled:], len(records), 0
        elif error is not None and len(batch) > 1:
            size = len(batch) // 2
        elif (attempts := attempts + 1) >= ATTEMPTS:
            give_up(batch[0], error)
            checkpoint(_sequence(batch[0]))
            records, size, attempts = records[1:], len(records), 0
        elif stop.wait(min(backoff_s[0] * 2 ** (attempts - 1), backoff_s[1])):
            return False
        if stop.is_set() and records:
            return False
    return True


def _sequence(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
