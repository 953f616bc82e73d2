"""DynamoDB tables: on demand, with recovery to any second of 35 days, and nothing deletes them by accident."""

import re
from collections.abc import Iterator

from infra.package.stage import Stage
from infra.package.template.function import Json
from services.shared.plumbing.resources import Index, Resources, Table


def logical_id(name: str, kind: str) -> str:
    """``orders-outbox``, ``Table`` → ``OrdersOutboxTable``."""
    return "".join(word.capitalize() for word in re.split(r"[^a-zA-Z0-9]+", name)) + kind


def tables(resources: Resources, stage: Stage) -> Iterator[tuple[str, Json]]:
    """Each table by its logical id."""
    for table in resources.tables:
        yield logical_id(table.name, "Table"), _table(table, stage)


def _table(table: Table, stage: Stage) -> Json:
    properties: Json = {
        "TableName": stage.physical(table.name),
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys(table),
        "AttributeDefinitions": _attributes(table),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": True,
        "TimeToLiveSpecification": {"AttributeName": table.ttl, "Enabled": True},
        # DynamoDB's own key of this account in KMS: its use is on record, and no function needs a right for it.
        "SSESpecification": {"SSEEnabled": True},
    }
    if table.indexes:
        properties["GlobalSecondaryIndexes"] = [_index(index) for index in table.indexes]
    if table.stream:
        properties["StreamSpecification"] = {"StreamViewType": "NEW_IMAGE"}
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }


def _index(index: Index) -> Json:
    return {"IndexName": index.name, "KeySchema": _keys(index), "Projection": index.projection}


def _keys(of: Table | Index) -> list[Json]:
    return [
        {"AttributeName": of.hash_key, "KeyType": "HASH"},
        {"AttributeName": of.range_key, "KeyType": "RANGE"},
    ]


def _attributes(table: Table) -> list[Json]:
    keyed: tuple[Table | Index, ...] = (table, *table.indexes)
    names = sorted({name for of in keyed for name in (of.hash_key, of.range_key)})
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]
