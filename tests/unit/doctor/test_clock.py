"""A clock that is off is noticed before it is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.doctor.clock import compared

THEIRS = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off_s", "level"),
    [(0, None), (30, None), (-30, None), (31, "warning"), (-240, "warning"), (241, "error"), (-3_600, "error")],
)
def test_a_clock_is_judged_by_how_far_it_is_off(off_s: int, level: str | None) -> None:
    """Half a minute is nobody's fault; after four minutes requests will soon be refused."""
    found = list(compared(THEIRS, THEIRS + timedelta(seconds=off_s)))

    assert [one.level for one in found] == ([level] if level else [])


def test_it_says_in_which_direction() -> None:
    """Whoever sets it need not find out."""
    (ahead,) = compared(THEIRS, THEIRS + timedelta(minutes=10))
    (behind,) = compared(THEIRS, THEIRS - timedelta(minutes=10))

    assert ahead.what == "is 600 s ahead of AWS"
    assert behind.what == "is 600 s behind AWS"
