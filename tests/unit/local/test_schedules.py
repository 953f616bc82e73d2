"""When a schedule is due, on a clock that can be moved."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.functions import Function
from infra.local.schedules import Timetable, invoke_scheduled

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clocks:
    """The machine's clock, and the stack's beside it."""

    def __init__(self) -> None:
        self.now, self.offset = START, timedelta()

    def system(self) -> datetime:
        return self.now

    def stack(self) -> datetime:
        return self.now + self.offset

    def table(self, expression: str) -> Timetable:
        return Timetable(expression, self.stack, self.system)


def test_a_rate_runs_at_start_and_then_at_its_rate() -> None:
    """A stack that was off has missed runs, so the first one does not wait."""
    clocks = Clocks()
    table = clocks.table("rate(5 minutes)")

    assert table.due() == START
    assert table.due() is None
    clocks.now += timedelta(minutes=4, seconds=59)
    assert table.due() is None
    clocks.now += timedelta(seconds=1)
    assert table.due() == START + timedelta(minutes=5)


def test_a_moved_clock_makes_every_rate_due_at_once() -> None:
    """Forward or back: whoever moves the clock sees the effect now."""
    clocks = Clocks()
    table = clocks.table("rate(1 hour)")
    table.due()

    clocks.offset = timedelta(minutes=2)
    assert table.due() == START + timedelta(minutes=2)
    assert table.due() is None
    clocks.offset = timedelta()
    assert table.due() == START
    assert table.due() is None


def test_a_cron_waits_for_its_minute() -> None:
    """A cron does not run at start."""
    clocks = Clocks()
    table = clocks.table("cron(0 13 * * ? *)")

    assert table.due() is None
    clocks.now += timedelta(hours=1)
    assert table.due() == START + timedelta(hours=1)
    assert table.due() is None


def test_a_cron_that_was_jumped_over_runs_once() -> None:
    """Three days forward are one run, not three."""
    clocks = Clocks()
    table = clocks.table("cron(0 13 * * ? *)")

    clocks.offset = timedelta(days=3)

    assert table.due() == START + timedelta(days=3)
    assert table.due() is None


def test_a_cron_follows_a_clock_that_goes_back() -> None:
    """After a reset it runs at the next hour of the restored time, not of the time that was left."""
    clocks = Clocks()
    clocks.offset = timedelta(days=30)
    table = clocks.table("cron(0 13 * * ? *)")

    clocks.offset = timedelta()
    assert table.due() is None
    clocks.now += timedelta(hours=1)
    assert table.due() == START + timedelta(hours=1)


def test_a_clock_that_only_drifts_is_no_jump() -> None:
    """A second of difference between two readings runs nothing early."""
    clocks = Clocks()
    table = clocks.table("rate(1 hour)")
    table.due()

    clocks.offset = timedelta(milliseconds=900)

    assert table.due() is None


def test_the_function_gets_a_scheduled_event() -> None:
    """The event is EventBridge's, with the stack's time."""
    seen: list[dict[str, Any]] = []

    invoke_scheduled(
        "orders", Function("tend", lambda event, _: seen.append(event)), "rule-of-tend", START, threading.Event()
    )

    assert [event["time"] for event in seen] == ["2026-11-22T12:00:00Z"]
    assert seen[0]["detail-type"] == "Scheduled Event"
    assert seen[0]["source"] == "aws.events"
    assert seen[0]["resources"][0].endswith("rule/rule-of-tend")


def test_a_failing_function_is_tried_three_times(monkeypatch: Any) -> None:
    """Two retries, as AWS grants an asynchronous invocation; then the schedule simply goes on."""
    monkeypatch.setattr("infra.local.schedules.RETRIES_S", (0.0, 0.0))
    calls: list[str] = []

    def broken(event: dict[str, Any], context: Any) -> None:
        calls.append(context.aws_request_id)
        raise RuntimeError("not today")

    invoke_scheduled("orders", Function("tend", broken), "rule", START, threading.Event())

    assert len(calls) == 3
    assert len(set(calls)) == 3
