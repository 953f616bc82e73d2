"""Queues on this machine end with their process. What they held is in the outboxes, and is sent again at start."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from infra.local.dead_letters import list_letters
from services.shared.contracts.routes import CONSUMERS
from services.shared.plumbing import outbox
from services.shared.plumbing.resources import physical
from services.shared.plumbing.tables import OutboxRow, Store

CHUNK = 100


def replay_lost(store: Store, data: Path, now: datetime) -> int:
    """Send outbox rows again to each consumer that has no inbox mark of them; returns how many were sent.

    Consumers are idempotent, so what was only on its way does no harm. Dead letters are left out: they are kept in the
    data folder and wait there for a redrive.
    """
    dead = {(letter.queue, _event_id(letter.body)) for letter in list_letters(data)}
    sent = 0
    for rows in _chunks(row for row in store.outbox.scan() if row.ttl > now.timestamp()):
        for consumer in CONSUMERS:
            queue = physical(f"{consumer}-events")
            due = {row.sk: row for row in rows if consumer in row.consumers and (queue, row.sk) not in dead}
            marks = outbox.marks_of(due, Store(consumer))
            sent += outbox.replay(store, [row for id_, row in due.items() if marks[id_] is None], now, consumer)
    return sent


def _chunks(rows: Iterator[OutboxRow]) -> Iterator[list[OutboxRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _event_id(body: str) -> str:
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError):
        return ""  # something that was put into the queue by hand: no outbox has it
