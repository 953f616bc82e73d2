"""Catalog's tables, and merchants with shops that may sell."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.catalog import app as catalog
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import STAFF_TOKEN_KEY, Merchant, open_merchant
from tests.integration.wire import discard


@pytest.fixture(autouse=True)
def _catalog(tables: Callable[[str | Resources], Resources], monkeypatch: pytest.MonkeyPatch) -> None:
    tables("catalog")
    monkeypatch.setenv("XIAODIAN_PUBLIC_URL", "https://shops.test")
    monkeypatch.setenv("XIAODIAN_STAFF_TOKEN_KEY", STAFF_TOKEN_KEY)
    discard(catalog)


class Hands:
    """The hands of a clock: real time and what a test moved it by."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def move(self, **by: float) -> None:
        """Forward by days, hours, minutes …"""
        self.moved += timedelta(**by)


@pytest.fixture
def hands() -> Iterator[Hands]:
    """The clock that decides; it is put right again after the test."""
    moved = Hands()
    clock.use(moved)
    yield moved
    clock.use(lambda: datetime.now(UTC))


@pytest.fixture
def merchant() -> Merchant:
    """The owner of a fresh shop that may sell."""
    return open_merchant()


@pytest.fixture
def new_merchant() -> Callable[[], Merchant]:
    """More of them."""
    return open_merchant
