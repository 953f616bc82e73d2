"""How fast somebody may ask (X2)."""

from types import SimpleNamespace

import pytest

from services.shared.plumbing import pace
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.pace import Pace
from services.shared.plumbing.problems import TooManyRequests
from tests.integration.http import Client, Reply, token_for
from tests.integration.plumbing import probe

TRIES = 9  # of which three get through


@pytest.fixture(autouse=True)
def _nobody_asked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests have asked for does not count here, and no minute begins in the middle of one."""
    monkeypatch.setattr(pace, "_pace", Pace())
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 90.0))


def _slowed(reply: Reply) -> bool:
    return (reply.status, reply.slug, reply.headers.get("retry-after")) == (429, "too-many-requests", "31")


def test_a_person_who_asks_too_often_has_to_wait(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with the time to wait, and nothing is done; another person, and who has no token, are not slowed down."""
    monkeypatch.setenv("XIAODIAN_PERSON_PACE", "3")
    shelf = f"/v1/shelves/{probe.shelf(name, 100)}"
    anna, bo = (Client(probe.app, token_for(f"person:{new_id('p')}")) for _ in range(2))

    replies = [anna.post(f"{shelf}/parcels", {"label": "a"}) for _ in range(TRIES)]

    assert [one.status for one in replies[:3]] == [201] * 3
    assert all(_slowed(one) for one in replies[3:])
    assert len(probe.parcels(name)) == 3
    assert bo.post(f"{shelf}/parcels", {"label": "b"}).status == 201
    assert Client(probe.app).get(shelf).status == 200


@pytest.mark.parametrize("token", [None, "not-a-token"])
def test_an_address_has_a_pace_where_nobody_is_known(
    name: str, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a token, and with a bad one; who is known goes on from the same address."""
    monkeypatch.setenv("XIAODIAN_ADDRESS_PACE", "3")
    shelf = f"/v1/shelves/{probe.shelf(name, 7)}"

    replies = [Client(probe.app, token).get(shelf) for _ in range(TRIES)]

    assert [one.status for one in replies[:3]] == [200 if token is None else 401] * 3
    assert all(_slowed(one) for one in replies[3:])
    assert Client(probe.app, token_for(f"person:{new_id('p')}")).get(shelf).status == 200


def test_a_new_minute_begins_anew_and_memory_is_bounded() -> None:
    """Of ten thousand addresses the last are kept."""
    pace = Pace(most=100)
    for second in (0.0, 59.9):
        pace.admit("a", 2, second)
    with pytest.raises(TooManyRequests) as slow:
        pace.admit("a", 2, 59.95)
    pace.admit("a", 2, 60.0)

    assert slow.value.headers() == {"Retry-After": "1"}
    for number in range(10_000):
        pace.admit(f"address {number}", 2, 61.0)
    assert len(pace) == 100
