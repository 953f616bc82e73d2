"""A delivery: one event for one endpoint, and every attempt to bring it (N3). Pure.

pending ─ answered success ─▶ delivered ─┐
   │ └─── ten times in vain ─▶ dead ─────┤
   ▲                                     │
   └──────────── redeliver ◀─────────────┘
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.notify.webhooks.endpoint import WhichKeys

Status = Literal["pending", "delivered", "dead"]
Trouble = Literal["", "address", "connection", "tls", "timeout", "too_large", "redirect", "status", "answer", "keys"]

# After each failed try; ten tries in all, over 3.6 hours.
WAITS = tuple(timedelta(seconds=s) for s in (0, 0, 10, 60, 300, 1800, 3600, 3600, 3600))
KEPT = timedelta(days=30)
ATTEMPTS_KEPT = 30  # of one that is redelivered again and again, the newest


@dataclass(frozen=True)
class Attempt:
    """One push. ``answer``: the beginning of the body that came back, sealed; empty when there was none."""

    at: datetime
    trouble: Trouble
    latency_ms: int
    status: int | None
    answer: str
    keys: WhichKeys

    @property
    def went_well(self) -> bool:
        return not self.trouble


@dataclass(frozen=True)
class Delivery:
    """An event on its way. ``content``: what is told of it, as sealed JSON. ``tries``: since ``due_since``."""

    delivery_id: str
    webhook_id: str
    shop_id: str
    event: str
    event_id: str
    occurred_at: datetime
    content: str
    created_at: datetime
    due_since: datetime
    next_at: datetime | None
    expires_at: datetime
    version: int = 1
    status: Status = "pending"
    tries: int = 0
    ended_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()

    def tried(self, attempt: Attempt) -> "Delivery":
        """After this attempt: brought, to be tried again, or given up."""
        after = replace(
            self,
            version=self.version + 1,
            tries=self.tries + 1,
            attempts=(*self.attempts, attempt)[-ATTEMPTS_KEPT:],
            next_at=None,
        )
        if self.status != "pending" and not attempt.went_well:
            return replace(after, status=self.status, next_at=self.next_at)
        if attempt.went_well:
            return replace(after, status="delivered", ended_at=attempt.at)
        if after.tries > len(WAITS):
            return replace(after, status="dead", ended_at=attempt.at)
        return replace(after, next_at=attempt.at + WAITS[after.tries - 1])

    def tried_once(self, attempt: Attempt) -> "Delivery":
        """A new one that is tried once and no more."""
        status: Status = "delivered" if attempt.went_well else "dead"
        ended = replace(self, version=self.version + 1, status=status, ended_at=attempt.at)
        return replace(ended, tries=1, attempts=(attempt,), next_at=None)

    def redeliver(self, now: datetime) -> "Delivery":
        """Due now, with all its tries before it. What is kept is kept no longer than before."""
        return replace(
            self,
            version=self.version + 1,
            status="pending",
            tries=0,
            due_since=now,
            next_at=now,
            ended_at=None,
        )
