"""Make what a service's ``resources.py`` declares exist in an engine, a queue server and a file store.

On AWS the service's stack does this. Every function may be repeated: what exists stays as it is.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from services.shared.plumbing.resources import Index, Queue, Resources, Table, physical

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_DAY_S = 86_400


def create_tables(client: "DynamoDBClient", resources: Resources) -> None:
    """Create the service's missing tables, add indexes that an older table lacks, and switch TTL on."""
    existing = {name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]}
    for table in resources.tables:
        name = physical(table.name)
        if name in existing:
            _add_missing_indexes(client, table)
        else:
            client.create_table(**_definition(table))
        ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if ttl["TimeToLiveStatus"] != "ENABLED":
            client.update_time_to_live(
                TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl}
            )


def _definition(table: Table) -> Any:
    definition: dict[str, Any] = {
        "TableName": physical(table.name),
        "KeySchema": _keys(table),
        "AttributeDefinitions": _attributes(table, *table.indexes),
        "BillingMode": "PAY_PER_REQUEST",
    }
    if table.indexes:
        definition["GlobalSecondaryIndexes"] = [_index(index) for index in table.indexes]
    if table.stream:
        definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    return definition


def _add_missing_indexes(client: "DynamoDBClient", table: Table) -> None:
    described = client.describe_table(TableName=physical(table.name))["Table"]
    existing = {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
    for index in table.indexes:
        if index.name not in existing:
            client.update_table(
                TableName=physical(table.name),
                AttributeDefinitions=_attributes(index),
                GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
            )


def _index(index: Index) -> Any:
    return {"IndexName": index.name, "KeySchema": _keys(index), "Projection": index.projection}


def _keys(of: Table | Index) -> Any:
    return [
        {"AttributeName": of.hash_key, "KeyType": "HASH"},
        {"AttributeName": of.range_key, "KeyType": "RANGE"},
    ]


def _attributes(*keyed: Table | Index) -> Any:
    names = sorted({name for of in keyed for name in (of.hash_key, of.range_key)})
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def create_queues(client: "SQSClient", resources: Resources) -> dict[str, str]:
    """Create the service's queues and their dead-letter queues. Returns the URL by physical name."""
    urls = {}
    for queue in resources.queues:
        dead = physical(queue.dead_letters)
        urls[dead] = _create_queue(client, dead, {"MessageRetentionPeriod": str(14 * _DAY_S)})
        arn = client.get_queue_attributes(QueueUrl=urls[dead], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        urls[physical(queue.name)] = _create_queue(client, physical(queue.name), _attributes_of(queue, arn))
    return urls


def _attributes_of(queue: Queue, dead_letters_arn: str) -> dict[str, str]:
    redrive = {"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": queue.max_receives}
    return {
        "VisibilityTimeout": str(queue.visibility_s),
        "MessageRetentionPeriod": str(queue.retention_days * _DAY_S),
        "RedrivePolicy": json.dumps(redrive),
    }


def _create_queue(client: "SQSClient", name: str, attributes: Any) -> str:
    url = client.create_queue(QueueName=name)["QueueUrl"]  # with attributes it fails when they have changed since
    client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return url


def create_bucket(client: "S3Client", bucket: str) -> None:
    """Create the bucket for files."""
    where: Any = {"LocationConstraint": client.meta.region_name}
    try:
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise


def sweep_expired(client: "DynamoDBClient", resources: Resources, now: datetime) -> Iterator[int]:
    """Delete the items whose TTL has passed, as DynamoDB does by itself and the engine on one machine never does.

    A generator: each step reads one page of a table (≤ 500 items), deletes what has expired there and yields how many,
    so that the caller decides the pace. An item whose TTL is moved meanwhile stays.
    """
    for table in resources.tables:
        expired: Any = {
            "ExpressionAttributeNames": {"#ttl": table.ttl},
            "ExpressionAttributeValues": {":now": {"N": str(int(now.timestamp()))}},
        }
        keys = {"#pk": table.hash_key, "#sk": table.range_key}
        pages = client.get_paginator("scan").paginate(
            TableName=physical(table.name),
            FilterExpression="#ttl <= :now",
            ProjectionExpression="#pk, #sk",
            ExpressionAttributeNames=keys | expired["ExpressionAttributeNames"],
            ExpressionAttributeValues=expired["ExpressionAttributeValues"],
            PaginationConfig={"PageSize": 500},
        )
        for page in pages:
            yield sum(_delete_if(client, table, key, expired) for key in page["Items"])


def _delete_if(client: "DynamoDBClient", table: Table, key: Any, expired: Any) -> bool:
    try:
        client.delete_item(TableName=physical(table.name), Key=key, ConditionExpression="#ttl <= :now", **expired)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
