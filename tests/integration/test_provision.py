"""What resources.py declares exists, as declared; what has expired goes."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest

from infra.faults import FaultsProxy
from infra.local.engine import Engine
from infra.local.provision import create_tables, sweep_expired
from services.shared.plumbing.resources import Index, Resources, Table, physical, plumbing_tables

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SWEPT = Resources("swept", (Table("swept"),), ())
Tables = Callable[[str | Resources], Resources]


@pytest.fixture
def client(engine: Engine) -> Any:
    """Straight to the engine."""
    return boto3.client("dynamodb", endpoint_url=engine.url)


def test_tables_are_made_as_declared(client: Any, tables: Tables) -> None:
    """Keys, indexes, stream, TTL and on-demand billing, as the merge template says for AWS."""
    table = Table("declared", indexes=(Index("due", "due_bucket", "due_at"),), stream=True, ttl="ends_at")

    tables(Resources("declared", (table,), ()))

    made = client.describe_table(TableName=physical("declared"))["Table"]
    assert [key["AttributeName"] for key in made["KeySchema"]] == ["pk", "sk"]
    assert {one["AttributeName"]: one["AttributeType"] for one in made["AttributeDefinitions"]} == dict.fromkeys(
        ("pk", "sk", "due_bucket", "due_at"), "S"
    )
    (index,) = made["GlobalSecondaryIndexes"]
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due_bucket", "due_at"]
    assert index["Projection"]["ProjectionType"] == "KEYS_ONLY"
    assert made["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    ttl = client.describe_time_to_live(TableName=physical("declared"))["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends_at"}


def test_tables_without_stream_have_none(client: Any, tables: Tables) -> None:
    """Only the outbox pays for a stream."""
    tables(Resources("quiet", plumbing_tables("quiet"), ()))

    assert "StreamSpecification" in client.describe_table(TableName=physical("quiet-outbox"))["Table"]
    assert "StreamSpecification" not in client.describe_table(TableName=physical("quiet-plumbing"))["Table"]


def test_creating_again_keeps_what_is_there(client: Any, tables: Tables) -> None:
    """Every start of the stack creates its tables."""
    again = tables(Resources("again", (Table("again"),), ()))
    client.put_item(TableName=physical("again"), Item={"pk": {"S": "a"}, "sk": {"S": "b"}})

    create_tables(client, again)

    assert client.scan(TableName=physical("again"))["Count"] == 1


def test_an_index_declared_later_finds_older_items(client: Any, tables: Tables) -> None:
    """A data folder from before the index still works."""
    older = tables(Resources("grown", (Table("grown"),), ()))
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "shelf": {"S": "0"}, "at": {"S": "2026"}}
    client.put_item(TableName=physical("grown"), Item=item)
    grown = dataclasses.replace(older.tables[0], indexes=(Index("listed", "shelf", "at"),))

    create_tables(client, dataclasses.replace(older, tables=(grown,)))

    found = client.query(
        TableName=physical("grown"),
        IndexName="listed",
        KeyConditionExpression="shelf = :zero",
        ExpressionAttributeValues={":zero": {"S": "0"}},
    )
    assert found["Items"] == [item]


def put(client: Any, pk: str, ttl: datetime | None) -> None:
    """An item of the swept table."""
    expiry = {"ttl": {"N": str(int(ttl.timestamp()))}} if ttl else {}
    client.put_item(TableName=physical("swept"), Item={"pk": {"S": pk}, "sk": {"S": "-"}} | expiry)


def left(client: Any, *pks: str) -> list[str]:
    """Those of them that are still there."""
    name = physical("swept")
    return [pk for pk in pks if "Item" in client.get_item(TableName=name, Key={"pk": {"S": pk}, "sk": {"S": "-"}})]


def test_the_sweep_deletes_what_has_expired_and_nothing_else(client: Any, tables: Tables) -> None:
    """TTL to the second; an item without one lives for ever."""
    tables(SWEPT)
    past, just, soon, ever = (f"{uuid4()}" for _ in range(4))
    put(client, past, NOW - timedelta(days=3))
    put(client, just, NOW)
    put(client, soon, NOW + timedelta(seconds=1))
    put(client, ever, None)

    swept = sum(sweep_expired(client, SWEPT, NOW))

    assert swept == 2
    assert left(client, past, just, soon, ever) == [soon, ever]


def test_the_sweep_goes_in_bounded_steps(client: Any, tables: Tables) -> None:
    """Other work gets its turn between two steps, however much has expired."""
    bulk = Resources("bulk", (Table("bulk"),), ())
    tables(bulk)
    expired = [{"pk": {"S": f"{number}"}, "sk": {"S": "-"}, "ttl": {"N": "1"}} for number in range(1_200)]
    for start in range(0, 1_200, 25):
        batch = [{"PutRequest": {"Item": item}} for item in expired[start : start + 25]]
        client.batch_write_item(RequestItems={physical("bulk"): batch})

    steps = list(sweep_expired(client, bulk, NOW))

    assert sum(steps) == 1_200
    assert max(steps) <= 500


def test_an_item_whose_ttl_moves_during_the_sweep_stays(client: Any, tables: Tables, proxy: FaultsProxy) -> None:
    """
    sweep   reads: expired ────────────────▶ deletes if still expired: no
    writer                 ──▶ renews
    """
    tables(SWEPT)
    renewed = f"{uuid4()}"
    put(client, renewed, NOW - timedelta(days=1))
    point = proxy.at_call(
        1, "before", lambda call: put(client, renewed, NOW + timedelta(days=1)), operations={"DeleteItem"}
    )

    swept = sum(sweep_expired(boto3.client("dynamodb"), SWEPT, NOW))

    assert point.reached.is_set()
    assert swept == 0
    assert left(client, renewed) == [renewed]
