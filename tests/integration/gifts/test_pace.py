"""How fast links may be tried (G2)."""

from types import SimpleNamespace

import pytest

from services.gifts import pace
from tests.integration.gifts.scene import Scene


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """None begins in the middle of a test."""
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 90.0))


def test_beyond_the_pace_of_a_minute_one_has_to_wait(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with the time to wait, whether the link is right or wrong; another link is not slowed down."""
    monkeypatch.setenv("XIAODIAN_GIFTS_LINK_PACE", "3")
    token, other = scene.token(scene.send()), scene.token(scene.send())

    replies = [scene.client(None).get(f"/v1/claims/{token}") for _ in range(9)]

    assert [one.status for one in replies[:3]] == [200] * 3
    slow = replies[-1]
    assert (slow.status, slow.slug) == (429, "too-many-requests")
    assert slow.headers["retry-after"] == "31"
    wrong = [scene.client(None).get(f"/v1/claims/{'X' * 26}-{'A' * 32}").status for _ in range(9)]
    assert (wrong[0], wrong[-1]) == (404, 429)
    assert scene.claim(other, scene.bo).status == 200


def test_an_address_has_a_pace_whatever_it_tries(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who guesses a new link each time is slowed down too."""
    monkeypatch.setenv("XIAODIAN_GIFTS_ADDRESS_PACE", "1")

    tried = [scene.client(None).get(f"/v1/claims/{number:026}-{'A' * 32}").status for number in range(9)]

    assert tried[-1] == 429
