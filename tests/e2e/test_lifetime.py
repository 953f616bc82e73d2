"""How a stack starts, is stopped, dies and comes back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.cli.api import Caller
from infra.local.child import free_port
from infra.local.data_folder import running as where
from infra.local.services import SERVICES
from tests.e2e.market import Market, Shop, eventually
from tests.e2e.xiaodian import Running, running
from tests.integration.local.stack import family, living

ROOT = Path(__file__).parents[2]
PRICE_FEN, BUYS, GIFTS, BEFORE_THE_END = 1_000, 24, 12, 14


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack that a test may end, if it starts it again."""
    with running(tmp_path_factory.mktemp("lifetime") / "data", "--no-demo") as started:
        yield started


@pytest.fixture(scope="module")
def own_market(stack: Running) -> Iterator[Market]:
    """What people do on it."""
    market = Market(stack)
    yield market
    market.api.close()


@pytest.fixture(scope="module")
def own_shop(own_market: Market) -> Shop:
    """A shop on it."""
    return own_market.open("不倒的小店")


def refused(data: Path, port: int, code: Path = ROOT) -> str:
    """What a start says that must fail, with this folder's code."""
    words = ["up", "--no-demo", "--data", str(data), "--port", str(port)]
    command = [sys.executable, "-m", "infra.cli", *words]
    ended = subprocess.run(command, cwd=code, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1, ended.stdout
    assert ended.stdout == ""
    return ended.stderr


def test_a_taken_port_is_said(stack: Running, tmp_path: Path) -> None:
    """One sentence that says what to do."""
    said = refused(tmp_path / "data", stack.port)

    assert said == f"xiaodian: port {stack.port} is taken; choose another with --port N\n"


def test_a_missing_engine_is_said(tmp_path: Path) -> None:
    """One sentence that names it and the command that installs it."""
    for part in ("infra", "services"):
        (tmp_path / part).symlink_to(ROOT / part)

    said = refused(tmp_path / "data", free_port(), tmp_path)

    assert said.startswith("xiaodian: the engine is not installed (")
    assert said.endswith("dynoxide is missing); run: make install\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize("file", ["engine.db", "stack.json"])
def test_a_damaged_data_folder_is_said(tmp_path: Path, file: str) -> None:
    """One sentence that names the file and says what to do; the file is left as it is."""
    data, damage = tmp_path / "data", b"no database, no JSON " * 400
    data.mkdir()
    (data / file).write_bytes(damage)

    said = refused(data, free_port())

    assert said.startswith("xiaodian: ")
    assert str(data / file) in said
    assert "to start afresh" in said
    assert said.count("\n") == 1
    assert (data / file).read_bytes() == damage


def test_what_was_acknowledged_outlives_kill_9(stack: Running, own_market: Market, own_shop: Shop) -> None:
    """Every process killed while many pay and claim: nothing is lost or doubled, and every event is heard."""
    (sku_id,) = own_shop.offer(BUYS + GIFTS)
    givers = [own_market.newcomer("giver") for _ in range(GIFTS)]
    sent = [own_shop.give(giver, sku_id) for giver in givers]
    placed: list[tuple[Caller, str]] = []

    def buy() -> None:
        buyer = own_market.newcomer("buyer")
        placed.append((buyer, own_shop.place(buyer, sku_id)))
        own_market.pay(*placed[-1])

    def claim(number: int) -> None:
        assert own_shop.claim(own_market.newcomer("eager"), sent[number]) == ""

    with ThreadPoolExecutor(6) as pool:
        acts = [pool.submit(claim, number // 3) if number % 3 == 2 else pool.submit(buy) for number in range(36)]
        until_done(acts, BEFORE_THE_END)
        stack.kill()
        acknowledged = list(placed)
        stack.start()
    for act in acts:
        act.result()

    assert len(acknowledged) < len(placed) == BUYS  # or it did not come in the middle
    for buyer, order_id in [*placed, *((giver, one.order_id) for giver, one in zip(givers, sent, strict=True))]:
        own_market.becomes(buyer, order_id, "to_ship")
        assert own_shop.entries(order_id) == ["payment", "fee"]
    eventually(lambda: unheard(own_market), [])
    assert own_shop.stock(sku_id) == {"on_hand": 0, "held": 0, "sold": BUYS + GIFTS}
    assert own_shop.balance()["wechat_fen"] == (BUYS + GIFTS) * PRICE_FEN
    assert "0 dead letters; 0 events that could not be published." in stack.run("dlq", "list")


def until_done(acts: list[Future[None]], count: int) -> None:
    """Return when so many have ended."""
    left = set(acts)
    while len(acts) - len(left) < count:
        left = wait(left, return_when=FIRST_COMPLETED).not_done


def unheard(market: Market) -> list[tuple[str, str]]:
    """Events that a consumer has not marked in its inbox, by name."""
    marks = {(name, row["pk"]["S"]) for name in SERVICES for row in rows(market, f"{name}-plumbing")}
    return [
        (row["name"]["S"], consumer)
        for emitter in SERVICES
        for row in rows(market, f"{emitter}-outbox")
        for consumer in json.loads(row["consumers"]["S"])
        if (consumer, f"IN#{row['sk']['S']}") not in marks
    ]


def rows(market: Market, table: str) -> Iterator[dict[str, Any]]:
    """Everything in a table."""
    dynamodb = boto3.client("dynamodb", endpoint_url=market.api.local()["engine_url"])
    for page in dynamodb.get_paginator("scan").paginate(TableName=f"xiaodian-{table}"):
        yield from page["Items"]


def test_ctrl_c_ends_everything_and_loses_nothing(stack: Running, own_market: Market, own_shop: Shop) -> None:
    """As a terminal sends it, to the whole process group: no child is left, and a second start has it all."""
    (sku_id,), buyer = own_shop.offer(2), own_market.newcomer("anna")
    order_id = own_shop.place(buyer, sku_id)
    payment = own_market.start_paying(buyer, order_id)
    leader = int(where(stack.data)["pid"])
    everybody = family(leader)
    assert len(everybody) > len(SERVICES)

    os.killpg(leader, signal.SIGINT)

    eventually(lambda: living(everybody), [])
    assert stack._process.wait() == 0
    assert "Traceback" not in stack.log.read_text()
    stack.start()
    assert own_market.order(buyer, order_id)["status"] == "pending_payment"
    own_market.phone(payment)
    own_market.becomes(buyer, order_id, "to_ship")
    assert own_shop.stock(sku_id) == {"on_hand": 1, "held": 0, "sold": 1}
