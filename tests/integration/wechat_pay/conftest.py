"""A sandbox and a merchant's till for each test; the keys are made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.loopback import LoopbackServer
from infra.local.wechat_pay.keys import Keys, ensure_keys
from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox
from tests.integration.wechat_pay.till import START, Merchant, Till


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Made once for all tests here."""
    return ensure_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def data(tmp_path: Path, keys: Keys) -> Path:
    """A data folder that has keys already: making them takes longer than most tests."""
    folder = tmp_path / keys.directory.name
    folder.mkdir()
    for file in keys.directory.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture
def till(data: Path) -> Iterator[Till]:
    """The clock stands still until a test moves it."""
    clock, merchant = [START], Merchant()
    options = Options(data, callback_speed=3000, refund_delay_s=0.02)
    with LoopbackServer(merchant) as receiver, WeChatPaySandbox(options, lambda: clock[0]) as sandbox:
        yield Till(sandbox, merchant, f"{receiver.url}/notifications", clock)
