"""A move ends the same whoever dies on the way, and however the table throttles (M3)."""

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from infra.faults.call import Call
from infra.load import order_dumps
from services.orders import app as orders
from services.orders.migrations import pace, run_migration
from services.orders.tables import STORE, find_orders
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, contention, ids
from services.shared.plumbing.contention import Throttled
from services.shared.plumbing.jobs import Job, job_of
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.tables import Transaction
from tests.faults.crash import may_die_at
from tests.integration.orders.events import envelope
from tests.integration.orders.market import Market, open_market
from tests.integration.orders.migrations.old_shop import OldShop
from tests.integration.wire import sqs_event

OURS = re.compile(r"\b(ord|sku|prd|afs|mig|shp)_[0-9A-Z]{26}\b")
ORDERS = 60


@pytest.fixture(autouse=True)
def _small(queues: Callable[[str | Resources], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bucket, and a run has several chunks."""
    queues("orders")
    monkeypatch.setattr(run_migration, "LINES_A_CHUNK", 20)


def dumped(market: Market, number: int) -> OldShop:
    """Orders, some bad and some twice, and after-sales of some."""
    old = OldShop(market)
    old.add(order_dumps.dump(number))
    old.add([*order_dumps.bad_lines(), order_dumps.line(1)])
    cases = [order_dumps.aftersale(one, order_dumps.order(one)) for one in cases_of(number)]
    old.add(map(order_dumps.as_line, cases), kind="aftersales")
    return old


def cases_of(orders: int) -> list[int]:
    """Which of so many orders have an after-sale."""
    return [number for number in range(0, orders, 10) if order_dumps.STATUSES[number % 12] == 100]


def steps(old: OldShop) -> Iterator[None]:
    """The job's steps, as its queue brings them, while it runs; one that fails comes again."""
    while (job := job_of(STORE, f"{old.migration_id}_{old.run}")) is not None and job.state == "running":
        due = envelope(JobStepDue(job_id=job.id, step=job.step), "orders", job.id, job.step)
        orders.consume(sqs_event(due.model_dump_json()), None)
        yield


def seen(old: OldShop) -> list[Any]:
    """Everything that there is of the old shop here, by old ids: orders with their after-sales, and what was named."""
    shop, found = old.market, []
    cursor = ""
    while True:
        page = shop.merchant.get(f"/v1/shops/{shop.shop_id}/orders?limit=100{cursor}").json
        for one in page["items"]:
            whole = shop.merchant_sees(one["order_id"])
            origin = shop.merchant.get(f"/v1/shops/{shop.shop_id}/orders/{one['order_id']}/origin").json
            found.append({"old_id": origin["old_id"], "aside": origin["aside"]} | whole)
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    cases = shop.merchant.get(f"/v1/shops/{shop.shop_id}/aftersales?limit=100").json["items"]
    for one in (*found, *cases):
        del one["updated_at"], one["version"]
        one.pop("deadline_at", None)
    plain = [json.loads(OURS.sub(r"\1", json.dumps(one).replace(old.old_shop_id, "OLD"))) for one in (*found, *cases)]
    rows = [(row.file, row.line, row.outcome, row.why) for row in old.rows()]
    return [
        sorted(plain, key=lambda one: json.dumps(one, sort_keys=True)),
        rows,
        OldShop.sums(old.progress()[-1].counts),
    ]


def test_a_move_with_deaths_is_a_move(market: Market, proxy: FaultsProxy) -> None:
    """M3: workers die before and after their writes, each is followed by another: the end is that of a clean run."""
    clean = dumped(market, ORDERS)
    clean.goes("move")
    other = dumped(open_market(market.till), ORDERS)
    other.say("running", "move")

    for number in (3, 8, 21, 30):
        for when in ("before", "after"):
            may_die_at(proxy, number, when, lambda: next(steps(other), None))
    for _ in steps(other):
        pass

    assert other.progress()[-1].state == "ended"
    assert seen(other) == seen(clean)


def test_two_workers_at_one_step_are_one(market: Market, proxy: FaultsProxy) -> None:
    """M3: another worker does the very step while one is in the middle of it: all is there once, and counted once."""
    clean = dumped(market, ORDERS)
    clean.goes("move")
    other = dumped(open_market(market.till), ORDERS)
    other.say("running", "move")
    between = proxy.at_call(3, "before", lambda _: next(steps(other), None), {"TransactWriteItems"})

    for _ in steps(other):
        pass

    assert between.reached.is_set()
    assert other.progress()[-1].state == "ended"
    assert seen(other) == seen(clean)


def test_a_throttled_table_slows_it_down_and_harms_nothing(
    market: Market, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M3: what the table does not take is written in smaller pieces, and all of it is there in the end."""
    monkeypatch.setattr(contention, "MOST_TRIES", 3)  # of one call
    old = dumped(market, ORDERS)
    old.say("running", "move")
    proxy.plan(Fault("throttle", operations={"TransactWriteItems"}, times=8))
    proxy.plan(Fault("throttle", operations={"TransactWriteItems"}, times=32, code="ThrottlingError"))

    for _ in steps(old):
        pass

    counts = OldShop.sums(old.progress()[-1].counts)
    assert old.progress()[-1].state == "ended"
    assert counts["moved"] == len([1 for one in range(ORDERS) if order_dumps.bad_at(one) is None]) + len(
        cases_of(ORDERS)
    )
    assert counts["refused"] == ORDERS // order_dumps.BAD_EVERY + len(order_dumps.BAD)
    assert proxy.fired["throttle"] == 40


def test_a_busy_table_is_asked_for_less_and_less(
    market: Market, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M3: throughput adapts: records a transaction, as the engine is asked for them, until the chunk is left for later;
    then all of it is there."""
    monkeypatch.setattr(contention, "MOST_TRIES", 3)
    old = dumped(market, ORDERS)
    old.say("running", "move")
    job = Job(ids.new_id("job"), run_migration.KIND, {"migration_id": old.migration_id, "run": old.run})
    for _ in old.files:
        run_migration.run_migration(job, begin)
    proxy.clear()
    proxy.plan(Fault("throttle", operations={"TransactWriteItems"}, code="ThrottlingError"))

    with pytest.raises(Throttled):
        run_migration.run_migration(job, begin)

    sizes = list(dict.fromkeys(size for call in proxy.calls if (size := orders_in(call))))
    assert sizes == sorted(sizes, reverse=True)
    assert (len(sizes) > 2, sizes[0] > 10, sizes[-1]) == (True, True, pace.FEWEST)
    proxy.clear()
    run_migration.run_migration(job, begin)
    assert job.cursor["counted"]["orders"]["read"] == run_migration.LINES_A_CHUNK


def begin() -> Transaction:
    """As the job's own."""
    return Transaction(STORE, clock.now(), ids.new_id)


def orders_in(call: Call) -> int:
    """How many orders a transaction would write."""
    return sum(action.get("Item", {}).get("sk") == {"S": "ORDER"} for _, action in call.actions)


def test_a_pause_takes_effect_in_the_middle(market: Market, proxy: FaultsProxy) -> None:
    """M3: a worker ends the chunk that it has in hand, rests however often it is looked at, and goes on there."""
    old, other = dumped(market, ORDERS), dumped(open_market(market.till), ORDERS)
    said = other.goes("dry")
    old.say("running", "move")
    working = steps(old)
    point = proxy.at_call(8, "before", lambda _: old.say("paused"), {"TransactWriteItems"})

    for _ in range(3):
        next(working)
    half = OldShop.sums(old.progress()[-1].counts)
    old.say("running")
    for _ in working:
        pass

    assert point.reached.is_set()
    assert 0 < half["read"] < said["read"]
    assert old.progress()[-1].state == "ended"
    assert OldShop.sums(old.progress()[-1].counts) == said


@pytest.mark.slow
def test_a_large_shop_moves_with_deaths(market: Market, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """M3: thousands of orders by workers that die every so many calls: each order once, each bad line named once, all
    predicted by a dry run. ``ORDERS_MOVED`` says how many."""
    number = int(os.environ.get("ORDERS_MOVED", "3000"))
    monkeypatch.setattr(run_migration, "LINES_A_CHUNK", 200)
    old = OldShop(market)
    old.add(order_dumps.dump(number))
    dry = old.goes("dry")
    rows = old.rows()

    old.say("running", "move")
    for calls in range(40, 100, 20):
        may_die_at(proxy, calls, "after", lambda: next(steps(old), None))
    for _ in steps(old):
        pass

    told = old.progress()[-1]
    bad = number // order_dumps.BAD_EVERY
    assert (told.state, OldShop.sums(told.counts)) == ("ended", dry)
    assert dry == {"read": number, "moved": number - bad, "refused": bad}
    assert old.rows() == rows
    for start in range(0, number, 100):
        wanted = [one for one in range(start, min(start + 100, number)) if order_dumps.bad_at(one) is None]
        found = find_orders(old.order_id(order_dumps.FIRST_ORDER + one) for one in wanted)
        assert len(found) == len(wanted)
