"""A retailer's invoices through the whole system: the books balance, whatever is interrupted or repeated."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from infra.cli.api import Refusal
from infra.cli.buying import place
from infra.cli.selling import own_shop
from infra.cli.target import Target
from infra.invoices.plan import plan_of
from infra.invoices.run import stocked_market
from tests.e2e.xiaodian import Running, running
from tests.integration.local.stack import eventually
from tests.unit.invoices.sheet import Entry, sheet

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "online_retail_10k.csv"

SMALL = (
    *(Entry("536365", str(20000 + number), 2, "1.50", "17850") for number in range(45)),  # split
    Entry("536366", "85123A", 6, "2.55", "17850"),
    Entry("536366", "85123a", 2, "2.55", "17850"),  # merged
    Entry("536366", "85123A", 1, "2.10", "17850"),  # another price
    Entry("536367", "71053", 6, "3.39", ""),  # a guest
    Entry("536368", "84406B", 8, "2.75", "13047"),
    Entry("C536369", "85123A", -3, "2.55", "17850"),  # a part is taken back
    Entry("C536370", "84406B", -8, "2.75", "13047"),  # all of it
    Entry("C536371", "84406B", -8, "2.75", "13047"),  # twice
    Entry("536372", "POST", 1, "18.00", "13047"),
    Entry("536373", "71053", -4, "0", ""),
)
SMALL_FEN = 45 * 2 * 150 + 5 * 255 + 210 + 6 * 339
MANY = tuple(
    Entry(str(536400 + number), str(20000 + number % 12), 1 + number % 7, "2.55", str(12000 + number % 9))
    for number in range(32)
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack without the demo shop; a test that kills it starts it again."""
    with running(tmp_path_factory.mktemp("invoices") / "data", "--no-demo") as found:
        yield found


def saved(folder: Path, *entries: Entry) -> Path:
    """The file of these rows."""
    file = folder / "invoices.csv"
    file.write_bytes(sheet(*entries))
    return file


def table(books: dict[str, Any]) -> dict[str, Any]:
    """The books without what differs from run to run."""
    return {name: figures for name, figures in books.items() if name not in ("shop", "shop_id", "run")}


def until_some_are_done(stack: Running, file: Path, shop: str, count: int) -> None:
    """Return when so many orders of this run have come to their end."""
    person = f"invoices-{plan_of(file.read_bytes()).fingerprint}"
    with closing(Target(None, stack.data).stack()) as client:
        merchant = client.person(person)

        def done() -> bool:
            found = own_shop(merchant, shop)
            if found is None:
                return False
            try:
                orders = list(merchant.pages(f"/orders/v1/shops/{found['shop_id']}/orders", status="done"))
            except Refusal:  # orders has not heard of the merchant yet
                return False
            return len(orders) >= count

        eventually(done, 120)


def test_books_of_a_small_file_balance_and_stay_as_they_are(stack: Running, tmp_path: Path) -> None:
    """Merged, split, taken back in part and in whole, refused: each as stated; a second run finds nothing to do."""
    file = saved(tmp_path, *SMALL)

    first = stack.books(file)
    second = stack.books(file)

    assert first["rows"] == {"read": 55, "used": 52, "refused": 3}
    assert first["refused"] == {"not_goods": 1, "no_quantity": 1, "nothing_to_undo": 1}
    assert first["orders"] == {"planned": 6, "done": 4, "cancelled": 2, "in_shop": 6, "placed_again": 0}
    assert first["money"]["paid_fen"] == SMALL_FEN
    assert first["stock"]["on_hand"] == 3 + 8
    assert first["messages"]["orders.order_cancelled"] == 2 * 2
    assert table(second) == table(first)


def test_killed_half_way_and_resumed_ends_the_same(stack: Running, tmp_path: Path) -> None:
    """kill -9 of every process while orders are placed and paid: started again, run again, the table of a quiet run."""
    file = saved(tmp_path, *MANY)
    killed = stack.command("invoices", file, "--shop", "Interrupted")
    until_some_are_done(stack, file, "Interrupted", 8)

    os.kill(killed.pid, signal.SIGKILL)
    stack.kill()
    killed.communicate()
    stack.start()

    resumed = stack.books(file, "--shop", "Interrupted")
    assert table(resumed) == table(stack.books(file, "--shop", "Quiet"))
    assert resumed["orders"] == {"planned": 32, "done": 32, "cancelled": 0, "in_shop": 32, "placed_again": 0}


def test_a_run_outlives_the_stack(stack: Running, tmp_path: Path) -> None:
    """The stack dies and comes back meanwhile: the run waits, says so, and goes on."""
    file = saved(tmp_path, *MANY[:20])
    run = stack.command("invoices", file, "--wait", "--json", "--shop", "Patient")
    until_some_are_done(stack, file, "Patient", 5)

    stack.kill()
    time.sleep(1)
    stack.start()

    output, _ = run.communicate(timeout=240)
    assert run.returncode == 0, output
    assert "Nobody answers at" in output
    assert '"balanced": true' in output.splitlines()[-1]


def test_an_order_that_expired_while_nobody_ran_is_placed_again(stack: Running, tmp_path: Path) -> None:
    """Stopped before it paid, resumed after its half hour: the old order is cancelled, a new one comes to its end."""
    file = saved(tmp_path, Entry("536399", "85099B", 3, "1.95"))
    plan = plan_of(file.read_bytes())
    with closing(Target(None, stack.data).stack()) as client:
        market = stocked_market(client, plan, "Stopped", lambda *_: None)
        place(client.person(plan.purchases[0].buyer), market.basket(plan.purchases[0]), "stopped")

    stack.run("clock", "+31m")
    try:
        books = stack.books(file, "--shop", "Stopped")
    finally:
        stack.run("clock", "reset")

    assert books["orders"] == {"planned": 1, "done": 1, "cancelled": 0, "in_shop": 2, "placed_again": 1}
    assert (books["stock"]["sold"], books["stock"]["on_hand"]) == (3, 0)


def test_a_name_that_another_file_has_is_refused(stack: Running, tmp_path: Path) -> None:
    """Two files in one shop would mix their stock."""
    stack.run("invoices", saved(tmp_path, SMALL[0]), "--shop", "Mine")

    output = stack.run("invoices", saved(tmp_path, SMALL[1]), "--shop", "Mine", status=1)

    assert "choose another --shop" in output


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.exists(), reason=f"{SAMPLE} is not there")
def test_books_of_the_real_file_balance(stack: Running) -> None:
    """10 000 rows of a real retailer."""
    found = stack.books(SAMPLE, "--concurrency", "4")

    assert found["balanced"]
    assert found["rows"] == {"read": 9999, "used": 9827, "refused": 172}
    assert found["money"]["paid_fen"] == 18_012_368
