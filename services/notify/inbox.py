"""An inbox: a person's or a shop's messages, and how its unread ones are counted (N1).

Unread messages are counted by **period** of 60 days and by **bucket**, so that a busy shop has no single hot counter.
All messages of a period expire together with its counters, 180 days after it ended: what retention deletes can never
stay in the count. A counter's **era** ends when everything in it is declared read: a message is unread while it was not
read itself and its era goes on, so that to read all costs one write a counter.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

Category = Literal["trade", "after-sale", "gift", "stock", "system", "growth"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

PERIOD = timedelta(days=60)
KEPT = timedelta(days=180)
BUCKETS = {"PERSON": 1, "SHOP": 4}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Inbox:
    """Whose messages these are."""

    kind: Literal["PERSON", "SHOP"]
    owner: str

    @property
    def key(self) -> str:
        return f"{self.kind}#{self.owner}"

    def place(self, event_id: str, at: datetime) -> "Place":
        """Where the message of this event belongs: the same for ever, so that a fact is told once per recipient.

        The id is a ULID of the event's time and a hash of event and recipient: it sorts by what happened when, however
        late it is heard.
        """
        digest = hashlib.sha256(f"{event_id}\0{self.key}".encode()).digest()
        number = ((at - _EPOCH) // timedelta(milliseconds=1) << 80) | int.from_bytes(digest[:10])
        ulid = "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))
        return Place(f"msg_{ulid}", (at - _EPOCH) // PERIOD, digest[-1] % BUCKETS[self.kind])


@dataclass(frozen=True)
class Place:
    """A message's id, and the period and bucket in which it is counted."""

    message_id: str
    period: int
    bucket: int

    @property
    def counter(self) -> str:
        return f"{self.period:05}#{self.bucket}"

    @property
    def expires_at(self) -> datetime:
        return _EPOCH + (self.period + 1) * PERIOD + KEPT


def of_person(person: str) -> Inbox:
    """A person's own inbox."""
    return Inbox("PERSON", person)


def of_shop(shop_id: str) -> Inbox:
    """The inbox that a shop's staff share."""
    return Inbox("SHOP", shop_id)
