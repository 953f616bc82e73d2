"""Visit an endpoint's line: bring what is due, a few at once, and leave in time (N3).

One visitor at a time holds the line, by a lease, so an endpoint is never pushed to by more than AT_ONCE. There are two
paces. Hints are followed at the fast one, by the function ``push``, and only to endpoints that answer quickly: the
first push that takes long ends such a visit and makes the line slow. Slow lines are left to the sweep, where they wait
for each other and for nobody else.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.notify.tables import STORE
from services.notify.webhooks import tables
from services.notify.webhooks.delivery import Attempt, Delivery
from services.notify.webhooks.endpoint import Endpoint
from services.notify.webhooks.hear import LINGER
from services.notify.webhooks.push import push
from services.notify.webhooks.record_attempt import record_attempt
from services.notify.webhooks.tables import LineRow
from services.shared.plumbing.clock import Clock
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Transaction, retrying

AT_ONCE = 4  # pushes to one endpoint
LISTED = 40
SLOW_MS = 1_000


@dataclass(frozen=True)
class Pace:
    """``seconds``: after so many nothing new is begun. ``fast``: slow endpoints are left alone."""

    seconds: float
    fast: bool


FAST = Pace(10, fast=True)
PATIENT = Pace(15, fast=False)


@dataclass(frozen=True)
class Brought:
    """A delivery after the attempts of this visit."""

    delivery: Delivery | None
    attempts: Sequence[Attempt]


@dataclass(frozen=True)
class Visited:
    """``next_at``: when something of the line is due again, None for nothing; ``slow``: the line is the sweep's."""

    tried: int
    next_at: datetime | None
    slow: bool


def visit_line(shop_id: str, webhook_id: str, pace: Pace, *, clock: Clock, new_id: NewId) -> Visited | None:
    """One visit; None when somebody else is there, who then looks again before leaving, or when the line is gone."""
    line = tables.take_line(shop_id, webhook_id, new_id("lse"), clock())
    if line is None and pace.fast and tables.knock(shop_id, webhook_id, clock()):
        line = tables.take_line(shop_id, webhook_id, new_id("lse"), clock())
    if line is None:
        return None
    ends, tried = time.monotonic() + pace.seconds, 0
    while True:
        endpoint = tables.find_endpoint(shop_id, webhook_id)
        if endpoint is None or endpoint.status == "paused":
            over, next_at, due_at, dozing = False, None, None, False
        else:
            tried += _round(line, endpoint, pace, ends, clock, new_id)
            over = time.monotonic() >= ends or bool(line.slow and pace.fast)
            next_at = tables.list_next_due(webhook_id)
            due_at, dozing = _next_visit(line, next_at, clock(), busy=bool(tried), over=over)
        if tables.leave_line(line, due_at, dozing=dozing, heard=not over):
            return Visited(tried, next_at, slow=bool(line.slow))
        fresh = tables.look_again(line)
        if fresh is None:
            return Visited(tried, next_at, slow=bool(line.slow))
        fresh.slow, fresh.failing_since, line = line.slow, line.failing_since, fresh


def _round(line: LineRow, endpoint: Endpoint, pace: Pace, ends: float, clock: Clock, new_id: NewId) -> int:
    """Bring what is due, until nothing is, or the time is over; returns how many deliveries were tried."""
    tried = 0
    while time.monotonic() < ends and not (pace.fast and line.slow):
        listed = tables.list_due_deliveries(line.webhook_id, clock(), LISTED)
        due = [one for one in tables.deliveries(line.webhook_id, listed) if one and _is_due(one, clock())]
        if not due:
            break
        bring = partial(_bring, endpoint, pace, line.failing_since, clock, new_id)
        brought = _side_by_side(bring, due[:AT_ONCE])
        tried += len(brought)
        _learn(line, [attempt for one in brought for attempt in one.attempts])
        if any(one.delivery and one.delivery.status == "dead" for one in brought):
            break  # it may be paused by now
    return tried


def _bring(
    endpoint: Endpoint, pace: Pace, failing_since: datetime | None, clock: Clock, new_id: NewId, delivery: Delivery
) -> Brought:
    """Push it, and again at once where that is due, unless it took long and others wait."""
    attempts: list[Attempt] = []
    current: Delivery | None = delivery
    while current and _is_due(current, clock()):
        attempt = push(endpoint, current, now=clock(), new_id=new_id)
        attempts.append(attempt)
        stored = partial(_stored, current, attempt, failing_since, clock, new_id)
        current = retrying(stored)
        if pace.fast and attempt.latency_ms > SLOW_MS:
            break
    return Brought(current, attempts)


def _stored(
    delivery: Delivery, attempt: Attempt, failing_since: datetime | None, clock: Clock, new_id: NewId
) -> Delivery | None:
    return record_attempt(delivery, attempt, failing_since, begin=lambda: Transaction(STORE, clock(), new_id))


def _side_by_side(bring: Callable[[Delivery], Brought], due: Sequence[Delivery]) -> list[Brought]:
    if len(due) == 1:
        return [bring(due[0])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one.result() for one in [pool.submit(copy_context().run, bring, delivery) for delivery in due]]


def _is_due(delivery: Delivery, now: datetime) -> bool:
    return delivery.status == "pending" and delivery.next_at is not None and delivery.next_at <= now


def _learn(line: LineRow, attempts: Sequence[Attempt]) -> None:
    """What the line is known for from now on: whether it is slow, and since when it takes nothing."""
    for attempt in sorted(attempts, key=lambda one: one.at):
        line.slow = int(attempt.latency_ms > SLOW_MS)
        line.failing_since = None if attempt.went_well else (line.failing_since or attempt.at)


def _next_visit(
    line: LineRow, next_at: datetime | None, now: datetime, *, busy: bool, over: bool
) -> tuple[datetime | None, bool]:
    """When to come again, and whether the line dozes until then (see hear.soon_visited)."""
    if over:
        return now, False
    asleep = line.due_at is None
    if not busy and (line.dozing or asleep):
        return next_at, False
    soon = now + LINGER
    return min(next_at or soon, soon), not busy
