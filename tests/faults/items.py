"""Items of the table ``faulty``: one attribute ``n``, in fresh partitions."""

from typing import Any
from uuid import uuid4

from services.shared.plumbing.resources import physical

ADD_ONE: Any = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


def fresh_keys(count: int = 1) -> list[Any]:
    """Keys that no other test uses."""
    return [{"pk": {"S": f"{uuid4()}"}, "sk": {"S": "-"}} for _ in range(count)]


def update(key: Any, table: str = "faulty", **how: Any) -> Any:
    """The parameters that add one to an item's ``n``."""
    return {"TableName": physical(table), "Key": key} | ADD_ONE | how


def add_in_transaction(client: Any, *keys: Any, **how: Any) -> Any:
    """One transaction that adds one to each."""
    return client.transact_write_items(TransactItems=[{"Update": update(key)} for key in keys], **how)


def value(client: Any, key: Any) -> int:
    """The item's ``n``; 0 when there is no item."""
    found = client.get_item(TableName=physical("faulty"), Key=key, ConsistentRead=True)
    return int(found["Item"]["n"]["N"]) if "Item" in found else 0
