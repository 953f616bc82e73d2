"""One call to DynamoDB, as the proxy sees it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems"})
BATCHES = frozenset({"BatchWriteItem", "BatchGetItem"})
SINGLE_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
OPERATIONS = TRANSACTIONS | BATCHES | SINGLE_WRITES | {"GetItem", "Query", "Scan"}


@dataclass(frozen=True)
class Call:
    """The ``number``-th call since the proxy was cleared, from 1."""

    number: int
    operation: str
    body: Any

    @cached_property
    def actions(self) -> list[tuple[str, Any]]:
        """A transaction's actions in order, as (Put | Update | Delete | ConditionCheck | Get, its parameters)."""
        return [next(iter(item.items())) for item in self.body.get("TransactItems", [])]

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The physical names of the tables it touches, each once, in order."""
        named = [action["TableName"] for _, action in self.actions]
        named += self.body.get("RequestItems", {})
        named += [self.body["TableName"]] if "TableName" in self.body else []
        return tuple(dict.fromkeys(named))

    @cached_property
    def batch(self) -> list[tuple[str, Any]]:
        """(table, key or write request) of everything a batch asks for."""
        asked = self.body.get("RequestItems", {}).items()
        if self.operation == "BatchGetItem":
            return [(table, key) for table, wanted in asked for key in wanted["Keys"]]
        return [(table, one) for table, wanted in asked for one in wanted]

    @cached_property
    def writes(self) -> list[tuple[str, Any]]:
        """(table, key or whole item) of every item it writes."""
        match self.operation:
            case "PutItem":
                return [(self.body["TableName"], self.body["Item"])]
            case "UpdateItem" | "DeleteItem":
                return [(self.body["TableName"], self.body["Key"])]
            case "BatchWriteItem":
                return [(table, item) for table, one in self.batch for do in one.values() for item in do.values()]
            case "TransactWriteItems":
                writes = [(kind, do) for kind, do in self.actions if kind != "ConditionCheck"]
                return [(do["TableName"], do["Item" if kind == "Put" else "Key"]) for kind, do in writes]
        return []
