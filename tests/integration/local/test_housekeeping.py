"""What keeps the disk bounded: expired items, handled stream records, long logs."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from infra.local.child import free_port, spawn
from infra.local.engine import Engine, start_engine
from infra.local.functions import Function
from infra.local.housekeeping import ENGINE_FILE, Housekeeping
from infra.local.part import append_only, cut_long_logs
from infra.local.provision import create_tables
from infra.local.streams import Stream
from infra.local.streams_api import StreamsApi
from services.shared.plumbing.resources import Resources, Table, physical
from tests.integration.local.stack import eventually

Connect = Callable[[str], StreamsApi]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_expired_items_and_handled_records_go(tmp_path: Path, connect: Connect) -> None:
    """By the stack's clock; what has not expired and what was not handled stays."""
    engine = start_engine(free_port(), tmp_path / ENGINE_FILE)
    try:
        dynamodb: Any = boto3.client("dynamodb", endpoint_url=engine.url)
        streams = connect(engine.url)
        resources = Resources("toy", (Table("toy-tidied", stream=True),), ())
        create_tables(dynamodb, resources)
        table = physical("toy-tidied")
        for key, expires in (("old", NOW), ("new", NOW + timedelta(hours=25))):
            ttl = {"N": str(int(expires.timestamp()))}
            dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "sk": {"S": "x"}, "ttl": ttl})
        Stream("toy", table, Function("publish", lambda *_: None), 10, streams, tmp_path).step(threading.Event())
        housekeeping = Housekeeping(resources, tmp_path, dynamodb, streams, threading.Event(), kept_s=-1)

        housekeeping.tidy(NOW)
        assert [item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"]] == ["new"]
        assert records(streams, table) == ["2", "3"]

        housekeeping.tidy(NOW + timedelta(hours=25))
        assert dynamodb.scan(TableName=table)["Items"] == []
        assert records(streams, table) == ["2", "3", "4"]
    finally:
        engine.stop()


def records(streams: StreamsApi, table: str) -> list[str]:
    """Sequence numbers that the stream still holds."""
    ((arn, shard),) = streams.shards(table)
    start = streams.call("GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    found = streams.call("GetRecords", ShardIterator=start["ShardIterator"])["Records"]
    return [record["dynamodb"]["SequenceNumber"] for record in found]


def test_a_long_log_is_cut_while_it_is_written(tmp_path: Path) -> None:
    """The writer goes on at the file's new end, and what it wrote before is kept once."""
    loop = "i=0; while :; do i=$((i+1)); echo line-$i; sleep 0.01; done"
    child = append_only(spawn("writer", ["/bin/sh", "-c", loop], {"PATH": "/usr/bin:/bin"}, tmp_path / "writer.log"))
    log, before = tmp_path / "writer.log", tmp_path / "writer.log.1"
    try:
        cut_long_logs(tmp_path, limit=1 << 20)
        assert not before.exists()
        eventually(lambda: log.stat().st_size > 100)
        cut_long_logs(tmp_path, limit=100)

        assert before.read_text().startswith("line-1\n")
        eventually(lambda: log.stat().st_size > 10)
        time.sleep(0.05)
        assert log.read_bytes().startswith(b"line-")
        assert child.last_words().startswith("line-")
    finally:
        child.stop()


def test_sweeping_stops_when_asked(
    engine: Engine, tables: Callable[[Resources], Resources], tmp_path: Path, connect: Connect
) -> None:
    """A stop waits for one page, not for a whole table."""
    dynamodb: Any = boto3.client("dynamodb", endpoint_url=engine.url)
    resources = tables(Resources("toy", (Table("toy-large"),), ()))
    table, page, stop = physical("toy-large"), 500, threading.Event()
    for number in range(0, page + 25, 25):
        keys = [{"pk": {"S": f"{number + n}"}, "sk": {"S": "x"}, "ttl": {"N": "1"}} for n in range(25)]
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": key}} for key in keys]})
    stop.set()

    Housekeeping(resources, tmp_path, dynamodb, connect(engine.url), stop).tidy(NOW)

    assert dynamodb.scan(TableName=table, Select="COUNT")["Count"] == 25
