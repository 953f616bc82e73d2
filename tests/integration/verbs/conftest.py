"""The stage of each service: what sets a fresh scene of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.cost import units
from infra.local import tokens as issuer
from infra.local.wechat_api import WeChatApiSandbox
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import STAFF_TOKEN_KEY
from tests.integration.catalog.platform import without_rules
from tests.integration.catalog.scenarios import Scene as CatalogScene
from tests.integration.gifts import scene as gifts
from tests.integration.gifts.conftest import _settings as gifts_settings
from tests.integration.notify import scenarios as notify_scenarios
from tests.integration.orders.conftest import Hands, hands, letterbox, mode, open_till, till
from tests.integration.orders.market import open_market
from tests.integration.orders.scenarios import Scene as OrdersScene
from tests.integration.orders.till import Letterbox, Till
from tests.integration.verbs.scenario import Scenario

__all__ = ["gifts_settings", "hands", "letterbox", "mode", "open_till", "till"]

Stage = Callable[[], Any]
Create = Callable[[str | Resources], Resources]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--record``: write down what is counted instead of comparing it (``make units``)."""
    parser.addoption("--record", action="store_true", help="write infra/cost/units.json")


@pytest.fixture
def stage(scenario: Scenario, request: pytest.FixtureRequest) -> Stage:
    """``stage()`` sets a fresh scene for this scenario."""
    found: Stage = request.getfixturevalue(f"{scenario.service}_stage")
    return found


@pytest.fixture
def orders_stage(till: Till, letterbox: Letterbox, hands: Hands, queues: object) -> Stage:
    """WeChat's letters are kept, files have a place, and the clock is right."""

    def scene() -> OrdersScene:
        hands.moved = timedelta()
        letterbox.empty(keep=True)
        return OrdersScene(open_market(till), hands)

    return scene


@pytest.fixture
def gifts_stage(tables: Create, gifts_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The clock stands still."""
    monkeypatch.setenv("XIAODIAN_PUBLIC_URL", "https://xiaodian.test")
    tables("gifts")
    hands = gifts.Hands(gifts.NOW)
    clock.use(hands)

    def scene() -> gifts.Scene:
        hands.at = gifts.NOW
        return gifts.Scene(hands)

    yield scene
    clock.use(lambda: datetime.now(UTC))


@pytest.fixture
def catalog_stage(tables: Create, queues: object, wechat_api: object, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Files have a place, WeChat knows the codes, and nobody asks in between whether the rules have changed."""
    tables("catalog")
    monkeypatch.setenv("CATALOG_RULES_FRESH_S", "3600")

    def scene() -> CatalogScene:
        without_rules()
        return CatalogScene()

    return scene


@pytest.fixture
def notify_stage(tables: Create, queues: Callable[[str | Resources], object], wechat_api: None) -> Iterator[Stage]:
    """Hints have a queue, a merchant listens, and WeChat tells people what it is asked to."""
    tables("notify")
    queues("notify")
    with notify_scenarios.stage():
        yield notify_scenarios.Scene


@pytest.fixture
def wechat_api(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """WeChat's API, and our issuer with a key."""
    folder = tmp_path_factory.mktemp("data")
    with WeChatApiSandbox(folder) as sandbox:
        for name, value in {
            "WECHAT_API_URL": sandbox.url,
            "WECHAT_APPID": sandbox.app.appid,
            "WECHAT_APP_SECRET": sandbox.app.secret,
            "XIAODIAN_TOKEN_KEY": f"file:{folder / issuer.FILE}",
            "XIAODIAN_TOKEN_ISSUER": issuer.ISSUER,
            "XIAODIAN_STAFF_TOKEN_KEY": STAFF_TOKEN_KEY,
            "XIAODIAN_PUBLIC_URL": "https://shops.test",
        }.items():
            monkeypatch.setenv(name, value)
        issuer.issuer(folder)
        yield


@pytest.fixture(scope="session")
def recorded(request: pytest.FixtureRequest) -> Iterator[units.Table]:
    """The committed table; with ``--record`` what is put into it is written in the end."""
    table = units.read()
    yield table
    if request.config.getoption("--record", default=False):
        units.write(table)
