"""Stock split over shards (O1): up and down while orders go on; no unit is lost, doubled or stranded."""

import threading
from functools import partial

import pytest

from infra.faults import FaultsProxy
from services.orders.stock.tables import shards_now, shards_of_all_epochs
from services.orders.tables import find_offers
from tests.integration.http import Client
from tests.integration.orders.crowd import patiently
from tests.integration.orders.market import Market, person


def check(market: Market, sku_id: str) -> None:
    """Every counter balances, closed ones have nothing on hand."""
    offer = find_offers([sku_id])[sku_id]
    counters = shards_of_all_epochs(offer)
    assert all(one.balanced for one in counters), counters
    assert not any(one.on_hand for one in counters if one.epoch < int(offer.epoch))
    assert [one.closed for one in shards_now(offer)] == [False] * int(offer.shards)


def cancel(buyer: Client, order_id: str) -> None:
    """Give the hold back."""
    assert buyer.post(f"/v1/orders/{order_id}/cancellation").status == 200


def test_splitting_up_and_down_while_units_are_held(market: Market) -> None:
    """O1: 1 → 8 → 2: held and sold stay where they are, what comes back goes to the current epoch."""
    (sku,) = market.offer(stock=20)
    buyer = person("anna")
    early = [market.place(buyer, sku, 2), market.place(buyer, sku, 1)]

    assert [one["on_hand"] for one in market.split(sku, 8).json["shards"]] == [3, 2, 2, 2, 2, 2, 2, 2]
    middle = [market.place(buyer, sku, 2), market.place(buyer, sku, 5)]
    check(market, sku)
    assert [one["on_hand"] for one in market.split(sku, 2).json["shards"]] == [5, 5]
    check(market, sku)
    market.paid(buyer, early[0])
    market.paid(buyer, middle[1])
    assert market.stock(sku) == {"on_hand": 10, "held": 3, "sold": 7, "received": 20}

    for order_id in (early[1], middle[0]):
        cancel(buyer, order_id)
        check(market, sku)

    assert market.stock(sku) == {"on_hand": 13, "held": 0, "sold": 7, "received": 20}
    market.place(buyer, sku, 13)
    assert buyer.post("/v1/orders", market.order(sku)).json["left"] == {sku: 0}


def test_what_was_taken_from_many_shards_returns_to_fewer(market: Market) -> None:
    """O1: parts that now fall into the same shard come back as one."""
    (sku,) = market.offer(stock=8)
    market.split(sku, 8)
    buyer = person("anna")
    order_id = market.place(buyer, sku, 8)
    market.split(sku, 2)

    cancel(buyer, order_id)

    check(market, sku)
    assert market.stock(sku) == {"on_hand": 8, "held": 0, "sold": 0, "received": 8}


def test_units_that_lie_scattered_are_sold_together(market: Market) -> None:
    """O1: one unit a shard, and somebody wants all of them: none is stranded."""
    (sku,) = market.offer(stock=32)
    market.split(sku, 32)

    placed = person("anna").post("/v1/orders", market.order(sku, 32))

    assert placed.status == 201
    assert market.stock(sku) == {"on_hand": 0, "held": 32, "sold": 0, "received": 32}


def test_many_scattered_styles_in_one_order(market: Market) -> None:
    """O2: what would need more than one transaction is refused with a sentence, not with an error, nor "sold out"."""
    skus = market.offer(stock=8, styles=12)
    for sku in skus:
        market.split(sku, 8)
    buyer = person("anna")

    def all_of(styles: list[str]) -> dict[str, object]:
        return market.order(styles[0]) | {"lines": [{"sku_id": sku, "quantity": 8} for sku in styles]}

    refused = buyer.post("/v1/orders", all_of(skus))
    assert (refused.status, refused.slug, refused.json["most"]) == (422, "too-many-lines", 6)
    placed = buyer.post("/v1/orders", all_of(skus[:6]))
    assert placed.status == 201
    for sku in skus[:6]:
        market.split(sku, 1)
    cancel(buyer, placed.json["order_id"])
    for sku in skus:
        check(market, sku)
        assert market.stock(sku)["on_hand"] == 8


def test_an_adjustment_reaches_all_shards(market: Market) -> None:
    """O1: subtract takes from several, set counts all."""
    (sku,) = market.offer(stock=16)
    market.split(sku, 8)

    assert market.adjust(sku, "subtract", 13).json["on_hand"] == 3
    assert market.adjust(sku, "set", 40).json["on_hand"] == 40
    assert market.adjust(sku, "set", 2).json["on_hand"] == 2
    assert market.adjust(sku, "subtract", 3).json["left"] == {sku: 2}
    check(market, sku)


def test_placing_while_the_stock_is_split_goes_on(market: Market, proxy: FaultsProxy) -> None:
    """O1: the buyer read one shard; before the commit there are eight."""
    (sku,) = market.offer(stock=5)
    proxy.at_call(1, "before", lambda _: market.split(sku, 8), operations={"TransactWriteItems"})

    placed = person("anna").post("/v1/orders", market.order(sku, 4))

    assert placed.status == 201
    assert market.stock(sku) == {"on_hand": 1, "held": 4, "sold": 0, "received": 5}
    check(market, sku)


@pytest.mark.parametrize("shards", [1, 4])
def test_cancelling_while_the_stock_is_split_goes_on(market: Market, proxy: FaultsProxy, shards: int) -> None:
    """O1: the shard it came from closes between reading and giving back."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku, 3)
    proxy.clear()
    proxy.at_call(1, "before", lambda _: market.split(sku, shards), operations={"TransactWriteItems"})

    cancel(buyer, order_id)

    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    check(market, sku)


def test_splitting_goes_through_while_many_order(market: Market) -> None:
    """O1: six buyers press without pause; four splits go through, nothing is lost."""
    (sku,) = market.offer(stock=100_000)
    stop, placed = threading.Event(), []

    def press(name: str) -> None:
        buyer = person(name)
        while not stop.is_set():
            reply = buyer.post("/v1/orders", market.order(sku))
            assert reply.status in (201, 503), reply.text
            placed.extend([1] if reply.status == 201 else [])

    threads = [threading.Thread(target=press, args=(f"buyer{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    try:
        answers = [patiently(partial(market.split, sku, shards)).status for shards in (8, 32, 3, 1)]
    finally:
        stop.set()
    for thread in threads:
        thread.join()

    assert answers == [201] * 4
    assert market.stock(sku) == {"on_hand": 100_000 - len(placed), "held": len(placed), "sold": 0, "received": 100_000}
    check(market, sku)
