"""Publish what a publisher has given up on."""

from collections.abc import Iterable
from datetime import datetime

from infra.operate.ground import GivenUp
from services.shared.plumbing import outbox
from services.shared.plumbing.tables import Store, raw


def publish_again(kept: Iterable[GivenUp], consumer: str | None, now: datetime) -> tuple[int, int]:
    """Send it to its consumers, or to one; returns how many events were sent, and how many batches cannot be read.

    A batch is forgotten when all its consumers have it. Raises ReplayTooOld.
    """
    sent, unreadable = 0, 0
    for one in kept:
        store = Store(one.service)
        try:
            rows = [raw(store.outbox, image) for image in one.images]
        except (AttributeError, KeyError, TypeError, ValueError):
            unreadable += 1
            continue
        letters = outbox.replay(store, rows, now, consumer)
        if letters == sum(len(row.consumers) for row in rows):
            one.forget()
        sent += min(letters, len(rows))
    return sent, unreadable
