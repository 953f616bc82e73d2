"""Dead letters that an operator has given up, and why: kept with the consumer's own records."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from services.shared.plumbing.inbox import dead_letter_body
from services.shared.plumbing.instants import instant_of, instant_text
from services.shared.plumbing.tables import Store, query

PK = "DISCARDED"
PAGE = 100


class Discarded(NamedTuple):
    """A letter that has no effect any more. ``event`` is its envelope without the data; empty when it was no event."""

    letter_id: str
    at: datetime
    reason: str
    event: dict[str, Any]


def letter_id(body: str) -> str:
    """How an operator names a letter: by its event's id, or where it is no event, by a digest of what it is."""
    return str(_event(body).get("id") or hashlib.sha256(body.encode()).hexdigest()[:12])


def note(service: str, body: str, reason: str, now: datetime) -> None:
    """Write down that this letter to the service is given up; before it is deleted."""
    store, name = Store(service), letter_id(body)
    said = {"letter_id": name, "reason": reason, "event": _event(body)}
    store.row(PK, f"{instant_text(now)}#{name}", data=said).save()


def discarded(service: str) -> Iterator[Discarded]:
    """What was given up of the service's letters, oldest first."""
    store, after = Store(service), None
    while rows := query(store.row, PK, after=after, limit=PAGE):
        for row in rows:
            said: Any = row.data
            yield Discarded(said["letter_id"], instant_of(row.sk.partition("#")[0]), said["reason"], said["event"])
        after = rows[-1].sk


def _event(body: str) -> dict[str, Any]:
    try:
        return dead_letter_body(body)
    except (ValueError, AttributeError):
        return {}
