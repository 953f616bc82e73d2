"""The probe's tables, and what its tests share."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.shared.plumbing import clock
from services.shared.plumbing.contention import ending_at
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Resources
from tests.conftest import _secret
from tests.integration.http import Client, token_for
from tests.integration.plumbing import probe

Later = Callable[[timedelta], None]

os.environ |= {
    "XIAODIAN_PROBE_SERVICE_KEY": _secret("probe service"),
    "XIAODIAN_TRANSPORT_KEY_PROBE": _secret("probe transport"),
}


@pytest.fixture(autouse=True)
def _probe(tables: Callable[[str | Resources], Resources]) -> None:
    tables(probe.resources)


@pytest.fixture
def anna() -> Client:
    """A signed-in person."""
    return Client(probe.app, token_for("person:anna"))


@pytest.fixture
def no_time() -> Iterator[None]:
    """The function is about to be cut off: every call is tried once."""
    with ending_at(0):
        yield


@pytest.fixture
def name() -> str:
    """A name that no other test uses, for a shelf, a shop or a person."""
    return new_id("t")


@pytest.fixture
def later() -> Iterator[Later]:
    """``later(timedelta(hours=1))`` sets the clock that decides deadlines to so much after the test's start."""
    start = clock.now()
    yield lambda by: clock.use(lambda: start + by)
    clock.use(lambda: datetime.now(UTC))
