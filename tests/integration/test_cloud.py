"""SQS and S3 on one machine, made as resources.py declares."""

import json
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.child import CannotStart, free_port
from infra.local.cloud import start_ministack
from infra.local.provision import create_bucket, create_queues
from services.shared.plumbing.resources import Queue, Resources, physical
from tests.processes import listening

Queues = Callable[[str | Resources], dict[str, str]]


def declared(queue: Queue) -> Resources:
    """A service that owns this queue."""
    return Resources("declared", (), (queue,))


def test_queues_are_made_as_declared(queues: Queues) -> None:
    """Visibility is six times the function's timeout; retention and redrive as in the template."""
    queue = Queue("declared-events", function_timeout_s=20, max_receives=3, retention_days=4)

    urls = queues(declared(queue))

    client: Any = boto3.client("sqs")
    main = client.get_queue_attributes(QueueUrl=urls[physical("declared-events")], AttributeNames=["All"])["Attributes"]
    dead = client.get_queue_attributes(QueueUrl=urls[physical("declared-events-dlq")], AttributeNames=["All"])
    assert main["VisibilityTimeout"] == "120"
    assert main["MessageRetentionPeriod"] == str(4 * 86_400)
    redrive = json.loads(main["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"] == dead["Attributes"]["QueueArn"]
    assert int(redrive["maxReceiveCount"]) == 3
    assert dead["Attributes"]["MessageRetentionPeriod"] == str(14 * 86_400)


def test_creating_again_keeps_messages_and_takes_new_settings(queues: Queues) -> None:
    """A service may change its timeout between two starts."""
    queue = Queue("changed-events")
    url = queues(declared(queue))[physical("changed-events")]
    client: Any = boto3.client("sqs")
    client.send_message(QueueUrl=url, MessageBody="kept")

    create_queues(client, declared(replace(queue, function_timeout_s=10)))

    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    assert client.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"


def test_a_message_nobody_can_handle_ends_in_the_dead_letters(queues: Queues) -> None:
    """After max_receives tries."""
    urls = queues(declared(Queue("sick-events", max_receives=2)))
    client: Any = boto3.client("sqs")
    client.send_message(QueueUrl=urls[physical("sick-events")], MessageBody="sick")

    tries = [client.receive_message(QueueUrl=urls[physical("sick-events")], VisibilityTimeout=0) for _ in range(3)]

    assert [len(one.get("Messages", [])) for one in tries] == [1, 1, 0]
    assert client.receive_message(QueueUrl=urls[physical("sick-events-dlq")])["Messages"][0]["Body"] == "sick"


def test_files_have_a_bucket(queues: Queues) -> None:
    """The setting XIAODIAN_FILES_BUCKET names one that exists."""
    client: Any = boto3.client("s3")

    client.put_object(Bucket=os.environ["XIAODIAN_FILES_BUCKET"], Key="a/b", Body=b"content")

    assert client.get_object(Bucket=os.environ["XIAODIAN_FILES_BUCKET"], Key="a/b")["Body"].read() == b"content"


def test_it_listens_on_loopback_only_and_keeps_objects(tmp_path: Path) -> None:
    """Two starts on one data folder: nothing but 127.0.0.1, and the first one's object, also after kill -9."""
    first = start_ministack(free_port(), tmp_path / "files")
    try:
        assert listening(first.child.process.pid) == {first.url.removeprefix("http://")}
        client: Any = boto3.client("s3", endpoint_url=first.url)
        create_bucket(client, "kept")
        client.put_object(Bucket="kept", Key="statement.csv", Body=b"1,2")
        first.child.process.kill()
    finally:
        first.stop()

    second = start_ministack(free_port(), tmp_path / "files")

    try:
        client = boto3.client("s3", endpoint_url=second.url)
        create_bucket(client, "kept")
        assert client.get_object(Bucket="kept", Key="statement.csv")["Body"].read() == b"1,2"
    finally:
        second.stop()


def test_a_taken_port_is_named() -> None:
    """One clear sentence."""
    with socket.create_server(("127.0.0.1", free_port())) as other:
        port = other.getsockname()[1]

        with pytest.raises(CannotStart, match=f"port {port} is already in use"):
            start_ministack(port, None)
