"""A release replaces another while people use it, and goes back."""

import json
import threading
import urllib.request
from pathlib import Path

from infra.cli.api import Caller, Refusal
from infra.cli.buying import Basket, place
from infra.package.archive import pack, unpack
from tests.e2e.deployed.account import STAGE, Account
from tests.e2e.deployed.market import DeployedMarket
from tests.e2e.market import eventually, key

SERVICE = "orders"
SECOND = "Orders, the second release"
STOCK = 1_000


def _title(account: Account) -> str:
    with urllib.request.urlopen(f"{account.door.url}/{SERVICE}/openapi.json", timeout=60) as answer:
        return str(json.load(answer)["info"]["title"])


def _second_release(account: Account, scratch: Path) -> None:
    """The package once more, of code that calls itself otherwise."""
    folder, first = account.build / SERVICE, f'title="{_title(account)}"'
    unpack(folder / "package.zip", scratch)
    ours = scratch / "services" / SERVICE
    (source,) = (one for one in ours.rglob("*.py") if first in one.read_text(encoding="utf-8"))
    source.write_text(source.read_text(encoding="utf-8").replace(first, f'title="{SECOND}"'), encoding="utf-8")
    for stale in source.parent.glob(f"__pycache__/{source.stem}.*"):
        stale.unlink()
    old = (folder / "template.json").read_text(encoding="utf-8")
    before = old.partition(f'"{SERVICE}/')[2].partition(".zip")[0]
    (folder / "template.json").write_text(old.replace(before, pack(scratch, folder / "package.zip")), encoding="utf-8")


class Customer(threading.Thread):
    """Somebody who places orders, one after another, until told to stop. ``placed`` are their ids.

    As clients should, it sends a request that a server failed on again, with its key. Any other refusal ends it.
    """

    def __init__(self, buyer: Caller, basket: Basket) -> None:
        super().__init__()
        self._buyer, self._basket, self._over = buyer, basket, threading.Event()
        self.placed: list[str] = []
        self.again = 0
        self.refusal: Refusal | None = None

    def run(self) -> None:
        while not self._over.wait(0.1) and self.refusal is None:
            self._place(key())

    def _place(self, idempotency_key: str) -> None:
        for _ in range(10):
            try:
                self.placed.append(str(place(self._buyer, self._basket, idempotency_key)["order_id"]))
                return
            except Refusal as refusal:
                if refusal.status < 500:
                    self.refusal = refusal
                    return
                self.again += 1

    def still_buys(self) -> None:
        """Wait for one more order; it has not been turned away."""
        count = len(self.placed)
        eventually(lambda: self.refusal or len(self.placed) > count, True)

    def stop(self) -> None:
        """After the order that it is placing."""
        self._over.set()
        self.join()


def test_a_release_replaces_another_while_people_buy_and_goes_back(
    stage: Account, market: DeployedMarket, tmp_path: Path
) -> None:
    """No request fails but those that are sent again, no order is lost or doubled, tables stay the ones they were."""
    shop, first, born = market.open("换版的小店"), _title(stage), _births(stage)
    (sku_id,), buyer = shop.offer(STOCK), market.newcomer("bea")
    _second_release(stage, tmp_path / "code")

    customer = Customer(buyer, shop.basket(sku_id))
    customer.start()
    try:
        customer.still_buys()
        stage.deploy(SERVICE)
        assert _title(stage) == SECOND
        assert len(_releases(stage)) == 2
        customer.still_buys()
        stage.run("infra.deploy", SERVICE, "--stage", STAGE, "--poll", "0.2", "--rollback")
        assert _title(stage) == first
        customer.still_buys()
    finally:
        customer.stop()

    count = len(set(customer.placed))
    assert (count, customer.refusal) == (len(customer.placed), None)
    assert shop.stock(sku_id) == {"on_hand": STOCK - count, "held": count, "sold": 0}
    assert len(_releases(stage)) == 1
    assert _births(stage) == born


def _releases(account: Account) -> list[str]:
    return account.run("infra.deploy", SERVICE, "--stage", STAGE, "--releases").split()


def _births(account: Account) -> dict[str, object]:
    tables = account.client("dynamodb")
    names = (f"xiaodian-{STAGE}-{SERVICE}{part}" for part in ("", "-plumbing", "-outbox"))
    return {name: tables.describe_table(TableName=name)["Table"]["CreationDateTime"] for name in names}


def test_there_is_nothing_to_go_back_to(stage: Account) -> None:
    """It is said, and nothing is changed."""
    said = stage.run("infra.deploy", SERVICE, "--stage", STAGE, "--rollback", "000000000000", status=1)

    assert "has no release" in said
