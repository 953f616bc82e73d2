"""How many pieces of a product one buyer may have (O2): exact, whoever presses how often at once, and given back."""

from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.orders import app as orders
from services.orders.claim_gift import return_gift
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import bought_by, own_begin
from services.shared.plumbing import clock, ids
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands
from tests.integration.orders.crowd import at_once, patiently
from tests.integration.orders.market import Market, person
from tests.integration.wire import discard


def has(market: Market, name: str, sku_id: str) -> int:
    """How many pieces of the style's product this person has, by orders' count."""
    return bought_by(market.shop_id, f"person:{name}").get(market.product_of(sku_id), 0)


@pytest.fixture
def name() -> str:
    """Somebody who has never bought anything."""
    return ids.new_id("limited")


def test_one_buyer_may_have_so_many_and_no_more(market: Market, name: str) -> None:
    """O2: over all orders and all styles of the product; the refusal says what is left, and nothing is held."""
    red, blue = market.offer(stock=9, styles=2, max_per_buyer=3)
    buyer = person(name)
    market.place(buyer, red, 2)

    refused = buyer.post("/v1/orders", market.order(blue, 2))

    product_id = market.product_of(red)
    assert (refused.status, refused.slug) == (409, "buyers-limit")
    assert {field: refused.json[field] for field in ("product_ids", "most", "left")} == {
        "product_ids": [product_id],
        "most": {product_id: 3},
        "left": {product_id: 1},
    }
    assert market.stock(blue)["held"] == 0
    market.place(buyer, blue, 1)
    market.place(person(name + "'s friend"), blue, 3)


def test_an_order_beyond_the_limit_by_itself_is_refused_unread(market: Market, name: str) -> None:
    """O2: styles of one product add up within the order too."""
    red, blue = market.offer(stock=9, styles=2, max_per_buyer=3)
    lines = [{"sku_id": red, "quantity": 2}, {"sku_id": blue, "quantity": 2}]

    refused = person(name).post("/v1/orders", market.order(red) | {"lines": lines})

    assert (refused.slug, refused.json["left"]) == ("buyers-limit", {market.product_of(red): 3})


def test_products_without_a_limit_are_not_counted(market: Market, name: str) -> None:
    """O2: and the limited one of the same order is."""
    (limited,), (free,) = market.offer(stock=9, max_per_buyer=1), market.offer(stock=9)
    lines = [{"sku_id": free, "quantity": 5}, {"sku_id": limited, "quantity": 1}]

    assert person(name).post("/v1/orders", market.order(free) | {"lines": lines}).status == 201
    assert bought_by(market.shop_id, f"person:{name}") == {market.product_of(limited): 1}


def test_a_cancelled_order_gives_its_pieces_back(market: Market, name: str) -> None:
    """O2: once, however often it is cancelled."""
    (sku,) = market.offer(stock=9, max_per_buyer=2)
    buyer = person(name)
    order_id = market.place(buyer, sku, 2)

    for _ in range(2):
        assert buyer.post(f"/v1/orders/{order_id}/cancellation").status == 200

    assert has(market, name, sku) == 0
    market.place(buyer, sku, 2)


def test_an_expired_order_gives_its_pieces_back(market: Market, hands: Hands, name: str) -> None:
    """O2: by the schedule."""
    (sku,) = market.offer(stock=9, max_per_buyer=2)
    market.place(person(name), sku, 2)

    hands.move(minutes=31)
    sweep_orders(clock.now())

    assert has(market, name, sku) == 0


def test_a_gift_that_nobody_took_does_not_count(market: Market, name: str) -> None:
    """O2, G5: while it waits it does."""
    (sku,) = market.offer(stock=9, max_per_buyer=1)
    order_id = market.give(person(name), sku)
    assert has(market, name, sku) == 1

    market.decline(order_id)

    assert has(market, name, sku) == 0


def test_of_a_gift_for_many_what_is_declined_does_not_count(market: Market, name: str) -> None:
    """O2, G6: what was taken, or still may be, does."""
    (sku,) = market.offer(stock=9, max_per_buyer=3)
    giver = person(name)
    body = market.gift(sku, mode="group", recipients=3) | {"lines": [{"sku_id": sku, "quantity": 3}]}
    order_id = giver.post("/v1/orders", body).json["order_id"]
    market.paid(giver, order_id)
    second = f"sub_{order_id.partition('_')[2]}-2"

    now = clock.now()
    for _ in range(2):
        return_gift(order_id, [second], "gift_declined", begin=own_begin(now), now=now)

    assert has(market, name, sku) == 2


def test_forty_limited_products_fit_into_one_order(market: Market, name: str) -> None:
    """O2: one row a buyer and shop counts them all, in the one transaction; and one takes them back."""
    skus = [sku for _ in range(40) for sku in market.offer(stock=9, max_per_buyer=2)]
    lines = [{"sku_id": sku, "quantity": 2} for sku in skus]
    buyer = person(name)

    placed = buyer.post("/v1/orders", market.order(skus[0]) | {"lines": lines})
    assert placed.status == 201, placed.text
    assert {has(market, name, sku) for sku in skus} == {2}

    refused = buyer.post("/v1/orders", market.order(skus[7]))
    assert refused.json["left"] == {market.product_of(skus[7]): 0}
    assert buyer.post(f"/v1/orders/{placed.json['order_id']}/cancellation").status == 200
    assert {has(market, name, sku) for sku in skus} == {0}


def test_of_many_orders_at_once_as_many_go_through_as_there_is_room(market: Market, name: str) -> None:
    """O2: twelve threads, one buyer, room for five; each has a definite answer."""
    (sku,) = market.offer(stock=50, max_per_buyer=5)

    replies = at_once(12, lambda _: patiently(lambda: person(name).post("/v1/orders", market.order(sku))))

    assert sorted(reply.status for reply in replies) == [201] * 5 + [409] * 7
    assert {reply.slug for reply in replies if reply.status == 409} == {"buyers-limit"}
    assert (has(market, name, sku), market.stock(sku)["held"]) == (5, 5)


def test_conflicts_are_tried_again_and_never_refuse_falsely(market: Market, proxy: FaultsProxy, name: str) -> None:
    """O2: nobody hears "sold out" or "too many" while there is room, and an order of two styles is whole or not there;
    a busy engine is 503 with Retry-After at worst."""
    discard(orders)
    red, blue = market.offer(stock=16, styles=2, max_per_buyer=24)
    lines = [{"sku_id": red, "quantity": 1}, {"sku_id": blue, "quantity": 2}]
    proxy.plan(Fault("conflict", probability=0.5, operations={"TransactWriteItems"}))

    replies = at_once(8, lambda _: _pressed(person(name), market.order(red) | {"lines": lines}))

    proxy.clear()
    assert [reply.status for reply in replies] == [201] * 8
    assert (has(market, name, red), market.stock(red)["held"], market.stock(blue)["held"]) == (24, 8, 16)


def test_an_engine_that_stays_busy_is_503_and_nothing_else(market: Market, proxy: FaultsProxy, name: str) -> None:
    """O2: with Retry-After, and not one thing is written."""
    (sku,) = market.offer(stock=5, max_per_buyer=8)
    proxy.plan(Fault("conflict", probability=1.0, operations={"TransactWriteItems"}))

    refused = person(name).post("/v1/orders", market.order(sku))

    proxy.clear()
    assert (refused.status, refused.slug) == (503, "too-busy")
    assert int(refused.headers["retry-after"]) >= 1
    assert (has(market, name, sku), market.stock(sku)["held"]) == (0, 0)


def _pressed(buyer: Client, body: dict[str, Any]) -> Any:
    """The same key until there is a definite answer, as the answer asks."""
    key = ids.new_id("key")
    while (reply := buyer.post("/v1/orders", body, key=key)).status == 503:
        assert "retry-after" in reply.headers
    return reply
