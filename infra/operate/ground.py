"""What an operator works on, wherever it is."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

SERVICES = ("catalog", "orders", "gifts", "notify")
# Every queue, by who reads it (it is called ``{reader}-events``), and the service that owns it.
QUEUES = {service: service for service in SERVICES} | {"webhooks": "notify", "wechat": "notify"}


@dataclass(frozen=True)
class Letter:
    """A dead letter. ``since`` is when it died, or where that is not known, when it was first sent."""

    queue: str
    body: str
    since: datetime


class UnknownShop(LookupError):
    """There is no such shop; the message names it."""


@dataclass(frozen=True)
class GivenUp:
    """Outbox rows, as their table's stream had them, that their publisher failed on until the stream let them go."""

    service: str
    images: list[dict[str, Any]]
    forget: Callable[[], None]


class Ground(Protocol):
    """One machine, or one stage. Queues are named by who reads them, as ``QUEUES`` has them."""

    def now(self) -> datetime:
        """The time that events are judged by."""

    def services(self) -> Iterable[str]:
        """The services that are there."""

    def letters(self, reader: str) -> Iterable[Letter]:
        """A queue's dead letters, or the first thousand of them; they stay where they are."""

    def redrive(self, reader: str) -> int:
        """Send a queue's dead letters to it again; returns how many."""

    def discard(self, reader: str, bodies: Collection[str]) -> int:
        """Delete a queue's dead letters with these bodies for good; returns how many."""

    def given_up(self) -> Iterator[GivenUp]:
        """What could not be published, oldest first."""
