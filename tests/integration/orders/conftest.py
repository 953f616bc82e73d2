"""Orders with WeChat's sandbox beside it; the sandbox's callbacks go to orders' own door."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.loopback import Answer, LoopbackServer, Request
from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client
from tests.integration.orders.market import Market, open_market


class Hands:
    """The hands of a clock: real time and what a test moved it by."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def move(self, **by: float) -> None:
        """Forward by days, hours, minutes …"""
        self.moved += timedelta(**by)


@pytest.fixture(scope="session")
def sandbox(
    tables: Callable[[str | Resources], Resources], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WeChatPaySandbox]:
    """WeChat Pay, calling orders back in this process."""
    tables("orders")
    from services.orders import app as orders

    def receive(request: Request) -> Answer:
        reply = Client(orders.app).send("POST", "/v1/payments/wechat/notifications", request.body, "", request.headers)
        return Answer(reply.status)

    options = Options(tmp_path_factory.mktemp("wechat"), callback_speed=3000, refund_delay_s=0.02)
    with LoopbackServer(receive) as door, WeChatPaySandbox(options, clock.now) as pay:
        os.environ |= settings(pay, door.url)
        yield pay


def settings(pay: WeChatPaySandbox, door: str) -> dict[str, str]:
    """What orders is told about WeChat Pay."""
    keys = pay.keys
    return {
        "WECHAT_PAY_URL": pay.url,
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
def market(sandbox: WeChatPaySandbox) -> Market:
    """A fresh shop."""
    return open_market(sandbox.url)
