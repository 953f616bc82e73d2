"""Bring deployed tables back to what restored copies of them hold: item by item, so that they keep their names,
streams, indexes and protection, and CloudFormation goes on owning them.

Whatever the copy has is put, whatever it lacks is deleted. A put of what is there already changes nothing, in DynamoDB
not even the stream. It may be stopped and run again at any point, and must run while nobody writes.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

KEYS_AT_ONCE, WRITES_AT_ONCE = 100, 25

Item = dict[str, Any]


class CannotRestore(LookupError):
    """What stands in the way; the message says what to do."""


class Progress(NamedTuple):
    """How many items a table has got back and lost so far."""

    put: int
    deleted: int


def require_copies(client: Any, tables: Sequence[str], copies: Sequence[str]) -> None:
    """All of them are there, with the same keys. Raises CannotRestore before anything is touched."""
    for table, copy in zip(tables, copies, strict=True):
        if _keys(client, table) != _keys(client, copy):
            raise CannotRestore(f"{copy} is no copy of {table}: their keys differ")


def restore(client: Any, table: str, copy: str) -> Iterator[Progress]:
    """Bring ``table`` back to ``copy``; yields how far it has come, after each page."""
    done = Progress(0, 0)
    for page in _pages(client, table, keys_only=True):
        gone = [{"DeleteRequest": {"Key": key}} for key in _missing(client, copy, page)]
        _write(client, table, gone)
        done = Progress(0, done.deleted + len(gone))
        yield done
    for page in _pages(client, copy):
        _write(client, table, [{"PutRequest": {"Item": item}} for item in page])
        done = Progress(done.put + len(page), done.deleted)
        yield done


def _keys(client: Any, table: str) -> list[Any]:
    try:
        schema: list[Any] = client.describe_table(TableName=table)["Table"]["KeySchema"]
    except client.exceptions.ResourceNotFoundException as error:
        raise CannotRestore(f"There is no table {table}") from error
    return schema


def _pages(client: Any, table: str, *, keys_only: bool = False) -> Iterator[list[Item]]:
    names = {"ProjectionExpression": "pk, sk"} if keys_only else {}
    for answer in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **names):
        yield answer["Items"]


def _missing(client: Any, copy: str, keys: list[Item]) -> list[Item]:
    """Those of the keys that the copy has not."""
    there: list[Item] = []
    for start in range(0, len(keys), KEYS_AT_ONCE):
        wanted = {copy: {"Keys": keys[start : start + KEYS_AT_ONCE], "ProjectionExpression": "pk, sk"}}
        while wanted:
            answer = client.batch_get_item(RequestItems=wanted)
            there += answer["Responses"].get(copy, [])
            wanted = answer.get("UnprocessedKeys") or {}
    return [key for key in keys if key not in there]


def _write(client: Any, table: str, requests: list[Item]) -> None:
    for start in range(0, len(requests), WRITES_AT_ONCE):
        left = {table: requests[start : start + WRITES_AT_ONCE]}
        while left:
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}
