"""The publisher: outbox rows from the table's stream to one queue per consumer.

A consumer whose queue fails or does not exist yet gets its row **parked** under (consumer, event), and the others go
on: one sick consumer holds up nobody, and any service may be deployed first. Parked rows are sent by the schedule and
by ``redrive``. Facts are kept on the way (:mod:`services.shared.plumbing.history`).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import history
from services.shared.plumbing.aws import client
from services.shared.plumbing.logs import log
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import OutboxRow, Row, Store, query, raw, read, ttl

T = TypeVar("T")
SQS_BATCH = 10
SQS_BATCH_BYTES = 250_000
PAGE = 100


class Letter(NamedTuple):
    """One event for one consumer."""

    event_id: str
    body: str


def publish(store: Store, stream_event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Send what the stream shows; answers the partial batch response.

    Sends to queues in batches. Whatever a queue does not take is parked; only if even parking fails does the record
    itself fail, and the stream brings it again.
    """
    boxes: dict[str, list[Letter]] = defaultdict(list)
    origin: dict[str, str] = {}
    failed: set[str] = set()
    for record in _written(stream_event):
        sequence = record["dynamodb"]["SequenceNumber"]
        try:
            row = raw(store.outbox, record["dynamodb"]["NewImage"])
            for consumer in row.consumers:
                boxes[consumer].append(Letter(row.sk, row.body))
            origin[row.sk] = sequence
        except Exception as error:  # noqa: BLE001 - a row that cannot be read stops no other
            log(store.service, "row_unreadable", "error", error=error, sequence=sequence)
            failed.add(sequence)
            continue
        if not _kept(store, row):
            failed.add(sequence)
    for consumer, letters in boxes.items():
        for letter in send(store.service, consumer, letters):
            try:
                park(store, consumer, letter, now)
            except Exception as error:  # noqa: BLE001 - the stream must bring this record again, whatever went wrong
                log(store.service, "parking_failed", "error", error=error, consumer=consumer, event_id=letter.event_id)
                failed.add(origin[letter.event_id])
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in sorted(failed, key=_number)]}


def _written(stream_event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Its records, but those of rows that TTL has swept."""
    return (record for record in stream_event["Records"] if record["eventName"] != "REMOVE")


def _kept(store: Store, row: OutboxRow) -> bool:
    try:
        history.keep(store, row)
    except Exception as error:  # noqa: BLE001 - it is sent all the same, and the stream brings it again to be kept
        log(store.service, "row_not_kept", "error", error=error, event_id=row.sk)
        return False
    return True


def _number(sequence: str) -> int:
    return int(sequence)


def send(service: str, consumer: str, letters: Iterable[Letter], delay_s: int = 0) -> list[Letter]:
    """Put letters into the consumer's queue, shown after at most 900 s; returns those it did not take."""
    refused: list[Letter] = []
    for batch in _batches(letters):
        delay = {"DelaySeconds": delay_s} if delay_s else {}
        entries: list[Any] = [{"Id": str(n), "MessageBody": letter.body, **delay} for n, letter in enumerate(batch)]
        try:
            answer = client("sqs").send_message_batch(QueueUrl=queue_url(consumer), Entries=entries)
        except (ClientError, BotoCoreError) as error:
            _url.cache_clear()
            log(service, "queue_refused", "warning", consumer=consumer, cause=type(error).__name__, count=len(batch))
            refused += batch
            continue
        refused += [batch[int(entry["Id"])] for entry in answer.get("Failed", [])]
    return refused


def queue_url(consumer: str) -> str:
    """Where the consumer reads; raises ClientError while it does not exist."""
    return _url(physical(f"{consumer}-events"))


@cache
def _url(queue: str) -> str:
    return str(client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def _batches(letters: Iterable[Letter]) -> Iterable[list[Letter]]:
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        length = len(letter.body.encode())
        if batch and (len(batch) == SQS_BATCH or size + length > SQS_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += length
    if batch:
        yield batch


# ----------------------------------------------------------------------------------------------------- parking


def park(store: Store, consumer: str, letter: Letter, now: datetime) -> None:
    """Keep a letter until its queue takes it."""
    row = store.row(f"PARKED#{consumer}", letter.event_id)
    row.body = letter.body
    row.ttl = ttl(now + store.OUTBOX_KEPT)
    row.save()


def send_parked(store: Store, consumer: str, limit: int = 500) -> tuple[int, int]:
    """Send what is parked for this consumer, oldest first; returns (sent, left of those tried).

    Goes on past letters that the queue refuses, as long as it takes any.
    """
    sent, left, after = 0, 0, None
    while sent < limit and (rows := query(store.row, f"PARKED#{consumer}", after=after, limit=PAGE)):
        refused = {letter.event_id for letter in send(store.service, consumer, [_letter(row) for row in rows])}
        for row in rows:
            if row.sk not in refused:
                row.delete()
                sent += 1
        left += len(refused)
        if len(refused) == len(rows):
            break
        after = rows[-1].sk
    if left:
        log(store.service, "letters_parked", "warning", consumer=consumer, left=left)
    return sent, left


def _letter(row: Row) -> Letter:
    return Letter(row.sk, row.body)


def retry_parked(store: Store) -> int:
    """The schedule's part: try every consumer's parked letters again; returns how many were sent."""
    from services.shared.contracts.routes import CONSUMERS  # and with it every event: publishing needs none

    return sum(send_parked(store, consumer)[0] for consumer in {*CONSUMERS, store.service})


# ------------------------------------------------------------------------------------------------------ replay


class ReplayTooOld(ValueError):
    """The outbox row is older than what inbox marks remember, so a replay could double an effect."""


def replay(store: Store, rows: Iterable[OutboxRow], now: datetime, consumer: str | None = None) -> int:
    """Send outbox rows again, to all their consumers or to one; returns how many letters that were.

    Consumers that had them do nothing twice. Raises ReplayTooOld at a row that could double an effect, with nothing
    sent of it and of those behind it.
    """
    count = 0
    for part in _parts(rows, PAGE):
        boxes: dict[str, list[Letter]] = defaultdict(list)
        for row in part:
            occurred = datetime.fromisoformat(json.loads(row.body)["occurred_at"])
            if now - occurred > store.OUTBOX_KEPT + timedelta(days=1):
                raise ReplayTooOld(f"{row.name} of {occurred:%Y-%m-%d} is older than the outbox keeps")
            for receiver in row.consumers:
                if consumer in (None, receiver):
                    boxes[receiver].append(Letter(row.sk, row.body))
        for receiver, letters in boxes.items():
            for letter in send(store.service, receiver, letters):
                park(store, receiver, letter, now)
            count += len(letters)
    return count


def tell(store: Store, consumer: str, said: Iterable[Envelope], now: datetime) -> Iterator[int]:
    """Send these to one consumer, past the outbox; yields how many letters each step had."""
    for part in _parts(said, PAGE):
        letters = [Letter(one.id, one.model_dump_json()) for one in part]
        for letter in send(store.service, consumer, letters):
            park(store, consumer, letter, now)
        yield len(letters)


def _parts(whole: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(whole)
    while part := list(islice(rest, size)):
        yield part


def marks_of(event_ids: Iterable[str], consumer: Store) -> dict[str, Row | None]:
    """The consumer's inbox marks of these events (one machine and tests: on AWS no service reads another's table)."""
    wanted = list(event_ids)
    found: dict[str, Row | None] = {}
    for start in range(0, len(wanted), PAGE):
        part = wanted[start : start + PAGE]
        found.update(zip(part, read([(consumer.row, f"IN#{one}", "ONCE") for one in part]), strict=True))
    return found
