"""Shops and people on a deployed stage: the same acts as on one machine, through the same doors."""

import time
from collections.abc import Callable
from pathlib import Path

from infra.cli.api import Stack
from infra.cli.target import mint
from tests.e2e.deployed.account import Account
from tests.e2e.market import WITHIN_S, Market


class DeployedMarket(Market):
    """What people do on a deployed stage."""

    def __init__(self, account: Account) -> None:
        self.data = Path(account.door.local["data_dir"])
        self.api = Stack(account.door.url, patience_s=WITHIN_S).signing(
            lambda subject, platform: mint(self.data, subject, platform=platform)
        )

    def bearer(self, name: str) -> dict[str, str]:
        """The header that says who somebody is."""
        return {"Authorization": f"Bearer {mint(self.data, f'person:{name}', platform=False)}"}

    def once(self, look: Callable[[], str], good: Callable[[str], bool]) -> str:
        """What is seen as soon as it is good; fails with what was seen last."""
        deadline = time.monotonic() + WITHIN_S
        while not good(seen := look()):
            assert time.monotonic() < deadline, seen
        return seen
