"""One stack for all tests of a worker that neither end it nor start another, and a shop that they may share.

It ends with the last of them, so that the tests after these have the machine to themselves.

Its clock only ever goes forward, so a test may leave it where it is.
"""

from collections.abc import Iterator

import pytest

from tests.e2e.market import Market, Shop
from tests.e2e.xiaodian import Running, running


@pytest.fixture(scope="package")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack without the demo shop."""
    with running(tmp_path_factory.mktemp("shared") / "data", "--no-demo") as started:
        yield started


@pytest.fixture(scope="package")
def market(shared_stack: Running) -> Iterator[Market]:
    """What people do on it."""
    found = Market(shared_stack)
    yield found
    found.api.close()


@pytest.fixture(scope="package")
def shop(market: Market) -> Shop:
    """A shop that may sell. Tests keep apart by their goods and people."""
    return market.open("共用的小店")
