"""One stage for all tests here, and the world around it: WeChat Pay's sandbox, a domain."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.clock import LocalClock
from infra.local.tokens import issuer, issuer_key
from infra.local.wechat_pay.keys import ensure_keys
from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox
from infra.package.build import services
from tests.e2e.deployed.account import Account
from tests.e2e.deployed.emulator import emulator
from tests.e2e.deployed.front_door import front_door
from tests.e2e.deployed.left_out import make_up_for
from tests.e2e.deployed.market import DeployedMarket
from tests.e2e.market import Shop

PAGES = "https://shop.example.com"  # may use the API in a browser
PAIRS = [tuple(services()[at : at + 2]) for at in range(0, len(services()), 2)]  # packaged side by side
FIRST = "catalog"  # it is deployed before those that hear of it


def _values(data: Path, sandbox_url: str) -> dict[str, str]:
    """Settings and secrets that must be right; all others are keys of any value."""
    keys = ensure_keys(data)
    return {
        "XIAODIAN_TOKEN_ISSUERS": json.dumps([issuer(data)]),
        "XIAODIAN_TOKEN_ISSUER": issuer(data)["issuer"],
        "WECHAT_PAY_URL": sandbox_url,
        "WECHAT_PAY_MCHID": keys.mchid,
        "WECHAT_PAY_APPID": keys.appid,
        "WECHAT_PAY_SERIAL": keys.merchant_serial_no,
        "WECHAT_PAY_PUBLIC_KEY_ID": keys.public_key_id,
        "WECHAT_PAY_PRIVATE_KEY": (keys.directory / "merchant_private_key.pem").read_text(),
        "WECHAT_PAY_PUBLIC_KEY": (keys.directory / "platform_public_key.pem").read_text(),
        "WECHAT_PAY_API_V3_KEY": (keys.directory / "apiv3_key").read_text(),
        "WECHAT_APPID": "wx0000000000000000",
        "WECHAT_APP_SECRET": "secret",
        "XIAODIAN_CORS_ORIGINS": PAGES,
    }


@pytest.fixture(scope="package")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An empty account."""
    folder = tmp_path_factory.mktemp("account")
    data = folder / "data"
    data.mkdir()
    issuer_key(data)
    with (
        emulator(folder) as aws,
        front_door() as door,
        WeChatPaySandbox(Options(data, callback_speed=60), LocalClock(data)) as sandbox,
    ):
        door.local = {"data_dir": str(data), "wechat_pay_sandbox_url": sandbox.url}
        yield Account(aws, door, folder / "build", _values(data, sandbox.url))


@pytest.fixture(scope="package")
def platform(account: Account) -> Account:
    """A package of every service, and a stage that has its platform and nothing else."""
    for two in PAIRS:
        account.package(*two)
    account.deploy("platform", "--set", f"PublicUrl={account.door.url}")
    return account


@dataclass(frozen=True)
class Early:
    """What was seen while only one service was deployed: what it lacked, its shop, and what it kept for the others."""

    said: str
    shop: Shop
    parked: str
    doctor: str


@pytest.fixture(scope="package")
def early(platform: Account) -> Iterator[Early]:
    """The first service alone, in use."""
    said = platform.deploy(FIRST, status=1)
    platform.deploy_all(FIRST)
    market = DeployedMarket(platform)
    shop = market.open("第一家小店")
    parked = market.once(lambda: platform.xiaodian("parked", "list"), lambda seen: " orders " in seen)
    yield Early(said, shop, parked, platform.xiaodian("doctor", status=1))
    market.api.close()


@pytest.fixture(scope="package")
def stage(account: Account, early: Early) -> Account:
    """The whole stage, as its templates say."""
    account.deploy_all(*(service for service in services() if service != FIRST))
    for service in ("platform", *services()):
        make_up_for(account, service)
    return account


@pytest.fixture(scope="package")
def market(stage: Account) -> Iterator[DeployedMarket]:
    """What people do on it."""
    found = DeployedMarket(stage)
    yield found
    found.api.close()
