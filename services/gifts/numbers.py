"""What becomes of a shop's gifts, counted by Beijing days, and whom they made its buyers (G10). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

Count = Literal["sent", "claimed", "declined", "expired", "won"]
COUNTS: tuple[Count, ...] = ("sent", "claimed", "declined", "expired", "won")

# A claim belongs to the first of these that it came within, in seconds from the payment; another style may take longer.
WAITS_S = (60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400)


def wait_class(waited_s: int) -> int:
    """Which of ``WAITS_S`` it came within; their number for what took longer than all."""
    return next((number for number, up_to in enumerate(WAITS_S) if waited_s <= up_to), len(WAITS_S))


def median_s(counts: Iterable[int]) -> int | None:
    """At most so many seconds half of the claims took, by the classes' upper ends; None without any claim."""
    classes = list(counts)
    half, seen = sum(classes) / 2, 0
    for number, count in enumerate(classes):
        seen += count
        if count and seen >= half:
            return WAITS_S[min(number, len(WAITS_S) - 1)]
    return None


@dataclass(frozen=True)
class Day:
    """One day's counts. ``waits``: claims by how long they took, one class more than ``WAITS_S``."""

    day: date
    sent: int = 0
    claimed: int = 0
    declined: int = 0
    expired: int = 0
    won: int = 0
    waits: tuple[int, ...] = (0,) * (len(WAITS_S) + 1)


@dataclass(frozen=True)
class Acquaintance:
    """How a person came to know a shop: when they first received a gift of its goods, and when they first bought."""

    received_at: datetime | None = None
    bought_at: datetime | None = None

    def receive(self, at: datetime) -> "Acquaintance":
        return replace(self, received_at=min(at, self.received_at or at))

    def buy(self, at: datetime) -> "Acquaintance":
        return replace(self, bought_at=min(at, self.bought_at or at))

    @property
    def is_won(self) -> bool:
        """Whether a gift made a buyer of somebody who had bought nothing there before."""
        return self.received_at is not None and self.bought_at is not None and self.received_at < self.bought_at
