"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cli.durations import duration, shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("25h", 90_000),
        ("+25h", 90_000),
        ("-1h", -3_600),
        ("1h30m", 5_400),
        ("2D", 172_800),
        ("90s", 90),
        (" 5m ", 300),
        ("0s", 0),
    ],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    """Days, hours, minutes, seconds, together or alone, forwards or backwards."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "25", "h", "1.5h", "1h-30m", "--1h", "1w", "tomorrow", "99999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The message quotes it, so that one sees what was understood."""
    with pytest.raises(ValueError, match=r"is (not a duration|longer)"):
        duration(text)


@given(st.integers(-36_500 * 86_400, 36_500 * 86_400).map(lambda seconds: timedelta(seconds=seconds)))
def test_shown_durations_are_read_back(length: timedelta) -> None:
    """What is shown can be typed."""
    assert duration(shown(length)) == length
