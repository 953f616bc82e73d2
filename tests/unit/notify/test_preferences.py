"""Quiet hours and what may be switched off (N8)."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.inbox import CATEGORIES
from services.notify.preferences import Preferences, QuietHours
from services.notify.zones import zone_of

NIGHT = QuietHours(time(22), time(8))
NOON = QuietHours(time(12), time(13, 30))


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "speaks"),
    [
        ("Asia/Shanghai", None, "2026-03-08T20:00", "2026-03-08T20:00"),
        ("Asia/Shanghai", NIGHT, "2026-03-08T14:00", "2026-03-09T00:00"),
        ("Asia/Shanghai", NIGHT, "2026-03-08T13:59", "2026-03-08T13:59"),
        ("Asia/Shanghai", NIGHT, "2026-03-08T23:59", "2026-03-09T00:00"),
        ("Asia/Shanghai", NIGHT, "2026-03-09T00:00", "2026-03-09T00:00"),
        ("Asia/Shanghai", NOON, "2026-03-08T04:00", "2026-03-08T05:30"),
        ("Europe/Berlin", NIGHT, "2026-03-08T23:00", "2026-03-09T07:00"),
        # The clocks go forward at 01:00 UTC: 08:00 is an hour sooner.
        ("Europe/Berlin", NIGHT, "2026-03-28T23:00", "2026-03-29T06:00"),
        # And back: 02:30 comes twice, and the second one ends the quiet that its hour began with.
        ("Europe/Berlin", QuietHours(time(22), time(2, 30)), "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_what_falls_into_quiet_hours_waits_for_their_end(
    zone: str, quiet: QuietHours | None, now: str, speaks: str
) -> None:
    """By the reader's clock, over midnight and over a change of summer time."""
    preferences = Preferences(zone=zone, quiet_hours=quiet)

    assert preferences.speaks_at(_utc(now)) == _utc(speaks)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - their zone is UTC
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.times(),
    st.times(),
)
def test_nothing_is_held_longer_than_a_day_nor_let_out_early(
    now: datetime, zone: str, starts: time, ends: time
) -> None:
    """Whatever hours, zone and moment: it speaks when it is not quiet, within 25 hours."""
    quiet = QuietHours(starts.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0))
    if quiet.starts == quiet.ends:
        return
    preferences = Preferences(zone=zone, quiet_hours=quiet)

    at = preferences.speaks_at(now)

    assert now <= at <= now + timedelta(hours=25)
    if not quiet.hold(now.astimezone(zone_of(zone)).time()):
        assert at == now


def test_the_inbox_and_what_is_compulsory_cannot_be_switched_off() -> None:
    """Whatever a person has said."""
    silent = Preferences(off=frozenset((medium, one) for medium in ("inbox", "wechat") for one in CATEGORIES))

    for category in CATEGORIES:
        assert silent.wants("inbox", category, compulsory=False)
        assert silent.wants("wechat", category, compulsory=True)
        assert not silent.wants("wechat", category, compulsory=False)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
