"""A stale index: an answer that was right a while ago."""

import itertools
import time
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest

from infra.faults import Fault, FaultsProxy, stale
from services.shared.plumbing.resources import Index, Resources, Table, physical

LAGGING = Resources("lagging", (Table("lagging", indexes=(Index("listed", "shelf", "place"),)),), ())
CONDITIONS: list[tuple[str, dict[str, str]]] = [
    ("shelf = :shelf", {}),
    ("shelf = :shelf AND place <= :a", {":a": "c"}),
    ("(shelf = :shelf) AND (place > :a)", {":a": "b"}),
    ("shelf = :shelf AND place BETWEEN :a AND :b", {":a": "b", ":b": "d"}),
    ("shelf = :shelf AND begins_with (place, :a)", {":a": "c"}),
    ("shelf = :shelf AND place = :a", {":a": "c"}),
]


@pytest.fixture
def client(tables: Callable[[str | Resources], Resources], proxy: FaultsProxy) -> Any:
    """Through the proxy, to a table with an index by shelf and place."""
    tables(LAGGING)
    return boto3.client("dynamodb")


@pytest.fixture
def shelf() -> str:
    """This test's own part of the index."""
    return f"{uuid4()}"


def item(shelf: str, pk: str, place: str) -> Any:
    """An item listed at a place of a shelf."""
    return {"pk": {"S": f"{shelf}-{pk}"}, "sk": {"S": "-"}, "shelf": {"S": shelf}, "place": {"S": place}}


def put(client: Any, shelf: str, pk: str, place: str) -> None:
    """Write it."""
    client.put_item(TableName=physical("lagging"), Item=item(shelf, pk, place) | {"more": {"S": "not in the index"}})


def listed(client: Any, shelf: str, condition: str = CONDITIONS[0][0], **how: Any) -> list[Any]:
    """Every item the index lists, page by page, in order."""
    values = {name: {"S": value} for name, value in how.pop("values", {}).items()} | {":shelf": {"S": shelf}}
    pages = client.get_paginator("query").paginate(
        TableName=physical("lagging"),
        IndexName="listed",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **how,
    )
    return list(itertools.chain.from_iterable(page["Items"] for page in pages))


def test_what_was_written_since_is_missing_and_what_was_deleted_still_stands(
    client: Any, proxy: FaultsProxy, shelf: str
) -> None:
    """Missing, ghost, and old place: whoever lists must bear all three. The table itself is never stale."""
    put(client, shelf, "moved", "a")
    put(client, shelf, "gone", "b")
    proxy.plan(Fault("stale_index"))

    put(client, shelf, "new", "c")
    put(client, shelf, "moved", "d")
    client.delete_item(TableName=physical("lagging"), Key={"pk": {"S": f"{shelf}-gone"}, "sk": {"S": "-"}})

    assert listed(client, shelf) == [item(shelf, "moved", "a"), item(shelf, "gone", "b")]
    key = {"pk": {"S": f"{shelf}-new"}, "sk": {"S": "-"}}
    assert "Item" in client.get_item(TableName=physical("lagging"), Key=key)
    proxy.clear()
    assert listed(client, shelf) == [item(shelf, "new", "c"), item(shelf, "moved", "d")]


def test_it_catches_up_after_its_lag(
    client: Any, proxy: FaultsProxy, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eventually consistent."""
    now_s = [time.monotonic()]
    monkeypatch.setattr(stale, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    proxy.plan(Fault("stale_index", lag_s=1))

    put(client, shelf, "new", "a")

    now_s[0] += 0.9
    assert listed(client, shelf) == []
    now_s[0] += 0.2
    assert listed(client, shelf) == [item(shelf, "new", "a")]


def test_a_write_that_was_refused_changes_nothing(client: Any, proxy: FaultsProxy, shelf: str) -> None:
    """Only what has happened is undone."""
    put(client, shelf, "kept", "a")
    proxy.plan(Fault("stale_index"))

    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.delete_item(
            TableName=physical("lagging"),
            Key={"pk": {"S": f"{shelf}-kept"}, "sk": {"S": "-"}},
            ConditionExpression="place = :b",
            ExpressionAttributeValues={":b": {"S": "b"}},
        )

    assert listed(client, shelf) == [item(shelf, "kept", "a")]


def write_at_random(client: Any, shelf: str, dice: Random) -> None:
    """One write of one or some of twelve items, by any of the five ways to write."""
    table = physical("lagging")
    pks = dice.sample("abcdefghijkl", dice.randint(1, 4))
    items = [item(shelf, pk, dice.choice("abcde") + dice.choice("xyz")) for pk in pks]
    keys = [{name: one[name] for name in ("pk", "sk")} for one in items]
    moves = {
        "UpdateExpression": "SET shelf = :s, place = :p",
        "ExpressionAttributeValues": {":s": items[0]["shelf"], ":p": items[0]["place"]},
    }
    match dice.choice(["put", "update", "delete", "batch", "transaction"]):
        case "put":
            client.put_item(TableName=table, Item=items[0])
        case "update":
            client.update_item(TableName=table, Key=keys[0], **moves)
        case "delete":
            client.delete_item(TableName=table, Key=keys[0])
        case "batch":
            deletes = [{"DeleteRequest": {"Key": key}} for key in keys[1:]]
            client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": items[0]}}, *deletes]})
        case _:
            others: list[Any] = [{"Put": {"TableName": table, "Item": one}} for one in items[2:]]
            others += [{"Delete": {"TableName": table, "Key": key}} for key in keys[1:2]]
            others += [{"ConditionCheck": {"TableName": table, "Key": {"pk": {"S": shelf}, "sk": {"S": "-"}}} | NONE}]
            client.transact_write_items(
                TransactItems=[{"Update": {"TableName": table, "Key": keys[0]} | moves}, *others]
            )


NONE = {"ConditionExpression": "attribute_not_exists(pk)"}


@pytest.mark.parametrize("seed", range(6))
def test_a_stale_answer_is_exactly_an_earlier_one(client: Any, proxy: FaultsProxy, shelf: str, seed: int) -> None:
    """Whatever was written since, by whichever call: for every key condition, in both directions, at any page size."""
    dice = Random(seed)
    for _ in range(15):
        write_at_random(client, shelf, dice)
    queries: list[Any] = [
        {"condition": condition, "values": values, "ScanIndexForward": forward, "PaginationConfig": {"PageSize": size}}
        for (condition, values), forward, size in itertools.product(CONDITIONS, (True, False), (2, 50))
    ]
    earlier = [listed(client, shelf, **query) for query in queries]
    proxy.plan(Fault("stale_index"))

    for _ in range(15):
        write_at_random(client, shelf, dice)

    assert [listed(client, shelf, **query) for query in queries] == earlier
    proxy.clear()
    assert [listed(client, shelf, **query) for query in queries] != earlier


def test_it_says_when_it_cannot(client: Any, proxy: FaultsProxy, shelf: str) -> None:
    """A count has no items to be undone: rather an error than a test that proves nothing."""
    proxy.plan(Fault("stale_index"))

    with pytest.raises(Exception, match="Connection was closed"):
        client.query(
            TableName=physical("lagging"),
            IndexName="listed",
            KeyConditionExpression="shelf = :shelf",
            ExpressionAttributeValues={":shelf": {"S": shelf}},
            Select="COUNT",
        )

    with pytest.raises(NotImplementedError, match="stale_index needs the keys"):
        proxy.clear()
