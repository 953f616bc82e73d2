"""A deployed stage: dead letters are in their queues, what was given up on in the platform's failures bucket."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from infra.doctor.account import Account
from infra.doctor.waiting import GIVEN_UP
from infra.operate.ground import SERVICES, GivenUp, Letter
from infra.package.stage import Stage
from services.shared.plumbing.outbox import SQS_BATCH as BATCH
from services.shared.plumbing.outbox import SQS_BATCH_BYTES

LISTED = 1_000
HIDDEN_S = 30  # while it is looked at, or sent
SENT_AT = "SentTimestamp"


class NotDeployed(LookupError):
    """The stage lacks what the command needs; the message says what to do."""


class DeployedStage:
    """A stage in the account of the AWS credentials in use."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._account = stage, Account(stage)
        self._sqs: Any = self._account.client("sqs")

    def now(self) -> datetime:
        return datetime.now(UTC)

    def services(self) -> Iterator[str]:
        for service in SERVICES:
            if self._settings(service) is not None:
                yield service

    def take_settings(self, service: str) -> None:
        """Give this process the settings that the service's functions have; secrets stay where they are until read.

        Raises NotDeployed.
        """
        found = self._settings(service)
        if found is None:
            how = f"make deploy SERVICE={service} STAGE={self._stage.name}"
            raise NotDeployed(f"{self._stage.stack(service)} is not deployed: {how}")
        os.environ |= found

    def _settings(self, service: str) -> dict[str, str] | None:
        """The settings of the service's functions; None while it is not deployed."""
        client = self._account.client("lambda")
        try:
            found = client.get_function_configuration(FunctionName=self._stage.physical(f"{service}-tend"))
        except client.exceptions.ResourceNotFoundException:
            return None
        return dict(found.get("Environment", {}).get("Variables", {}))

    def letters(self, service: str) -> Iterator[Letter]:
        dead = self._url(f"{service}-events-dlq")
        seen: set[str] = set()
        while dead and len(seen) < LISTED:
            found = self._receive(dead)
            fresh = [one for one in found if one["MessageId"] not in seen]
            for one in fresh:
                at = datetime.fromtimestamp(int(one["Attributes"][SENT_AT]) / 1000, UTC)
                yield Letter(self._stage.physical(f"{service}-events"), one["Body"], at)
            seen |= {one["MessageId"] for one in fresh}
            if not fresh:
                break

    def redrive(self, service: str) -> int:
        """Until the dead-letter queue is empty. What fails again comes back after all its tries, long after that.

        A letter leaves only when its queue has taken it; cut off in between, it is in both, and has its effect once.
        """
        dead, live, count = self._url(f"{service}-events-dlq"), self._url(f"{service}-events"), 0
        while dead and live and (found := self._receive(dead)):
            taken = self._send(live, found)
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(taken)]
            if not entries:
                break
            self._sqs.delete_message_batch(QueueUrl=dead, Entries=entries)
            count += len(taken)
        return count

    def _receive(self, url: str) -> list[Any]:
        asked = self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_S,
            WaitTimeSeconds=1,  # so all of SQS's servers are asked
            AttributeNames=[SENT_AT],
            MessageAttributeNames=["All"],
        )
        found: list[Any] = asked.get("Messages", [])
        return found

    def _send(self, url: str, messages: list[Any]) -> list[Any]:
        """Send them on, one by one when they are too much for one call; returns those that were taken."""
        entries = [
            {"Id": str(n), "MessageBody": one["Body"], "MessageAttributes": one.get("MessageAttributes", {})}
            for n, one in enumerate(messages)
        ]
        together = sum(len(one["Body"].encode()) for one in messages) < SQS_BATCH_BYTES
        taken: set[str] = set()
        for part in [entries] if together else [[one] for one in entries]:
            answer = self._sqs.send_message_batch(QueueUrl=url, Entries=part)
            taken |= {one["Id"] for one in answer.get("Successful", [])}
        return [one for n, one in enumerate(messages) if str(n) in taken]

    def _url(self, queue: str) -> str:
        """The queue's URL; empty while the service is not deployed."""
        try:
            return str(self._sqs.get_queue_url(QueueName=self._stage.physical(queue))["QueueUrl"])
        except self._sqs.exceptions.QueueDoesNotExist:
            return ""

    def given_up(self) -> Iterator[GivenUp]:
        bucket, s3 = self._account.stored("platform/failures-bucket"), self._account.client("s3")
        if bucket is None:
            how = f"make deploy SERVICE=platform STAGE={self._stage.name}"
            raise NotDeployed(f"{self._stage.prefix} has no platform: {how}")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=GIVEN_UP):
            for key in (one["Key"] for one in page.get("Contents", ())):
                kept = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
                yield GivenUp(self._service(kept), _images(kept), partial(s3.delete_object, Bucket=bucket, Key=key))

    def _service(self, kept: Any) -> str:
        function = kept["requestContext"]["functionArn"].split(":")[6]
        return str(function).removeprefix(self._stage.physical("")).removesuffix("-publish")


def _images(kept: Any) -> list[Any]:
    """The rows in what Lambda keeps of a batch: the whole event, as text in its ``payload``."""
    event = kept["payload"] if isinstance(kept["payload"], dict) else json.loads(kept["payload"])
    return [one["dynamodb"]["NewImage"] for one in event["Records"] if one["eventName"] != "REMOVE"]
