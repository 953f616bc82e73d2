"""One stage for all tests here, and the world around it: WeChat Pay's sandbox, a domain."""

import json
from collections.abc import Iterator
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
from tests.e2e.deployed.market import DeployedMarket


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
    }


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A stage with a platform; a test deploys the services that it needs."""
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
        found = Account(aws, door, folder / "build", _values(data, sandbox.url))
        found.deploy("platform", "--set", f"PublicUrl={door.url}")
        yield found


@pytest.fixture(scope="session")
def market(account: Account) -> Iterator[DeployedMarket]:
    """What people do on it, with all services deployed."""
    for service in services():
        account.deployed(service)
    found = DeployedMarket(account)
    yield found
    found.api.close()
