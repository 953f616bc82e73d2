"""Sold out (O1, O2): said only when it is true, with what is left, and after overdue holds have ended."""

from services.orders.tables import find_offers
from services.shared.contracts.orders import AvailabilityChanged
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, said
from tests.integration.orders.market import Market, becomes, person, status_of
from tests.integration.orders.till import Till


def hints(sku_id: str) -> list[bool]:
    """What catalog was told of this style, in order: is there any."""
    return [told.in_stock for told in said(sku_id, AvailabilityChanged)]


def test_the_refusal_names_what_is_missing_and_what_is_left(market: Market) -> None:
    """O2: per style, so that a cart can be mended."""
    (few,), (none,), (many,) = market.offer(stock=2), market.offer(stock=0), market.offer(stock=9)
    lines = [{"sku_id": few, "quantity": 3}, {"sku_id": none, "quantity": 1}, {"sku_id": many, "quantity": 9}]

    refused = person("anna").post("/v1/orders", market.order(few) | {"lines": lines})

    assert (refused.status, refused.slug) == (409, "out-of-stock")
    assert (refused.json["sku_ids"], refused.json["left"]) == (sorted([few, none]), {few: 2, none: 0})
    assert [market.stock(sku)["held"] for sku in (few, none, many)] == [0, 0, 0]


def test_offers_tell_price_and_what_is_left(market: Market) -> None:
    """O1: for anybody, also for the most split styles; what is unknown is left out."""
    skus = market.offer(stock=40, price_fen=500, styles=5)
    for sku in skus:
        assert market.split(sku, 32).status == 201
    market.place(person("anna"), skus[0], 4)

    offers = market.stranger().get(f"/v1/offers?sku_ids={','.join([*skus, 'sku_none'])}")

    assert offers.status == 200, offers.text
    assert [(one["sku_id"], one["left"], one["price_fen"]) for one in offers.json["items"]] == [
        (sku, 36 if sku == skus[0] else 40, 500) for sku in skus
    ]


def test_offers_are_asked_for_by_40(market: Market) -> None:
    """X2: more ids are refused, not forgotten."""
    asked = ",".join(f"sku_{number}" for number in range(41))

    assert market.stranger().get(f"/v1/offers?sku_ids={asked}").slug == "validation"
    assert market.stranger().get("/v1/offers").slug == "validation"


def test_an_overdue_hold_is_ended_before_sold_out_is_said(market: Market, hands: Hands) -> None:
    """O1: nobody has to wait for the schedule."""
    (sku,) = market.offer(stock=1)
    slow, quick = person("anna"), person("bert")
    order_id = market.place(slow, sku)
    assert quick.post("/v1/orders", market.order(sku)).slug == "out-of-stock"

    hands.move(minutes=30)
    placed = quick.post("/v1/orders", market.order(sku))

    assert placed.status == 201
    assert slow.get(f"/v1/orders/{order_id}").json["history"][-1]["why"] == "expired"
    assert market.stock(sku) == {"on_hand": 0, "held": 1, "sold": 0, "received": 1}


def test_a_hold_of_who_may_be_paying_stands_through_the_grace(market: Market, hands: Hands) -> None:
    """O3: sold out stays sold out until five minutes after the deadline."""
    hands.stop()
    (sku,) = market.offer(stock=1)
    slow, quick = person("anna"), person("bert")
    order_id = market.place(slow, sku)
    market.start_paying(slow, order_id)

    hands.move(minutes=34, seconds=50)
    assert quick.post("/v1/orders", market.order(sku)).slug == "out-of-stock"
    hands.move(seconds=15)

    assert quick.post("/v1/orders", market.order(sku)).status == 201
    assert status_of(slow, order_id) == "cancelled"


def test_a_hold_that_was_paid_meanwhile_is_paid_not_swept(market: Market, till: Till, hands: Hands) -> None:
    """O3: WeChat is asked before a hold ends; its answer is as good as its letter."""
    (sku,) = market.offer(stock=1)
    payer, other = person("anna"), person("bert")
    order_id = market.place(payer, sku)
    market.pay(payer, order_id, times=0)

    hands.move(minutes=36)

    assert other.post("/v1/orders", market.order(sku)).slug == "out-of-stock"
    becomes(payer, order_id, "to_ship")
    assert market.stock(sku) == {"on_hand": 0, "held": 0, "sold": 1, "received": 1}


def test_a_style_in_one_piece_more_than_there_is(market: Market) -> None:
    """O2: nothing is left behind by the attempt, and what is there can be had."""
    (sku,) = market.offer(stock=3)
    buyer = person("anna")

    assert buyer.post("/v1/orders", market.order(sku, 4)).json["left"] == {sku: 3}
    assert buyer.post("/v1/orders", market.order(sku, 3)).status == 201
    assert buyer.post("/v1/orders", market.order(sku, 1)).json["left"] == {sku: 0}


def test_shelves_hear_once_that_a_style_is_gone_and_back(market: Market) -> None:
    """O1: a hint per change, however many are refused."""
    (sku,) = market.offer(stock=1)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    assert hints(sku) == []

    refuse_twice(market, sku)
    assert hints(sku) == [False]
    buyer.post(f"/v1/orders/{order_id}/cancellation")
    market.settle_events()
    assert hints(sku) == [False, True]

    market.place(buyer, sku)
    refuse_twice(market, sku)
    assert market.adjust(sku, "add", 5).status == 201
    assert market.adjust(sku, "add", 5).status == 201
    assert hints(sku) == [False, True, False, True]


def refuse_twice(market: Market, sku_id: str) -> None:
    """Two buyers who come too late."""
    for _ in range(2):
        assert person("bert").post("/v1/orders", market.order(sku_id)).slug == "out-of-stock"


def test_more_than_there_is_does_not_make_a_style_gone(market: Market) -> None:
    """O1: three are left, so the shelf keeps showing it."""
    (sku,) = market.offer(stock=3)

    assert person("anna").post("/v1/orders", market.order(sku, 4)).slug == "out-of-stock"

    assert hints(sku) == []
    assert find_offers([sku])[sku].available


def test_an_order_of_40_sold_out_styles_can_end(market: Market) -> None:
    """O1: whatever the shelves must hear then, the order and its stock fit into one transaction."""
    skus = market.offer(stock=1, styles=40)
    buyer = person("anna")
    order_id = _all_of(buyer, market, skus)
    for sku in skus:
        assert person("bert").post("/v1/orders", market.order(sku)).slug == "out-of-stock"

    cancelled = buyer.post(f"/v1/orders/{order_id}/cancellation")
    market.settle_events()

    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    assert [market.stock(sku)["on_hand"] for sku in skus] == [1] * 40
    assert [hints(sku) for sku in skus] == [[False, True]] * 40


def _all_of(buyer: Client, market: Market, skus: list[str]) -> str:
    lines = [{"sku_id": sku, "quantity": 1} for sku in skus]
    reply = buyer.post("/v1/orders", {"shop_id": market.shop_id, "lines": lines, "address": ADDRESS})
    assert reply.status == 201, reply.text
    return str(reply.json["order_id"])
