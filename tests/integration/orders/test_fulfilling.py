"""Sending and receiving (O4): parcels, receipts, and what time does by itself."""

import pytest

from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.orders import OrderReceived, OrderSettled, OrderShipped
from services.shared.plumbing import clock
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, said
from tests.integration.orders.market import Market, open_market, person, status_of
from tests.integration.orders.till import Till


def paid_order(market: Market, buyer: Client, *quantities: int) -> str:
    """A paid order with so many of each of several styles."""
    skus = market.offer(stock=9, price_fen=1_000, styles=len(quantities))
    lines = [{"sku_id": sku, "quantity": quantity} for sku, quantity in zip(skus, quantities, strict=True)]
    placed = buyer.post("/v1/orders", {"shop_id": market.shop_id, "lines": lines, "address": ADDRESS})
    order_id = str(placed.json["order_id"])
    market.paid(buyer, order_id)
    return order_id


def test_an_order_goes_in_several_parcels(market: Market) -> None:
    """O4: partly shipped until all is sent; each parcel is told."""
    buyer = person("anna")
    order_id = paid_order(market, buyer, 3, 2)

    first = market.ship(order_id, [(1, 2)])
    second = market.ship(order_id, [(1, 1), (2, 1)])
    last = market.ship(order_id)

    assert [one.json["status"] for one in (first, second, last)] == ["partly_shipped", "partly_shipped", "shipped"]
    assert [line["shipped"] for line in last.json["lines"]] == [3, 2]
    assert [one["shipment_no"] for one in last.json["shipments"]] == [1, 2, 3]
    assert [(told.shipment_no, told.complete) for told in said(order_id, OrderShipped)] == [
        (1, False), (2, False), (3, True),
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [[(1, 4)], [(1, 2), (1, 2)], [(2, 1)], [(1, 3), (9, 1)]])
def test_no_more_is_sent_than_was_ordered(market: Market, lines: list[tuple[int, int]]) -> None:
    """O4: also counted over the same line twice, and for lines that do not exist."""
    buyer = person("anna")
    order_id = paid_order(market, buyer, 3)

    refused = market.ship(order_id, lines)

    assert (refused.status, refused.slug) == (409, "illegal-transition")
    assert status_of(buyer, order_id) == "to_ship"


def test_what_is_not_paid_or_sent_already_is_not_sent(market: Market) -> None:
    """O4: 409 that says what would be legal."""
    buyer = person("anna")
    (sku,) = market.offer(stock=5)
    unpaid, sent = market.place(buyer, sku), paid_order(market, buyer, 1)
    market.ship(sent)

    refused = [market.ship(one) for one in (unpaid, sent)]

    assert [one.status for one in refused] == [409, 409]
    assert [one.json["legal"] for one in refused] == [
        ["cancel", "change_price", "expire", "pay"],
        ["close_after_sale", "correct_waybill", "extend_receipt", "receive"],
    ]


def test_a_parcel_sent_again_is_one(market: Market) -> None:
    """X2: the same key, the same parcel."""
    buyer = person("anna")
    order_id = paid_order(market, buyer, 3)
    body = {"carrier": "SF", "waybill": "1", "lines": [{"line_no": 1, "quantity": 1}]}
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/shipments"

    answers = [market.merchant.post(path, body, key="parcel" + order_id) for _ in range(3)]

    assert [one.status for one in answers] == [201] * 3
    assert answers[0].json == answers[1].json == answers[2].json
    assert len(answers[2].json["shipments"]) == 1


def test_the_buyer_says_that_the_goods_came(market: Market) -> None:
    """O4: once; before all is sent it is too early."""
    buyer = person("anna")
    order_id = paid_order(market, buyer, 2)
    market.ship(order_id, [(1, 1)])
    early = buyer.post(f"/v1/orders/{order_id}/receipt")
    market.ship(order_id)

    received = buyer.post(f"/v1/orders/{order_id}/receipt")
    again = buyer.post(f"/v1/orders/{order_id}/receipt")

    assert (early.slug, early.json["state"]) == ("illegal-transition", "partly_shipped")
    assert early.json["legal"] == ["close_after_sale", "correct_waybill", "ship"]
    assert (received.status, received.json["status"], again.json) == (200, "done", received.json)
    assert [told.by for told in said(order_id, OrderReceived)] == ["buyer"]
    assert [step["to"] for step in received.json["history"]] == [
        "pending_payment", "to_ship", "partly_shipped", "shipped", "done",
    ]  # fmt: skip


def test_a_gift_is_received_by_its_recipient_only(market: Market) -> None:
    """G7, G9: the giver cannot say that it came."""
    (sku,) = market.offer(stock=5)
    giver, recipient = person("anna"), person("rita")
    order_id = market.give(giver, sku)
    market.claim(order_id, sku, "person:rita")
    market.ship(order_id)

    assert giver.post(f"/v1/orders/{order_id}/receipt").slug == "not-found"
    received = recipient.post(f"/v1/orders/{order_id}/receipt")

    assert (received.status, received.json["status"]) == (200, "done")
    (told,) = said(order_id, OrderReceived)
    assert (told.by, told.recipient) == ("buyer", "person:rita")


def test_time_receives_and_settles_by_the_shops_terms(till: Till, hands: Hands) -> None:
    """O4, O7: days as they were when it was placed; not a minute early, once."""
    market = open_market(till, auto_confirm_days=3, settle_days=2)
    buyer = person("anna")
    order_id = paid_order(market, buyer, 2)
    market.ship(order_id)

    for moved, status, available in (
        ({"days": 2, "hours": 23, "minutes": 59}, "shipped", 0),
        ({"minutes": 2}, "done", 0),
        ({"days": 1, "hours": 23, "minutes": 55}, "done", 0),
        ({"minutes": 10}, "done", 1_988),
        ({"days": 30}, "done", 1_988),
    ):
        hands.move(**moved)
        sweep_orders(clock.now())
        assert (status_of(buyer, order_id), market.balance()["available_fen"]) == (status, available)

    assert [told.by for told in said(order_id, OrderReceived)] == ["auto"]
    (settled,) = said(order_id, OrderSettled)
    assert (settled.settled_fen, settled.fee_fen) == (1_988, 12)


def test_the_rest_of_an_order_may_take_its_time(market: Market, hands: Hands) -> None:
    """O4: days count from the last parcel."""
    buyer = person("anna")
    order_id = paid_order(market, buyer, 2)
    market.ship(order_id, [(1, 1)])
    hands.move(days=20)
    sweep_orders(clock.now())
    assert status_of(buyer, order_id) == "partly_shipped"

    market.ship(order_id)
    hands.move(days=9)
    sweep_orders(clock.now())

    assert status_of(buyer, order_id) == "shipped"
