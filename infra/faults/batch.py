"""A batch that is done in part only, as DynamoDB does when a partition is busy or the answer would be too large."""

from random import Random
from typing import Any

from infra.faults.call import Call
from infra.faults.message import Message

_LEFT_OVER = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


def split(call: Call, dice: Random) -> tuple[Call, Any]:
    """(what to send to the engine, the RequestItems left over): at least one of each."""
    left = set(dice.sample(range(len(call.batch)), dice.randint(1, len(call.batch) - 1)))
    sent = _request(call, [one for index, one in enumerate(call.batch) if index not in left])
    rest = _request(call, [one for index, one in enumerate(call.batch) if index in left])
    return Call(call.number, call.operation, call.body | {"RequestItems": sent}), rest


def leave_over(call: Call, answer: Message, rest: Any) -> Message:
    """The engine's answer with the rest as unprocessed."""
    return answer.with_json(answer.json() | {_LEFT_OVER[call.operation]: rest}) if answer.succeeded else answer


def _request(call: Call, batch: list[tuple[str, Any]]) -> Any:
    grouped: dict[str, list[Any]] = {}
    for table, one in batch:
        grouped.setdefault(table, []).append(one)
    if call.operation == "BatchWriteItem":
        return grouped
    return {table: call.body["RequestItems"][table] | {"Keys": keys} for table, keys in grouped.items()}
