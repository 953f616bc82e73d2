"""Low stock (O1): told once when a style falls to its threshold, again only after it was above it; never a flood."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.faults import Fault, FaultsProxy
from services.orders import app as orders
from services.orders.tables import find_offers
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import StockLow
from tests.integration.http import Reply
from tests.integration.orders.crowd import outcome, press
from tests.integration.orders.events import hear, said, told_of
from tests.integration.orders.market import Market, person
from tests.integration.wire import sqs_event

CONFLICTS = Fault("conflict", operations={"TransactWriteItems", "TransactGetItems"}, probability=0.25)


def alarms(sku_id: str) -> list[int]:
    """How many were left each time it was told, in order."""
    return [told.left for told in said(sku_id, StockLow)]


def at(market: Market, sku_id: str, low_at: int | None) -> Reply:
    """Set the style's own threshold."""
    path = f"/v1/shops/{market.shop_id}/stock/{sku_id}"
    return market.merchant.patch(path, {"low_stock_threshold": low_at})


def sell(market: Market, sku_id: str, quantity: int) -> str:
    """An order, and all that orders hears of it."""
    order_id = market.place(person("anna"), sku_id, quantity)
    market.settle_events()
    return order_id


def test_told_once_when_it_falls_and_again_after_it_rose(market: Market) -> None:
    """O1: at 5 by default; selling on says nothing more; what comes back arms it."""
    (sku,) = market.offer(stock=8, title="桂花茶")

    sell(market, sku, 2)
    assert alarms(sku) == []
    back = sell(market, sku, 1)
    assert alarms(sku) == [5]
    sell(market, sku, 2)
    assert alarms(sku) == [5]

    person("anna").post(f"/v1/orders/{back}/cancellation")
    market.settle_events()
    assert alarms(sku) == [5]
    market.adjust(sku, "add", 2)
    market.settle_events()
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/stock/{sku}").json["low"] is False
    sell(market, sku, 6)
    assert alarms(sku) == [5, 0]
    (told, _) = said(sku, StockLow)
    assert (told.shop_id, told.title, told.product_id) == (market.shop_id, "桂花茶", market.product_of(sku))


def test_the_merchant_says_at_how_many(market: Market) -> None:
    """O1: a style's own threshold, else its shop's; a style that is below a new one is told of at once."""
    own, shops = market.offer(stock=50, styles=2)
    path = f"/v1/shops/{market.shop_id}/stock-settings"

    assert market.merchant.put(path, {"low_stock_threshold": 45}).json["low_stock_threshold"] == 45
    assert at(market, own, 20).json["low_stock_threshold"] == 20
    sell(market, own, 10)
    sell(market, shops, 10)
    assert (alarms(own), alarms(shops)) == ([], [40])

    assert at(market, own, 40).status == 200
    market.settle_events()
    assert alarms(own) == [40]
    assert at(market, own, None).json["low_stock_threshold"] == 45
    assert market.merchant.put(path, {"low_stock_threshold": None}).json["low_stock_threshold"] == 5
    assert market.merchant.get(path).json["low_stock_threshold"] == 5
    assert [at(market, own, wrong).slug for wrong in (-1, 1_000_000_001)] == ["validation"] * 2


def test_a_style_that_begins_low_is_listed_and_not_told_of(market: Market) -> None:
    """O1: nobody needs to hear that a new style has three; it is told when it had more and falls again."""
    few, many = market.offer(stock=3), market.offer(stock=30)

    sell(market, few[0], 1)
    assert alarms(few[0]) == []
    low = market.merchant.get(f"/v1/shops/{market.shop_id}/stock?low=true").json["items"]
    assert [(one["sku_id"], one["on_hand"], one["low"]) for one in low] == [(few[0], 2, True)]
    market.adjust(few[0], "set", 40)
    market.settle_events()
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/stock?low=true").json["items"] == []
    sell(market, few[0], 36)
    assert (alarms(few[0]), alarms(many[0])) == ([4], [])


@pytest.mark.parametrize(("shards", "seed"), [(1, None), (8, 2)], ids=["one shard", "eight shards and conflicts"])
def test_200_orders_that_cross_it_tell_once(market: Market, proxy: FaultsProxy, shards: int, seed: int | None) -> None:
    """O1: a crowd, and orders hears of all of them, each twice, shuffled; of all shards the sum counts."""
    (sku,) = market.offer(stock=200)
    market.split(sku, shards)
    presses = press(market, sku, 200)
    assert outcome(presses) == {"201": 200}
    placed = [event for one in presses for event in told_of(one.last.json["order_id"])]
    proxy.clear(seed=seed or 0)
    if seed:
        proxy.plan(CONFLICTS)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(_hear, [*placed, *placed]))

    proxy.clear()
    assert len(placed) == 200
    assert alarms(sku) == [0]
    assert find_offers([sku])[sku].low


def test_stock_that_comes_while_it_is_told_arms_it_again(market: Market, proxy: FaultsProxy) -> None:
    """O1: the merchant adds between the look and the mark; the mark does not stay, and the next fall is told."""
    (sku,) = market.offer(stock=8)
    order_id = market.place(person("anna"), sku, 4)
    (event,) = told_of(order_id)
    proxy.clear()
    proxy.at_call(1, "before", lambda _: market.adjust(sku, "add", 90), operations={"TransactWriteItems"})

    hear(event)

    market.settle_events()
    assert (alarms(sku), find_offers([sku])[sku].low) == ([4], False)
    sell(market, sku, 90)
    assert alarms(sku) == [4, 4]


def _hear(event: Envelope) -> None:
    """In bad weather a letter may have to come again."""
    letter = sqs_event(event.model_dump_json())
    assert any(orders.consume(letter, None) == {"batchItemFailures": []} for _ in range(20))
