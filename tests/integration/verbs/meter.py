"""What a verb takes, as the engine counts it: calls and capacity units with all indexes; and what it sets going."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from services.shared.plumbing.tables import connection

WRITES = frozenset({"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})
# Who serves a verb is none itself.
ROOMS = frozenset({"app", "doors", "tables"})


@dataclass
class Bill:
    """Calls by operation; write units by table, and by index apart; read units.

    ``events`` says who is told what by the verb, ``verbs`` which modules of the service wrote, ``stored`` how many
    bytes of new items it put into which table. It counts one thread's calls.
    """

    calls: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    reads: float = 0.0
    events: dict[str, list[str]] = field(default_factory=dict)
    verbs: set[str] = field(default_factory=set)
    stored: Counter[str] = field(default_factory=Counter)
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def write_units(self) -> float:
        return sum(self.writes.values())

    def ask(self, operation: str, params: dict[str, Any]) -> None:
        """One call that is about to be made."""
        params["ReturnConsumedCapacity"] = "INDEXES"
        if operation in WRITES:
            self.verbs |= set(_writers(sys._getframe()))
        self.asked = params

    def add(self, operation: str, answer: dict[str, Any]) -> None:
        """Its answer."""
        self.calls[operation] += 1
        if "Error" in answer:
            return
        for table, item, is_new in _puts(operation, self.asked):
            self.stored[table] += size_of(item) if is_new else 0
            if table.endswith("-outbox"):
                self.events[item["name"]["S"]] = json.loads(item["consumers"]["S"])
        counted = answer.get("ConsumedCapacity", [])
        for one in counted if isinstance(counted, list) else [counted]:
            if operation in WRITES:
                self._add_writes(one)
            else:
                self.reads += one["CapacityUnits"]

    def _add_writes(self, counted: dict[str, Any]) -> None:
        table = _logical(counted["TableName"])
        self.writes[table] += counted["Table"]["CapacityUnits"]
        for name, index in counted.get("GlobalSecondaryIndexes", {}).items():
            self.writes[f"{table}/{name}"] += index["CapacityUnits"]


@contextmanager
def metered() -> Iterator[Bill]:
    """Count the calls of this process until the block ends."""
    bill, events = Bill(), connection().client.meta.events

    def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            bill.ask(model.name, params)

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        bill.add(model.name, parsed)

    events.register("provide-client-params.dynamodb", ask, unique_id="ask")
    events.register("after-call.dynamodb", note, unique_id="note")
    try:
        yield bill
    finally:
        events.unregister("provide-client-params.dynamodb", unique_id="ask")
        events.unregister("after-call.dynamodb", unique_id="note")


def size_of(item: dict[str, Any]) -> int:
    """An item's bytes, near enough: its names and its values as text."""
    return sum(len(name.encode()) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


def _puts(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """(table, item, whether there was none): who puts over an item says so by a condition on what it was."""
    puts = (
        [params] if operation == "PutItem" else [one["Put"] for one in params.get("TransactItems", []) if "Put" in one]
    )
    for put in puts:
        condition = put.get("ConditionExpression", "attribute_not_exists")
        yield _logical(put["TableName"]), put["Item"], "attribute_not_exists" in condition


def _writers(frame: FrameType | None) -> Iterator[str]:
    """The modules of a service that are on the stack, but for its doors and its tables."""
    while frame:
        parts = str(frame.f_globals.get("__name__", "")).split(".")
        if parts[0] == "services" and parts[1] != "shared" and not ROOMS & set(parts):
            yield ".".join(parts[1:])
        frame = frame.f_back


def _logical(table: str) -> str:
    return table.partition("-")[2]
