"""What a call to AWS must be allowed: its actions and resources, as IAM names them."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.iam.policy import arn

TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
SQS = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}
S3 = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
Needed = Iterator[tuple[str, str]]


def needed(service: str, operation: str, asked: Mapping[str, Any]) -> Needed:
    """Each (action, resource) of one call. Raises KeyError for a service that this test has not met."""
    return {"dynamodb": _dynamodb, "sqs": _sqs, "s3": _s3, "ssm": _ssm}[service](operation, asked)


def _dynamodb(operation: str, asked: Mapping[str, Any]) -> Needed:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in asked["TransactItems"]:
            ((kind, part),) = item.items()
            yield f"dynamodb:{TRANSACTED.get(kind, 'GetItem')}", _table(part["TableName"])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in asked["RequestItems"]:
            yield f"dynamodb:{operation}", _table(table)
    else:
        index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
        yield f"dynamodb:{operation}", _table(asked["TableName"]) + index


def _table(name: str) -> str:
    return arn("dynamodb", f"table/{name}")


def _sqs(operation: str, asked: Mapping[str, Any]) -> Needed:
    name = asked.get("QueueName") or asked["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{SQS.get(operation, operation)}", arn("sqs", name)


def _s3(operation: str, asked: Mapping[str, Any]) -> Needed:
    part = f"/{asked['Key']}" if "Key" in asked else ""
    yield f"s3:{S3.get(operation, operation)}", arn("s3", asked["Bucket"] + part)


def _ssm(operation: str, asked: Mapping[str, Any]) -> Needed:
    yield f"ssm:{operation}", arn("ssm", f"parameter{asked['Name']}")
