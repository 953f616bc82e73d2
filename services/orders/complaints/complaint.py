"""A complaint: its states and its legal moves (O15). Pure.

    open ─ answer ─▶ answered ─ accept ─▶ resolved
     │                  └─ escalate ─▶ escalated ─ uphold, dismiss ─▶ upheld, dismissed
     └─ escalate (the shop is silent: time does it) ─▶ escalated
    open, answered, escalated ─ withdraw ─▶ withdrawn

Every state that waits for somebody has a deadline; ON_SILENCE says what time does then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.shared.plumbing.problems import IllegalTransition

Status = Literal["open", "answered", "escalated", "resolved", "upheld", "dismissed", "withdrawn"]
Move = Literal["answer", "accept", "escalate", "withdraw", "uphold", "dismiss"]
Party = Literal["buyer", "merchant", "platform", "system"]
Reason = Literal["not_as_promised", "late", "rude_service", "false_advertising", "counterfeit", "privacy", "other"]

MOST_SAID = 20  # by each side, so that neither takes the other's word
MOST_OF_AN_ORDER = 5  # whatever came of them: each holds the shop's money and counts in its rates
ENDED: frozenset[Status] = frozenset(("resolved", "upheld", "dismissed", "withdrawn"))
MOVES: Mapping[Move, tuple[frozenset[Status], Status]] = {
    "answer": (frozenset(("open",)), "answered"),
    "accept": (frozenset(("answered",)), "resolved"),
    "escalate": (frozenset(("open", "answered")), "escalated"),
    "withdraw": (frozenset(("open", "answered", "escalated")), "withdrawn"),
    "uphold": (frozenset(("escalated",)), "upheld"),
    "dismiss": (frozenset(("escalated",)), "dismissed"),
}
# Who is silent loses: the shop its say, the buyer the complaint, the platform's desk the case to the buyer.
ON_SILENCE: Mapping[Status, Move] = {"open": "escalate", "answered": "accept", "escalated": "uphold"}
WAITS: Mapping[Status, timedelta] = {
    "open": timedelta(hours=48),
    "answered": timedelta(days=3),
    "escalated": timedelta(days=7),
}


@dataclass(frozen=True)
class Said:
    """One statement: words sealed under the complainant's key, and files by their keys."""

    at: datetime
    party: Party
    who: str
    text_sealed: str | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One line of its history."""

    at: datetime
    move: Move | Literal["open"]
    to: Status
    party: Party
    why: str | None = None


@dataclass(frozen=True)
class Complaint:
    """A complaint as it is at one version."""

    complaint_id: str
    order_id: str
    shop_id: str
    buyer: str
    reason: Reason
    status: Status
    created_at: datetime
    updated_at: datetime
    deadline_at: datetime | None
    history: tuple[Step, ...]
    said: tuple[Said, ...] = ()
    score: int | None = None
    version: int = 1

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def is_overdue(self, now: datetime) -> bool:
        """Whether time has to act on it."""
        return self.deadline_at is not None and self.deadline_at <= now

    def as_of(self, now: datetime) -> "Complaint":
        """As time has made it, also where the sweep has yet to write it down; who comes next has all their time."""
        return self.move(ON_SILENCE[self.status], now, "system") if self.is_overdue(now) else self

    def move(self, move: Move, at: datetime, party: Party, why: str | None = None) -> "Complaint":
        """The same after this move. Raises IllegalTransition, saying what would be legal."""
        origins, to = MOVES[move]
        if self.status not in origins:
            legal = sorted(one for one, (states, _) in MOVES.items() if self.status in states)
            detail = f"A complaint that is {self.status} cannot {move}"
            raise IllegalTransition(detail, state=self.status, legal=legal)
        step = Step(at, move, to, party, why)
        deadline_at = at + WAITS[to] if to in WAITS else None
        return replace(self._with(at), status=to, deadline_at=deadline_at, history=(*self.history, step))

    def say(self, said: Said) -> "Complaint":
        """More about it, while it goes on. Raises IllegalTransition."""
        if self.ended:
            raise IllegalTransition("It is over", state=self.status, legal=[])
        return replace(self._with(said.at), said=(*self.said, said))

    def rate(self, at: datetime, score: int) -> "Complaint":
        """How content its buyer is with how it was dealt with, once, when it is over. Raises IllegalTransition."""
        if not self.ended or self.score is not None:
            raise IllegalTransition("It is rated once, when it is over", state=self.status, legal=[])
        return replace(self._with(at), score=score)

    def _with(self, at: datetime) -> "Complaint":
        return replace(self, updated_at=at, version=self.version + 1)
