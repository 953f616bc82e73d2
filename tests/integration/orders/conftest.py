"""Orders with WeChat's sandbox beside it; the sandbox's callbacks go to orders' own door."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.loopback import LoopbackServer
from infra.local.wechat_pay import courier
from infra.local.wechat_pay.keys import Keys
from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox
from services.orders.payments import wechat_pay
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.integration.orders.market import Market, open_market
from tests.integration.orders.till import Gate, Letterbox, Till

both_modes = pytest.mark.parametrize("mode", ["direct", "partner"], indirect=True)


class Hands:
    """The hands of a clock: real time and what a test moved it by."""

    def __init__(self) -> None:
        self.moved = timedelta()
        self._stands_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stands_at or datetime.now(UTC)) + self.moved

    def stop(self) -> None:
        """From now on time goes by only as it is moved: for tests of a deadline to the second."""
        self._stands_at = datetime.now(UTC)

    def move(self, **by: float) -> None:
        """Forward by days, hours, minutes …"""
        self.moved += timedelta(**by)


@pytest.fixture(scope="session")
def open_till(
    tables: Callable[[str | Resources], Resources],
    queues: Callable[[str | Resources], dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Till]:
    """WeChat Pay for the whole run, calling orders back in this process; and a bucket, since days that end are closed
    and their statements written. However busy this machine is, WeChat is not silent unless a test says so."""
    tables("orders")
    queues("orders")
    letterbox = Letterbox()
    options = Options(tmp_path_factory.mktemp("wechat"), callback_speed=3000, refund_delay_s=0.02)
    with LoopbackServer(letterbox) as door, WeChatPaySandbox(options, clock.now) as pay:
        letterbox.apiv3_key = pay.keys.apiv3_key
        gate = Gate(pay.url)
        with LoopbackServer(gate) as way, pytest.MonkeyPatch.context() as patience:
            patience.setattr(wechat_pay, "READ_S", 60)
            patience.setattr(courier, "ANSWER_WITHIN_S", 30)
            yield Till(pay.url, pay.keys, letterbox, gate, settings(pay.keys, way.url, door.url))


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> str:
    """How WeChat is spoken to: ``direct``, or what a test's ``both_modes`` asks for."""
    return str(getattr(request, "param", "direct"))


@pytest.fixture
def till(open_till: Till, mode: str) -> Iterator[Till]:
    """WeChat Pay in order: letters are handed over at once, nothing goes wrong.

    Rooms that borrow these fixtures each have a sandbox of their own, so orders is turned to this one.
    """
    wanted = open_till.settings | {"WECHAT_PAY_MODE": mode}
    if any(os.environ.get(name) != wanted[name] for name in ("WECHAT_PAY_URL", "WECHAT_PAY_MODE")):
        os.environ |= wanted
        wechat_pay.client_for.cache_clear()
    open_till.letterbox.empty(keep=False)
    yield open_till
    open_till.gate.clear()
    open_till.disarm()
    open_till.letterbox.empty(keep=False)


@pytest.fixture
def letterbox(till: Till) -> Letterbox:
    """WeChat's letters are kept, until the test brings them."""
    till.letterbox.empty(keep=True)
    return till.letterbox


def settings(keys: Keys, url: str, door: str) -> dict[str, str]:
    """What orders is told about WeChat Pay."""
    return {
        "WECHAT_PAY_URL": url,
        "WECHAT_PAY_MCHID": keys.mchid,
        "WECHAT_PAY_APPID": keys.appid,
        "WECHAT_PAY_SERIAL": keys.merchant_serial_no,
        "WECHAT_PAY_PRIVATE_KEY": keys.merchant_private_key_pem,
        "WECHAT_PAY_PUBLIC_KEY": keys.platform_public_key_pem,
        "WECHAT_PAY_PUBLIC_KEY_ID": keys.public_key_id,
        "WECHAT_PAY_API_V3_KEY": keys.apiv3_key,
        "XIAODIAN_PUBLIC_URL": door,
    }


@pytest.fixture
def hands() -> Iterator[Hands]:
    """The clock that decides deadlines, for orders and for the sandbox; it is put right again after the test."""
    moved = Hands()
    clock.use(moved)
    yield moved
    clock.use(lambda: datetime.now(UTC))


@pytest.fixture
def market(till: Till) -> Market:
    """A fresh shop."""
    return open_market(till)
