"""Instants in keys and conditions: text order is time order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.plumbing.instants import instant_of, instant_text

INSTANTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001 - made aware
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(INSTANTS, INSTANTS)
def test_text_order_is_time_order(first: datetime, second: datetime) -> None:
    """To the microsecond, and the text leads back to the instant."""
    assert (instant_text(first) < instant_text(second)) == (first < second)
    assert instant_of(instant_text(first)) == first


@given(INSTANTS, st.integers(min_value=-23, max_value=23))
def test_the_zone_does_not_matter(instant: datetime, hours: int) -> None:
    """The same instant elsewhere is the same text."""
    assert instant_text(instant.astimezone(timezone(timedelta(hours=hours)))) == instant_text(instant)


def test_an_instant_without_a_zone_is_refused() -> None:
    """It would be read as this machine's local time."""
    with pytest.raises(ValueError, match="zone"):
        instant_text(datetime(2026, 3, 1))  # noqa: DTZ001 - the point of it
