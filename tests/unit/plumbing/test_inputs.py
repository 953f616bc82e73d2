"""What comes in, before anybody works with it."""

import sys
from datetime import date

import pytest

from services.shared.plumbing.idempotency import Key
from services.shared.plumbing.inputs import Body, Day, Instant, key_of, queried
from services.shared.plumbing.instants import instant_text
from services.shared.plumbing.problems import Invalid


class When(Body):
    at: Instant


class On(Body):
    day: Day


@pytest.mark.parametrize(
    "at",
    [
        "9999-12-31T23:59:59-23:00",
        "0001-01-01T00:00:00+23:00",
        "0999-12-31T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
    ],
)
def test_an_instant_that_no_calendar_has_elsewhere_is_refused(at: str) -> None:
    """In UTC it would lie before year 1 or after year 9999, or be no text in the order of time."""
    with pytest.raises(Invalid) as refused:
        queried(When, {"at": at})

    assert [one["at"] for one in refused.value.fields["errors"]] == ["at"]


@pytest.mark.parametrize(
    ("at", "stored"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("2999-12-31T23:59:59+00:00", "2999-12-31T23:59:59.000000Z"),
        ("2026-03-08T12:30:00+08:00", "2026-03-08T04:30:00.000000Z"),
    ],
)
def test_an_instant_is_one_in_every_zone(at: str, stored: str) -> None:
    """The bounds are in UTC."""
    when = queried(When, {"at": at})

    assert isinstance(when, When)
    assert instant_text(when.at) == stored


@pytest.mark.parametrize(
    ("day", "fits"), [("1969-12-31", False), ("1970-01-01", True), ("2999-12-31", True), ("3000-01-01", False)]
)
def test_a_day_has_days_before_and_after_it(day: str, fits: bool) -> None:
    """9999-12-31, as some write for ever, has none after it."""
    if fits:
        assert queried(On, {"day": day}) == On(day=date.fromisoformat(day))
    else:
        with pytest.raises(Invalid, match="before 3000"):
            queried(On, {"day": day})


def test_a_body_has_one_fingerprint_however_deep_it_is_asked_for() -> None:
    """Brackets that could just be read where the request comes in are still told apart deep in a verb."""
    keys = [_key(b"[" * depth + b"]" * depth) for depth in range(sys.getrecursionlimit() // 2, sys.getrecursionlimit())]
    above = [_key(b"{}").fingerprint] + [key.fingerprint for key in keys]

    def below(frames: int) -> list[str]:
        return below(frames - 1) if frames else [_key(b"{}").fingerprint] + [key.fingerprint for key in keys]

    assert below(30) == above
    assert len(set(above)) == len(above)


def _key(body: bytes) -> Key:
    return key_of("key", "person:anna", "POST /v1/x", {}, body)
