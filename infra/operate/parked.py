"""Events that are parked: their consumer's queue did not take them, or was not there."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from services.shared.contracts.routes import CONSUMERS
from services.shared.plumbing import outbox
from services.shared.plumbing.ids import made_at
from services.shared.plumbing.tables import Store, query

PAGE = 500


class Parked(NamedTuple):
    """How many events of one service wait for another, and of when the oldest is."""

    emitter: str
    consumer: str
    events: int
    oldest: datetime


def consumers(emitter: str) -> list[str]:
    """Whom a service may have something parked for; itself too, which is told of its jobs."""
    return sorted({*CONSUMERS, emitter})


def parked(emitters: Iterable[str]) -> Iterator[Parked]:
    """What is parked, by emitter and consumer."""
    for emitter in emitters:
        for consumer in consumers(emitter):
            events = list(_events(Store(emitter), consumer))
            if events:
                yield Parked(emitter, consumer, len(events), made_at(events[0]))


def _events(store: Store, consumer: str) -> Iterator[str]:
    after = None
    while rows := query(store.row, f"PARKED#{consumer}", after=after, limit=PAGE):
        yield from (row.sk for row in rows)
        after = rows[-1].sk


def send(emitters: Iterable[str], consumer: str | None) -> tuple[int, int]:
    """Send what is parked, to all or to one; returns how many were sent, and how many no queue took."""
    sent, left = 0, 0
    for emitter in emitters:
        for one in consumers(emitter):
            if consumer in (None, one):
                while taken := outbox.send_parked(Store(emitter), one)[0]:
                    sent += taken
                left += len(list(_events(Store(emitter), one)))
    return sent, left
