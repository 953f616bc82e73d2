"""What templates declare and the emulator's CloudFormation leaves out, done by hand: the doctor finds all of it.

Encryption, TTL and recovery of tables; where a queue's failures go; that buckets are closed.
"""

import json
from typing import Any

from tests.e2e.deployed.account import STAGE, Account

CLOSED = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
PREFIX = f"xiaodian-{STAGE}-"


def make_up_for(account: Account, service: str) -> None:
    """Bring what the service's stack has made to what its template says."""
    resources = account.template(service)["Resources"].values()
    for one in resources:
        if one["Type"] == "AWS::DynamoDB::Table":
            _table(account.client("dynamodb"), one["Properties"])
        elif one["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in one["Properties"]:
            declare_redrive(account, one["Properties"])
        elif one["Type"] == "AWS::S3::Bucket":
            assert one["Properties"]["PublicAccessBlockConfiguration"] == CLOSED
    if service == "platform":
        for bucket in account.client("s3").list_buckets()["Buckets"]:
            account.client("s3").put_public_access_block(Bucket=bucket["Name"], PublicAccessBlockConfiguration=CLOSED)


def _table(tables: Any, declared: Any) -> None:
    name = declared["TableName"]
    tables.update_table(TableName=name, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    tables.update_time_to_live(TableName=name, TimeToLiveSpecification=declared["TimeToLiveSpecification"])
    tables.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=declared["PointInTimeRecoverySpecification"]
    )


def declare_redrive(account: Account, declared: Any, **other: str) -> None:
    """Give a queue the redrive policy that it was declared with."""
    queues, name = account.client("sqs"), declared["QueueName"]
    dead = queues.get_queue_url(QueueName=f"{name}-dlq")["QueueUrl"]
    asked = queues.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = declared["RedrivePolicy"] | {"deadLetterTargetArn": asked["QueueArn"]}
    url = queues.get_queue_url(QueueName=name)["QueueUrl"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)} | other)
