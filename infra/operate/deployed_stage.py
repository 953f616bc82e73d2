"""A deployed stage: dead letters are in their queues, what was given up on in the platform's failures bucket."""

import json
import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from infra.doctor.account import Account
from infra.doctor.waiting import list_given_up
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

    def letters(self, reader: str) -> list[Letter]:
        dead = self._url(f"{reader}-events-dlq")
        found = self._look_through(dead)
        self._show_again(dead, found)
        queue = self._stage.physical(f"{reader}-events")
        return [Letter(queue, one["Body"], _at(one["Attributes"][SENT_AT])) for one in found]

    def discard(self, reader: str, bodies: Collection[str]) -> int:
        dead = self._url(f"{reader}-events-dlq")
        found = self._look_through(dead)
        gone = [one for one in found if one["Body"] in bodies]
        self._show_again(dead, [one for one in found if one["Body"] not in bodies])
        for start in range(0, len(gone), BATCH):
            handles = [one["ReceiptHandle"] for one in gone[start : start + BATCH]]
            entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
            self._sqs.delete_message_batch(QueueUrl=dead, Entries=entries)
        return len(gone)

    def _look_through(self, url: str) -> list[Any]:
        """Up to LISTED messages, hidden from others for a while."""
        seen = dict[str, Any]()
        while url and len(seen) < LISTED:
            fresh = {one["MessageId"]: one for one in self._receive(url) if one["MessageId"] not in seen}
            if not fresh:
                break
            seen |= fresh
        return list(seen.values())

    def _show_again(self, url: str, messages: list[Any]) -> None:
        """Whoever comes next finds them."""
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
                for n, one in enumerate(messages[start : start + BATCH])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)

    def redrive(self, reader: str) -> int:
        """Until the dead-letter queue holds nothing but what has come back meanwhile, which keeps its id.

        A letter leaves only when its queue has taken it; cut off in between, it is in both, and has its effect once.
        """
        dead, live = self._url(f"{reader}-events-dlq"), self._url(f"{reader}-events")
        sent: set[str] = set()
        back: list[Any] = []
        while dead and live and (found := self._receive(dead)):
            fresh = [one for one in found if one["MessageId"] not in sent]
            back += [one for one in found if one["MessageId"] in sent]
            taken = self._send(live, fresh) if fresh else {}
            if not taken:
                back += fresh
                break
            entries = [
                {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(fresh) if str(n) in taken
            ]
            self._sqs.delete_message_batch(QueueUrl=dead, Entries=entries)
            sent |= set(taken.values())
        self._show_again(dead, back)
        return len(sent)

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

    def _send(self, url: str, messages: list[Any]) -> dict[str, str]:
        """Send them on, one by one when they are too much for one call; the new ids of those taken, by their place."""
        entries = [
            {"Id": str(n), "MessageBody": one["Body"], "MessageAttributes": one.get("MessageAttributes", {})}
            for n, one in enumerate(messages)
        ]
        together = sum(len(one["Body"].encode()) for one in messages) < SQS_BATCH_BYTES
        taken: dict[str, str] = {}
        for part in [entries] if together else [[one] for one in entries]:
            answer = self._sqs.send_message_batch(QueueUrl=url, Entries=part)
            taken |= {one["Id"]: one["MessageId"] for one in answer.get("Successful", [])}
        return taken

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
        for key in list_given_up(s3, bucket):
            kept = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            yield GivenUp(self._service(kept), _images(kept), partial(s3.delete_object, Bucket=bucket, Key=key))

    def _service(self, kept: Any) -> str:
        function = kept["requestContext"]["functionArn"].split(":")[6]
        return str(function).removeprefix(self._stage.physical("")).removesuffix("-publish")


def _at(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _images(kept: Any) -> list[Any]:
    """The rows in what Lambda keeps of a batch: the whole event, as text in its ``payload``."""
    event = kept["payload"] if isinstance(kept["payload"], dict) else json.loads(kept["payload"])
    return [one["dynamodb"]["NewImage"] for one in event["Records"] if one["eventName"] != "REMOVE"]
