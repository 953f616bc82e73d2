"""A queue as AWS hands it to a function: in batches, each message until it is handled or moves to the dead letters.

Two things are quicker than on AWS, because somebody is watching: a message that failed comes back after 1, 2, 4 …
seconds instead of the full visibility timeout, and a message whose runner died is free again after the function's own
timeout, since one runner needs no allowance for throttled invocations.
"""

import base64
import threading
from typing import Any

from infra.local.functions import Function, failed_items
from services.shared.plumbing.logs import log
from services.shared.plumbing.resources import Queue, physical

WAIT_S = 1  # a long poll is not interrupted by stopping, which should take less than two seconds
BATCH = 10  # what one ReceiveMessage can bring

Message = dict[str, Any]


class QueuePoller:
    """A trigger: feeds ``queue`` to ``function``. ``sqs`` is an SQS client."""

    def __init__(self, service: str, queue: Queue, function: Function, batch_size: int, sqs: Any) -> None:
        self.name = f"queue {physical(queue.name)}"
        self._service, self._queue, self._function, self._sqs = service, queue, function, sqs
        self._batch_size = min(batch_size, BATCH)
        self._url = self._arn = ""

    def step(self, stop: threading.Event) -> None:  # noqa: ARG002 - a long poll ends by itself
        """Wait up to a second for messages and handle one batch."""
        if not self._url:
            self._find()
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._batch_size,
            WaitTimeSeconds=WAIT_S,
            VisibilityTimeout=self._queue.function_timeout_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Message] = answer.get("Messages", [])
        if not messages:
            return
        failed = self._call(messages)
        self._delete([message for message in messages if message["MessageId"] not in failed])
        self._return([message for message in messages if message["MessageId"] in failed])

    def _find(self) -> None:
        url = self._sqs.get_queue_url(QueueName=physical(self._queue.name))["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        self._url, self._arn = url, attributes["QueueArn"]

    def _call(self, messages: list[Message]) -> set[str]:
        identifiers = [message["MessageId"] for message in messages]
        try:
            response = self._function({"Records": [as_lambda_sees(message, self._arn) for message in messages]})
        except Exception as error:  # noqa: BLE001 - whatever a handler raises fails its batch
            log(self._service, "batch_failed", "error", error=error, function=self._function.name, batch=len(messages))
            return set(identifiers)
        return failed_items(response, identifiers)

    def _delete(self, messages: list[Message]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
        if entries:
            answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
            if failed := answer.get("Failed"):  # it was visible again before the function was done: it comes twice
                log(self._service, "delete_refused", "warning", queue=self._queue.name, count=len(failed))

    def _return(self, messages: list[Message]) -> None:
        entries = [
            {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": self._wait_s(one)}
            for n, one in enumerate(messages)
        ]
        if entries:
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _wait_s(self, message: Message) -> int:
        received = int(message["Attributes"]["ApproximateReceiveCount"])
        if received >= self._queue.max_receives:
            return 0  # the queue moves it to the dead letters at the next look
        wait_s: int = min(2 ** (received - 1), self._queue.visibility_s)
        return wait_s


def as_lambda_sees(message: Message, queue_arn: str) -> dict[str, Any]:
    """One record of a function's SQS event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        seen["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        seen["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return seen
