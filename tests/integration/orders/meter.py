"""What a verb costs: the engine's own count of its calls and capacity units, indexes included."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from services.shared.plumbing.tables import connection

METERED = ("BatchGetItem", "GetItem", "PutItem", "Query", "TransactGetItems", "TransactWriteItems", "UpdateItem")


@dataclass
class Bill:
    """Calls by operation, and units. ``writes`` says what each table, and each index apart, took of write units."""

    calls: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0

    @property
    def write_units(self) -> float:
        return sum(self.writes.values())

    def add(self, operation: str, answer: dict[str, Any]) -> None:
        """One answered call."""
        self.calls[operation] += 1
        counted = answer.get("ConsumedCapacity", [])
        for one in counted if isinstance(counted, list) else [counted]:
            if operation in ("PutItem", "UpdateItem", "TransactWriteItems"):
                self._add_writes(one)
            else:
                self.read_units += one["CapacityUnits"]

    def _add_writes(self, counted: dict[str, Any]) -> None:
        table = counted["TableName"].partition("-")[2]
        self.writes[table] += counted["Table"]["CapacityUnits"]
        for name, index in counted.get("GlobalSecondaryIndexes", {}).items():
            self.writes[f"{table}/{name}"] += index["CapacityUnits"]


@contextmanager
def metered() -> Iterator[Bill]:
    """Count the calls of this process until the block ends."""
    bill, events = Bill(), connection().client.meta.events

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "INDEXES"

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        bill.add(model.name, parsed)

    for operation in METERED:
        events.register(f"provide-client-params.dynamodb.{operation}", ask, unique_id=f"ask {operation}")
    events.register("after-call.dynamodb", note, unique_id="note")
    try:
        yield bill
    finally:
        for operation in METERED:
            events.unregister(f"provide-client-params.dynamodb.{operation}", unique_id=f"ask {operation}")
        events.unregister("after-call.dynamodb", unique_id="note")
