"""EventBridge's schedule expressions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.cron import Cron, Rate, parse


def at(text: str) -> datetime:
    """The instant, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def following(expression: str, after: str, count: int = 1) -> list[str]:
    """The next runs of a cron expression, as text."""
    cron = parse(expression)
    assert isinstance(cron, Cron)
    runs, moment = [], at(after)
    for _ in range(count):
        found = cron.next_after(moment)
        assert found is not None
        runs.append(f"{found:%Y-%m-%d %H:%M}")
        moment = found
    return runs


@pytest.mark.parametrize(
    ("expression", "every"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(7 days)", timedelta(days=7)),
    ],
)
def test_a_rate_is_read(expression: str, every: timedelta) -> None:
    """A rate is a number and a unit, singular for one."""
    assert parse(expression) == Rate(every)


@pytest.mark.parametrize(
    ("expression", "after", "runs"),
    [
        ("cron(0 2 * * ? *)", "2026-02-27 02:00", ["2026-02-28 02:00", "2026-03-01 02:00"]),
        ("cron(15 10 ? * MON-FRI *)", "2026-11-20 10:15", ["2026-11-23 10:15", "2026-11-24 10:15"]),
        ("cron(0/20 9-10 * * ? *)", "2026-01-01 09:20", ["2026-01-01 09:40", "2026-01-01 10:00"]),
        ("cron(*/30 0 1,15 * ? *)", "2026-01-02 00:00", ["2026-01-15 00:00", "2026-01-15 00:30"]),
        ("cron(0 8 L * ? *)", "2028-02-01 00:00", ["2028-02-29 08:00", "2028-03-31 08:00"]),
        ("cron(0 8 15W * ? *)", "2026-08-01 00:00", ["2026-08-14 08:00", "2026-09-15 08:00"]),
        ("cron(0 8 1W * ? *)", "2026-08-01 00:00", ["2026-08-03 08:00", "2026-09-01 08:00"]),
        ("cron(0 8 31W * ? *)", "2026-05-01 00:00", ["2026-05-29 08:00", "2026-07-31 08:00"]),
        ("cron(0 8 ? * 3#2 *)", "2026-11-01 00:00", ["2026-11-10 08:00", "2026-12-08 08:00"]),
        ("cron(0 8 ? * 6L *)", "2026-11-01 00:00", ["2026-11-27 08:00", "2026-12-25 08:00"]),
        ("cron(0 8 ? * L *)", "2026-11-22 00:00", ["2026-11-28 08:00"]),
        ("cron(0 0 29 FEB ? *)", "2026-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("cron(59 23 31 12 ? 2030)", "2026-01-01 00:00", ["2030-12-31 23:59"]),
    ],
)
def test_a_cron_runs_when_aws_says(expression: str, after: str, runs: list[str]) -> None:
    """Each wildcard means what EventBridge's documentation says."""
    assert following(expression, after, len(runs)) == runs


def test_a_cron_of_the_past_never_runs() -> None:
    """A year that is over is no error, it just does not come again."""
    cron = parse("cron(0 0 1 1 ? 2020)")

    assert isinstance(cron, Cron)
    assert cron.next_after(at("2026-01-01 00:00")) is None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "cron(0 2 * * *)",
        "cron(0 2 * * * *)",
        "cron(0 2 ? * ? *)",
        "cron(60 2 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 2 32 * ? *)",
        "cron(0 2 * 13 ? *)",
        "cron(0 2 ? * 8 *)",
        "cron(0/0 2 * * ? *)",
        "cron(5-1 2 * * ? *)",
        "cron(0 2 ? * MONDAY *)",
        "every five minutes",
    ],
)
def test_what_aws_refuses_is_refused(expression: str) -> None:
    """A schedule that would not deploy does not run here either; the message names it."""
    with pytest.raises(ValueError, match="is not a schedule") as refused:
        parse(expression)

    assert expression in str(refused.value)


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    seconds=st.integers(0, 80 * 365 * 86_400),
)
def test_the_next_run_is_the_nearest_later_minute(minute: int, hour: int, seconds: int) -> None:
    """A daily cron runs within a day, at its minute, and never at the instant it is asked from."""
    cron = parse(f"cron({minute} {hour} * * ? *)")
    assert isinstance(cron, Cron)
    after = at("2020-01-01") + timedelta(seconds=seconds)

    found = cron.next_after(after)

    assert found is not None
    assert timedelta() < found - after <= timedelta(days=1)
    assert (found.minute, found.hour, found.second) == (minute, hour, 0)
