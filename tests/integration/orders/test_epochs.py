"""Epochs of a split stock (O1): closed ones are folded away when they hold nothing, so reading stock stays cheap."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.faults import Fault, FaultsProxy
from services.orders.stock.split_stock import fold_epochs
from services.orders.stock.stock import PAST
from services.orders.stock.tables import closed_epochs, shards_of_all_epochs
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_offers
from services.shared.plumbing import clock
from services.shared.plumbing.contention import retrying
from tests.integration.http import Reply
from tests.integration.orders.conftest import Hands
from tests.integration.orders.crowd import patiently
from tests.integration.orders.market import Market, person
from tests.integration.verbs.meter import metered

CONFLICTS = Fault("conflict", operations={"TransactWriteItems", "TransactGetItems"}, probability=0.1)


def standing(sku_id: str) -> list[tuple[int, int]]:
    """(epoch, units sold) of every counter that can be read."""
    offer = find_offers([sku_id])[sku_id]
    counters = shards_of_all_epochs(offer)
    assert all(one.balanced for one in counters), counters
    return [(one.epoch, one.sold) for one in counters if one.epoch != int(offer.epoch)]


def read_units(market: Market, sku_id: str) -> tuple[int, float]:
    """Calls and read units of looking at a style's stock."""
    with metered() as bill:
        market.stock(sku_id)
    return sum(bill.calls.values()), bill.reads


def test_the_schedule_folds_an_epoch_when_its_last_hold_has_ended(market: Market, hands: Hands) -> None:
    """O1: until then it stands, and its units can be paid."""
    (sku,) = market.offer(stock=9)
    buyer = person("anna")
    held, unpaid = market.place(buyer, sku, 2), market.place(buyer, sku, 1)
    market.split(sku, 4)
    assert standing(sku) == [(1, 0)]
    hands.move(minutes=20)
    market.paid(buyer, held)
    assert standing(sku) == [(1, 2)]

    hands.move(minutes=21)
    for _ in range(2):  # the first ends the hold, for which the fold may have come too early
        sweep_orders(clock.now())
        hands.move(minutes=6)

    assert buyer.get(f"/v1/orders/{unpaid}").json["status"] == "cancelled"
    assert standing(sku) == [(PAST, 2)]
    assert market.stock(sku) == {"on_hand": 7, "held": 0, "sold": 2, "received": 9}


def test_looking_at_stock_costs_the_same_after_any_number_of_splits(market: Market) -> None:
    """O1: what was split and sold long ago is one counter."""
    (sku,) = market.offer(stock=40)
    buyer = person("anna")
    for shards in (3, 2):
        market.paid(buyer, market.place(buyer, sku))
        market.split(sku, shards)
    before = read_units(market, sku)

    for shards in (5, 7, 1, 9, 4, 3, 2):
        market.paid(buyer, market.place(buyer, sku))
        assert market.split(sku, shards).status == 201
        fold_epochs(sku, clock.now())

    assert read_units(market, sku) <= before
    assert standing(sku) == [(PAST, 9)]
    assert market.stock(sku) == {"on_hand": 31, "held": 0, "sold": 9, "received": 40}


def test_a_gift_sold_in_a_folded_epoch_comes_back_to_the_current_one(market: Market) -> None:
    """O1, G5: however long ago it was sold."""
    (sku,) = market.offer(stock=5)
    giver = person("anna")
    order_id = market.give(giver, sku)
    market.split(sku, 3)
    market.split(sku, 2)
    fold_epochs(sku, clock.now())
    assert standing(sku) == [(PAST, 1)]

    market.decline(order_id)

    assert standing(sku) == [(PAST, 0)]
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}


def test_a_gift_that_returns_while_its_epoch_is_folded(market: Market, proxy: FaultsProxy) -> None:
    """O1: the counter is gone between reading and giving back; it is read again."""
    (sku,) = market.offer(stock=5)
    order_id = market.give(person("anna"), sku)
    market.split(sku, 3)
    proxy.clear()
    proxy.at_call(1, "before", lambda _: fold_epochs(sku, clock.now()), operations={"TransactWriteItems"})

    market.decline(order_id)

    assert standing(sku) == [(PAST, 0)]
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}


def test_too_many_counters_at_a_time_are_refused(market: Market, hands: Hands) -> None:
    """O1: as long as each earlier split holds units; afterwards it goes on."""
    (sku,) = market.offer(stock=200)
    buyer = person("anna")

    answers: list[Reply] = []
    for shards in (32, 32, 31, 32):
        market.place(buyer, sku)
        answers.append(market.split(sku, shards))

    assert [one.status for one in answers] == [201, 201, 201, 409]
    assert (answers[-1].slug, answers[-1].json["standing"]) == ("split-too-often", 96)
    assert market.stock(sku) == {"on_hand": 196, "held": 4, "sold": 0, "received": 200}
    hands.move(minutes=31)
    sweep_orders(clock.now())
    assert market.split(sku, 32).status == 201
    assert closed_epochs(find_offers([sku])[sku]) == [(4, 31)]


@pytest.mark.parametrize("seed", [0, 1], ids=["calm", "conflicts"])
def test_up_and_down_while_orders_are_placed_and_cancelled(market: Market, proxy: FaultsProxy, seed: int) -> None:
    """O1: 1 → 8 → 2 with folding in between: nothing is lost, nothing stranded, nothing falsely sold out."""
    (sku,) = market.offer(stock=60)
    proxy.clear(seed=seed)
    if seed:
        proxy.plan(CONFLICTS)
    stop = threading.Event()

    def buy_and_cancel(name: str) -> int:
        """Every third order is kept; returns how many."""
        buyer, placed, kept = person(name), 0, 0
        while not stop.is_set():
            reply = buyer.post("/v1/orders", market.order(sku))
            assert reply.status in (201, 503), reply.text
            if reply.status == 201:
                placed += 1
                keep = placed % 3 == 0 and kept < 4
                kept += keep
                back = f"/v1/orders/{reply.json['order_id']}/cancellation"
                assert keep or patiently(lambda: buyer.post(back)).status == 200  # noqa: B023 - called at once
        return kept

    with ThreadPoolExecutor(4) as pool:
        crowd = [pool.submit(buy_and_cancel, f"buyer{number}") for number in range(4)]
        try:
            for shards in (8, 2):
                assert patiently(lambda: market.split(sku, shards)).status == 201  # noqa: B023 - called at once
                retrying(lambda: fold_epochs(sku, clock.now()), budget_s=30)
        finally:
            stop.set()
        kept = sum(one.result() for one in crowd)

    proxy.clear()
    assert market.stock(sku) == {"on_hand": 60 - kept, "held": kept, "sold": 0, "received": 60}
    assert person("last").post("/v1/orders", market.order(sku, 60 - kept)).status == 201
    assert market.stock(sku)["on_hand"] == 0
