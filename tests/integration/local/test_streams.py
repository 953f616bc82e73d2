"""Streams of the real engine, read as an event-source mapping reads them."""

import json
import threading
import uuid
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local import streams
from infra.local.checkpoints import Checkpoints
from infra.local.child import free_port
from infra.local.engine import Engine, start_engine
from infra.local.functions import Function
from infra.local.provision import create_tables
from infra.local.stream_records import add_index, trim
from infra.local.streams import Stream
from infra.local.streams_api import StreamsApi, StreamsRefused
from services.shared.plumbing.resources import Resources, Table, physical
from tests.integration.local.stack import eventually

Connect = Callable[[str], StreamsApi]
MakeTables = Callable[[str | Resources], Resources]


class Stop(threading.Event):
    """It knows how long it was waited for at a time, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return super().wait(timeout)


class Reader:
    """A stream with a function that keeps what it is given."""

    def __init__(self, table: str, data: Path, api: StreamsApi, handler: Any = None, batch_size: int = 100) -> None:
        self.records: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.stop = Stop()
        function = Function("publish", handler or self.keep)
        self.stream = Stream("toy", table, function, batch_size, api, data)

    def keep(self, event: dict[str, Any], context: Any) -> None:
        self.batches.append(len(event["Records"]))
        self.records += event["Records"]

    def read(self, steps: int = 3) -> list[str]:
        """The partition keys that arrived in a few steps."""
        self.records.clear()
        for _ in range(steps):
            self.stream.step(self.stop)
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in self.records]


@pytest.fixture
def table(tables: MakeTables) -> str:
    """A table with a stream, of this test only; its physical name."""
    name = f"toy-{uuid.uuid4().hex[:8]}"
    tables(Resources("toy", (Table(name, stream=True),), ()))
    return physical(name)


def put(engine_url: str, table: str, *keys: str) -> None:
    """Write items, one after the other."""
    client = boto3.client("dynamodb", endpoint_url=engine_url)
    for key in keys:
        client.put_item(TableName=table, Item={"pk": {"S": key}, "sk": {"S": "x"}, "blob": {"B": b"\x00\xff"}})


def test_a_record_is_what_lambda_would_see(engine: Engine, table: str, tmp_path: Path, connect: Connect) -> None:
    """Plain JSON: binary values in base64, the time as a number, the stream it came from."""
    put(engine.url, table, "a")
    reader = Reader(table, tmp_path, connect(engine.url))

    reader.read()

    (record,) = json.loads(json.dumps(reader.records))
    assert record["eventName"] == "INSERT"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["eventSourceARN"].split("/")[1] == table
    assert record["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "sk": {"S": "x"}, "blob": {"B": "AP8="}}
    assert record["dynamodb"]["StreamViewType"] == "NEW_IMAGE"
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)


def test_everything_arrives_once_and_in_order_over_restarts(
    engine: Engine, table: str, tmp_path: Path, connect: Connect
) -> None:
    """A new reader goes on after the checkpoint of the last one, though the engine calls the shard ended."""
    put(engine.url, table, *(f"a{n}" for n in range(12)))
    first = Reader(table, tmp_path, connect(engine.url), batch_size=5)

    assert first.read(steps=4) == [f"a{n}" for n in range(12)]
    assert first.batches == [5, 5, 2]
    put(engine.url, table, "b0", "b1")
    second = Reader(table, tmp_path, connect(engine.url))

    assert second.read() == ["b0", "b1"]
    put(engine.url, table, "c0")
    assert second.read() == ["c0"]
    assert Reader(table, tmp_path, connect(engine.url)).read() == []


def test_a_record_that_is_never_handled_is_kept(
    engine: Engine, table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    """It goes whole into <data>/failed, and what follows it is handled."""
    monkeypatch.setattr(streams, "ATTEMPTS", 2)
    put(engine.url, table, "good0", "bad", "good1")
    heard: list[str] = []

    def picky(event: dict[str, Any], context: Any) -> dict[str, Any]:
        for record in event["Records"]:
            key = record["dynamodb"]["Keys"]["pk"]["S"]
            if key == "bad":
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            heard.append(key)
        return {"batchItemFailures": []}

    Reader(table, tmp_path, connect(engine.url), picky).read()

    (file,) = (tmp_path / "failed").iterdir()
    kept = json.loads(file.read_text())
    assert heard == ["good0", "good1"]
    assert kept["record"]["dynamodb"]["Keys"]["pk"] == {"S": "bad"}
    assert kept["function"] == "publish"


def test_a_handler_that_dies_half_way_gets_its_batch_again(
    engine: Engine, table: str, tmp_path: Path, connect: Connect
) -> None:
    """The checkpoint is written after the handler, so a crash repeats and never skips."""
    put(engine.url, table, "a", "b")

    def dies(event: dict[str, Any], context: Any) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        Reader(table, tmp_path, connect(engine.url), dies).read()

    assert Reader(table, tmp_path, connect(engine.url)).read() == ["a", "b"]


def test_a_write_is_handled_within_moments_even_after_a_pause(
    engine: Engine, table: str, tmp_path: Path, connect: Connect
) -> None:
    """An idle reader looks at least ten times a second."""
    arrived = threading.Event()
    reader = Reader(table, tmp_path, connect(engine.url), lambda event, _: arrived.set())

    def loop() -> None:
        while not reader.stop.is_set():
            reader.stream.step(reader.stop)

    thread = threading.Thread(target=loop)
    thread.start()
    eventually(lambda: len(reader.stop.waits) > 9)
    put(engine.url, table, "late")

    assert arrived.wait(30)
    reader.stop.set()
    thread.join()
    assert max(wait for wait in reader.stop.waits if wait is not None) <= 0.1


def test_trimming_leaves_what_is_needed(tmp_path: Path, connect: Connect) -> None:
    """Handled and old records go; what is unhandled stays, and sequence numbers go on where they were."""
    port, file = free_port(), tmp_path / "engine.db"
    engine = start_engine(port, file)
    try:
        client = boto3.client("dynamodb", endpoint_url=engine.url)
        create_tables(client, Resources("toy", (Table("toy-trim", stream=True),), ()))
        table = physical("toy-trim")
        add_index(file)
        add_index(file)
        put(engine.url, table, *(f"a{n}" for n in range(10)))
        reader = Reader(table, tmp_path, connect(engine.url))
        reader.read()
        put(engine.url, table, "unhandled")

        never, now = threading.Event(), -1.0
        assert trim(file, table, handled=10, stop=never) == 0
        assert trim(file, "t-other", handled=10, stop=never, kept_s=now) == 0
        assert trim(file, table, handled=10, stop=never, kept_s=now) == 9
        assert trim(file, table, handled=10, stop=never, kept_s=now) == 0

        assert reader.read() == ["unhandled"]
        trim(file, table, handled=11, stop=never, kept_s=now)
        put(engine.url, table, "next")
        assert reader.read() == ["next"]
        assert reader.records[0]["dynamodb"]["SequenceNumber"] == "12"
    finally:
        engine.stop()


def test_a_reader_outlives_an_engine_that_was_away(tmp_path: Path, connect: Connect) -> None:
    """A lost connection is an error of that step; the next one connects again and goes on from the checkpoint."""
    port, file = free_port(), tmp_path / "engine.db"
    engine = start_engine(port, file)
    create_tables(
        boto3.client("dynamodb", endpoint_url=engine.url), Resources("toy", (Table("toy-away", stream=True),), ())
    )
    table = physical("toy-away")
    put(engine.url, table, "before")
    reader = Reader(table, tmp_path, connect(engine.url))
    assert reader.read() == ["before"]
    engine.stop()

    with pytest.raises((OSError, HTTPException)):
        reader.read()

    engine = start_engine(port, file)
    try:
        put(engine.url, table, "after")
        assert reader.read() == ["after"]
    finally:
        engine.stop()


def test_what_the_engine_refuses_is_an_error(engine: Engine, connect: Connect) -> None:
    """It names the operation and what the engine said."""
    with pytest.raises(StreamsRefused, match=r"GetRecords: .*ValidationException: Invalid shard iterator"):
        connect(engine.url).call("GetRecords", ShardIterator="junk")


def test_a_table_made_afresh_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Its sequence numbers start again, so an old checkpoint must not hide them."""
    with closing(Checkpoints(tmp_path / "c.sqlite")) as checkpoints:
        checkpoints.put("arn:old", "shard-1", "500")

        assert checkpoints.get("arn:old", "shard-1") == "500"
        assert checkpoints.get("arn:new", "shard-1") is None


def test_checkpoints_outlive_their_writer(tmp_path: Path) -> None:
    """What one process noted, the next one finds, though the first never closed the file."""
    unclosed = Checkpoints(tmp_path / "c.sqlite")
    unclosed.put("arn", "shard-1", "7")
    unclosed.put("arn", "shard-1", "8")

    with closing(Checkpoints(tmp_path / "c.sqlite")) as checkpoints:
        assert checkpoints.get("arn", "shard-1") == "8"
    unclosed.close()
