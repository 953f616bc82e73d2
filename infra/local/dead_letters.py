"""Dead letters are kept in the data folder, because the queues of this machine end with their process.

    <data>/dead-letters/<queue>/<hash of the body>.json     one letter, until it is redriven

The queue server's own dead-letter queue holds the same letters for whoever looks there: the runner copies what arrives
in it and, after a restart, puts back what it has lost. A letter is known by its body, so the same event that dies
twice is one letter.
"""

import hashlib
import json
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.durable import write_json
from services.shared.plumbing.resources import Queue, physical

FOLDER = "dead-letters"
LOOK_EVERY_S = 2.0
PEEK_S = 5  # for at most so long a letter is hidden while the dead-letter queue is read through
BATCH = 10


@dataclass(frozen=True)
class DeadLetter:
    """A message that its consumer could not handle. ``queue`` is the physical name of the queue it belongs to."""

    queue: str
    body: str
    attributes: dict[str, Any]
    died_at: datetime
    file: Path


class DeadLetterKeeper:
    """A trigger: copies what arrives in the queue's dead-letter queue into the data folder."""

    def __init__(self, queue: Queue, sqs: Any, data: Path) -> None:
        self.name = f"dead letters of {physical(queue.name)}"
        self._queue, self._dead = physical(queue.name), physical(queue.dead_letters)
        self._sqs, self._data = sqs, data
        self._url = ""

    def step(self, stop: threading.Event) -> None:
        """Copy what is new, then wait a moment. The first step puts back what a new queue server does not have."""
        if not self._url:
            url = self._sqs.get_queue_url(QueueName=self._dead)["QueueUrl"]
            self._put_back(url, self._copy(url))
            self._url = url
        elif _count(self._sqs, self._url) != len(_files(self._data, self._queue)):
            self._copy(self._url)
        stop.wait(LOOK_EVERY_S)

    def _copy(self, url: str) -> set[str]:
        messages = _peek(self._sqs, url)
        for message in messages:
            self._keep(message)
        return {message["Body"] for message in messages}

    def _keep(self, message: dict[str, Any]) -> None:
        file = _file(self._data, self._queue, message["Body"])
        if not file.exists():
            letter = {"body": message["Body"], "attributes": _strings(message.get("MessageAttributes", {}))}
            write_json(file, letter | {"died_at": datetime.now(UTC).isoformat()})

    def _put_back(self, url: str, present: set[str]) -> None:
        for letter in _letters(self._data, self._queue):
            if letter.body not in present:
                _send(self._sqs, url, letter)


def list_letters(data: Path) -> tuple[DeadLetter, ...]:
    """All dead letters, by queue, oldest first."""
    folder = data / FOLDER
    queues = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return tuple(letter for queue in queues for letter in _letters(data, queue))


def redrive(sqs: Any, data: Path, queue: str) -> int:
    """Send the dead letters of ``queue`` (its physical name) to it again and forget them; returns how many."""
    letters = _letters(data, queue)
    source = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for letter in letters:
        _send(sqs, source, letter)
    # Its file goes last: until then the keeper, which runs meanwhile, has no reason to write it again.
    _delete(sqs, sqs.get_queue_url(QueueName=f"{queue}-dlq")["QueueUrl"], {letter.body for letter in letters})
    for letter in letters:
        letter.file.unlink(missing_ok=True)
    return len(letters)


def discard(sqs: Any, data: Path, queue: str, bodies: Collection[str]) -> int:
    """Forget the dead letters of ``queue`` (its physical name) with these bodies; returns how many."""
    letters = [letter for letter in _letters(data, queue) if letter.body in bodies]
    _delete(sqs, sqs.get_queue_url(QueueName=f"{queue}-dlq")["QueueUrl"], {letter.body for letter in letters})
    for letter in letters:
        letter.file.unlink(missing_ok=True)
    return len(letters)


def _delete(sqs: Any, url: str, bodies: set[str]) -> None:
    """Delete these letters from the dead-letter queue, also those that the keeper is just reading."""
    others: set[str] = set()
    deadline = time.monotonic() + PEEK_S + 1
    while _count(sqs, url) > len(others) and time.monotonic() < deadline:
        for message in _peek(sqs, url):
            if message["Body"] in bodies:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            else:
                others.add(message["MessageId"])
        time.sleep(0.1)


def _letters(data: Path, queue: str) -> list[DeadLetter]:
    letters = []
    for file in _files(data, queue):
        kept = json.loads(file.read_text(encoding="utf-8"))
        died_at = datetime.fromisoformat(kept["died_at"])
        letters.append(DeadLetter(queue, kept["body"], kept["attributes"], died_at, file))
    return sorted(letters, key=lambda letter: letter.died_at)


def _files(data: Path, queue: str) -> list[Path]:
    return list((data / FOLDER / queue).glob("*.json"))


def _file(data: Path, queue: str, body: str) -> Path:
    return data / FOLDER / queue / f"{hashlib.sha256(body.encode()).hexdigest()[:32]}.json"


def _count(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _peek(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Every message that is visible now. They stay visible: whoever looks into the queue finds them."""
    seen: dict[str, dict[str, Any]] = {}
    while True:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=BATCH, VisibilityTimeout=PEEK_S, MessageAttributeNames=["All"]
        )
        fresh = {one["MessageId"]: one for one in answer.get("Messages", []) if one["MessageId"] not in seen}
        if not fresh:
            break
        seen |= fresh
    messages = list(seen.values())
    for start in range(0, len(messages), BATCH):
        entries = [
            {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
            for n, one in enumerate(messages[start : start + BATCH])
        ]
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    return messages


def _strings(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"DataType": one["DataType"], "StringValue": one["StringValue"]}
        for name, one in attributes.items()
        if "StringValue" in one
    }


def _send(sqs: Any, url: str, letter: DeadLetter) -> None:
    sqs.send_message(QueueUrl=url, MessageBody=letter.body, MessageAttributes=letter.attributes)
