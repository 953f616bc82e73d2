"""All four services in an empty world, WeChat's sandbox beside orders, and a clock that stands until it is moved."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import boto3
import pytest

from infra.faults import FaultsProxy
from infra.local.provision import create_tables
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources, physical
from tests.faults.gifts.four import SERVICES
from tests.faults.gifts.walk import Ground
from tests.integration.catalog.merchant import STAFF_TOKEN_KEY
from tests.integration.gifts.conftest import _settings
from tests.integration.gifts.scene import Hands
from tests.integration.orders.conftest import mode, open_till, till
from tests.integration.orders.till import Till

__all__ = ["_settings", "mode", "open_till", "till"]


@pytest.fixture
def hands() -> Iterator[Hands]:
    """The clock of all; put right again after the test."""
    hands = Hands(datetime.now(UTC))
    clock.use(hands)
    yield hands
    clock.use(lambda: datetime.now(UTC))


@pytest.fixture
def ground(
    tables: Callable[[str | Resources], Resources],
    till: Till,
    hands: Hands,
    proxy: FaultsProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> Ground:
    """Letters of WeChat are kept. Each walk begins in an empty world: schedules look after all shops that there are."""
    monkeypatch.setenv("XIAODIAN_STAFF_TOKEN_KEY", STAFF_TOKEN_KEY)
    engine = boto3.client("dynamodb")

    def begin_anew() -> None:
        proxy.clear()
        hands.at = datetime.now(UTC)
        till.letterbox.empty(keep=True)
        for module in SERVICES:
            resources = tables(module.app.service)
            for table in resources.tables:
                engine.delete_table(TableName=physical(table.name))
            create_tables(engine, resources)

    return Ground(till, hands, proxy, begin_anew)
