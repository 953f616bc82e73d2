"""Gifts in this process; the tests speak for catalog and orders."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.conftest import _secret
from tests.integration.gifts.scene import NOW, Hands, Scene


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAODIAN_GIFTS_TOKEN_KEY", _secret("gifts token"))
    # A POST does not wait for orders, but where a test is about that.
    monkeypatch.setenv("XIAODIAN_GIFTS_ANSWER_WAIT_S", "0")


@pytest.fixture
def hands() -> Iterator[Hands]:
    """The clock that decides deadlines, standing still until a test sets it; put right again after the test."""
    hands = Hands(NOW)
    clock.use(hands)
    yield hands
    clock.use(lambda: datetime.now(UTC))


@pytest.fixture
def scene(tables: Callable[[str | Resources], Resources], hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A shop with a product in three styles, of which two have the same price."""
    monkeypatch.setenv("XIAODIAN_PUBLIC_URL", "https://xiaodian.test")
    tables("gifts")
    return Scene(hands)
