"""Schedules: ``rate(…)`` and ``cron(…)`` as EventBridge runs them, by the clock of this machine's stack.

When that clock is moved, every rate runs at once and a cron whose minute was passed over runs once, so that
``xiaodian clock +25h`` shows its effect within a second. Last runs are not kept: at start every rate runs, since a
stack that was off has missed some.
"""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.cron import Cron, Rate, parse
from infra.local.functions import Function
from services.shared.plumbing.logs import log
from services.shared.plumbing.resources import ACCOUNT

TICK_S = 0.5
JUMP = timedelta(seconds=1)
RETRIES_S = (1.0, 2.0)  # AWS tries an asynchronous invocation three times, after 1 and 2 minutes


def _system() -> datetime:
    return datetime.now(UTC)


class Timetable:
    """When a schedule is due. ``clock`` is the stack's, ``system`` the machine's: their difference tells of a jump."""

    def __init__(
        self, expression: str, clock: Callable[[], datetime], system: Callable[[], datetime] = _system
    ) -> None:
        self._schedule = parse(expression)
        self._clock, self._system = clock, system
        self._offset = clock() - system()
        self._due = clock() if isinstance(self._schedule, Rate) else self._schedule.next_after(clock())

    def due(self) -> datetime | None:
        """The time now if the schedule is due, which then counts as done; else None."""
        now = self._clock()
        offset = now - self._system()
        if abs(offset - self._offset) > JUMP:
            self._offset = offset
            self._due = self._after_jump(now, self._schedule)
        if self._due is None or now < self._due:
            return None
        self._due = now + self._schedule.every if isinstance(self._schedule, Rate) else self._schedule.next_after(now)
        return now

    def _after_jump(self, now: datetime, schedule: Rate | Cron) -> datetime | None:
        if isinstance(schedule, Rate):
            return now
        following = schedule.next_after(now)  # earlier than what was planned when the clock went back
        return min((moment for moment in (self._due, following) if moment), default=None)


class Schedule:
    """A trigger that calls ``act`` with the time whenever its timetable says so."""

    def __init__(self, name: str, timetable: Timetable, act: Callable[[datetime], object]) -> None:
        self.name, self._timetable, self._act = name, timetable, act

    def step(self, stop: threading.Event) -> None:
        """Act if it is due; then wait a moment."""
        now = self._timetable.due()
        if now is not None:
            self._act(now)
        stop.wait(TICK_S)


def invoke_scheduled(service: str, function: Function, rule: str, now: datetime, stop: threading.Event) -> None:
    """Invoke with a Scheduled Event; after a failure again, as AWS does. The last failure is only logged."""
    event = scheduled_event(rule, now)
    for attempt, wait_s in enumerate((*RETRIES_S, None), 1):
        try:
            function(event)
            return
        except Exception as error:  # noqa: BLE001 - a schedule goes on whatever its function raised
            log(service, "schedule_failed", "error", error=error, function=function.name, attempt=attempt)
        if wait_s is None or stop.wait(wait_s):
            return


def scheduled_event(rule: str, now: datetime) -> dict[str, Any]:
    """What EventBridge sends for a schedule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "local",
        "resources": [f"arn:aws:events:local:{ACCOUNT}:rule/{rule}"],
        "detail": {},
    }
