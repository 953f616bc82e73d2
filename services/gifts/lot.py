"""A draw by lot that anybody can check afterwards (G6). Pure.

Before anybody can enter, the SHA-256 of a secret seed is published. When entries have closed, the seed is; with it and
the published entries everybody gets to the same winners, and nobody could have chosen them::

    committed ── entries ──▶ closed, at draw_at or when full ── drawn: seed and winners published
                                                              └─ void: it came to no draw before the deadline
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.gifts.refusals import EntriesClosed, NotInvited

ALGORITHM = "The winners are the entries with the smallest SHA-256 of seed + entry id, both as ASCII text."
LotState = Literal["open", "closed", "drawn", "void"]


@dataclass(frozen=True)
class Lot:
    """One draw. ``seed`` is hexadecimal, and secret until it is drawn; ``entries`` counts who has entered."""

    seed: str
    draw_at: datetime
    full_at: int
    may_enter: tuple[str, ...] = ()
    entries: int = 0
    ended_at: datetime | None = None
    winners: tuple[str, ...] = ()

    @property
    def commitment(self) -> str:
        return commitment_to(self.seed)

    def state(self, now: datetime) -> LotState:
        if self.ended_at:
            return "drawn" if self.winners or not self.entries else "void"
        return "closed" if self.is_due(now) else "open"

    def is_due(self, now: datetime) -> bool:
        """Whether entries have closed, on the second or when it is full, and nothing is drawn yet."""
        return self.ended_at is None and (now >= self.draw_at or self.entries >= self.full_at)

    def admit(self, person: str, now: datetime) -> None:
        """Raises NotInvited, EntriesClosed."""
        if self.may_enter and not {person, person.rpartition(":")[2]} & set(self.may_enter):
            raise NotInvited()
        if self.ended_at or self.is_due(now):
            raise EntriesClosed()

    def draw(self, entries: Collection[str] | Mapping[str, str], winners: int, now: datetime) -> "Lot":
        """With its winners; all who entered, where they are no more than can win."""
        return replace(self, entries=len(entries), ended_at=now, winners=winners_among(entries, self.seed, winners))

    def void(self, now: datetime) -> "Lot":
        """Over without a draw."""
        return replace(self, ended_at=now)


def commitment_to(seed: str) -> str:
    """What is published before entries close."""
    return hashlib.sha256(seed.encode()).hexdigest()


def winners_among(entries: Collection[str], seed: str, winners: int) -> tuple[str, ...]:
    """The winning entries, first to last."""
    return tuple(sorted(entries, key=lambda one: hashlib.sha256((seed + one).encode()).digest())[:winners])
