"""The merchant changes an unpaid order's price (O4): exact over its lines, and nobody pays the old one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.refusals import PriceNotAllowed
from services.orders.repricing import NewPrice, repriced
from services.shared.contracts.orders import OrderRepriced
from tests.integration.http import Client, Reply
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Letterbox, Till
from tests.unit.orders.sample import line, order


def ordered(market: Market, buyer: Client, *quantities: int) -> str:
    """An unpaid order with so many of each of several styles, 10.00 each."""
    skus = market.offer(stock=9, price_fen=1_000, styles=len(quantities))
    lines = [{"sku_id": sku, "quantity": quantity} for sku, quantity in zip(skus, quantities, strict=True)]
    placed = buyer.post("/v1/orders", {"shop_id": market.shop_id, "lines": lines, "address": ADDRESS})
    return str(placed.json["order_id"])


def reprice(market: Market, order_id: str, **price: Any) -> Reply:
    """What the merchant asks for."""
    return market.merchant.post(f"/v1/shops/{market.shop_id}/orders/{order_id}/price", price)


def test_a_total_is_shared_out_exactly(market: Market) -> None:
    """O4: each line says what was taken off it; the buyer is told; history says from what to what."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 1, 1, 1)

    changed = reprice(market, order_id, total_fen=1_000)

    shown = buyer.get(f"/v1/orders/{order_id}").json
    assert (changed.status, changed.json["payable_fen"], shown["payable_fen"]) == (200, 1_000, 1_000)
    assert sorted(one["total_fen"] for one in shown["lines"]) == [333, 333, 334]
    assert all(one["discounts"][0]["kind"] == "price_change" for one in shown["lines"])
    step = shown["history"][-1]
    assert (step["to"], step["by"], step["why"]) == ("pending_payment", "merchant", "3000 to 1000 fen")
    (told,) = said(order_id, OrderRepriced)
    assert (told.was_fen, told.payable_fen) == (3_000, 1_000)


def test_it_is_paid_at_the_new_price(market: Market) -> None:
    """O3, O4: also the fee is of the new price."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 2)
    reprice(market, order_id, lines=[{"line_no": 1, "total_fen": 500}], freight_fen=100)

    market.paid(buyer, order_id)

    paid = buyer.get(f"/v1/orders/{order_id}").json
    assert (paid["status"], paid["paid_fen"], paid["freight_fen"]) == ("to_ship", 600, 100)
    assert market.balance()["wechat_fen"] == 600


def test_a_payment_that_was_started_is_closed(market: Market, till: Till) -> None:
    """O3, O4: here and at WeChat; the same method afterwards is a new payment of the new amount."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 1)
    old = market.start_paying(buyer, order_id)

    reprice(market, order_id, total_fen=700)
    new = market.start_paying(buyer, order_id)

    assert till.shown(old)["trade_state"] == "CLOSED"
    assert new != old
    assert buyer.get(f"/v1/orders/{order_id}/payment").json["amount_fen"] == 700


def test_the_old_price_is_never_accepted(market: Market, letterbox: Letterbox, till: Till) -> None:
    """O3, O4: who pays it all the same, in time, gets it back in full; the order waits for its new price."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 1)
    old = market.start_paying(buyer, order_id)
    reprice(market, order_id, total_fen=700)

    till.phone(old, after_close=True, times=0)
    assert till.paid_letter(old).bring().status == 200
    waiting = buyer.get(f"/v1/orders/{order_id}").json
    market.paid(buyer, order_id)

    assert (waiting["status"], waiting["paid_fen"]) == ("pending_payment", 1_000)
    assert [(one["amount_fen"], one["late"]) for one in waiting["payments"]] == [(1_000, True)]
    assert status_of(buyer, order_id) == "to_ship"
    market.settle_events()
    assert till.refunded_letter(old).bring().status == 200
    paid = buyer.get(f"/v1/orders/{order_id}").json
    assert (paid["paid_fen"], paid["refunded_fen"]) == (1_700, 1_000)
    assert market.balance()["late_fen"] == 0


def test_who_pays_first_has_paid(market: Market, letterbox: Letterbox) -> None:
    """O3, O4: WeChat is asked before the price changes, also where its letter was lost."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 1)
    market.pay(buyer, order_id, times=0)

    late = reprice(market, order_id, total_fen=700)

    assert (late.status, late.slug, late.json["state"]) == (409, "illegal-transition", "to_ship")
    assert buyer.get(f"/v1/orders/{order_id}").json["paid_fen"] == 1_000


def test_it_may_be_changed_again_and_back(market: Market) -> None:
    """O4: what an earlier change took off does not count twice."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 2, 1)
    reprice(market, order_id, total_fen=1)

    back = reprice(market, order_id, total_fen=3_000)

    assert (back.json["payable_fen"], back.json["discount_fen"]) == (3_000, 0)


@pytest.mark.parametrize(
    "price",
    [
        {"total_fen": 3_001},
        {"total_fen": 3_000},
        {"total_fen": 0},
        {"lines": [{"line_no": 1, "total_fen": 2_001}]},
        {"lines": [{"line_no": 3, "total_fen": 1}]},
        {"lines": [{"line_no": 1, "total_fen": 0}, {"line_no": 2, "total_fen": 0}]},
        {"lines": [{"line_no": 1, "total_fen": 1}] * 2},
        {"total_fen": 100, "freight_fen": 200},
        {},
    ],
)
def test_a_price_that_cannot_be_is_refused(market: Market, price: dict[str, Any]) -> None:
    """O4: dearer, free, of no line, no change; nothing is lost."""
    buyer = person("anna")
    order_id = ordered(market, buyer, 2, 1)

    refused = reprice(market, order_id, **price)

    assert (refused.status, refused.slug in ("price-not-allowed", "validation")) == (422, True)
    assert buyer.get(f"/v1/orders/{order_id}").json["version"] == 1


def test_it_is_too_late_after_the_deadline(market: Market, hands: Hands) -> None:
    """O4: whether or not somebody has started to pay."""
    buyer = person("anna")
    idle, paying = ordered(market, buyer, 1), ordered(market, buyer, 1)
    market.start_paying(buyer, paying)
    hands.move(minutes=31)

    refused = [reprice(market, one, total_fen=700) for one in (idle, paying)]

    assert [one.slug for one in refused] == ["illegal-transition", "order-expired"]


def test_the_recipient_of_a_gift_does_not_read_the_price_in_its_history(market: Market) -> None:
    """G9, O4."""
    (sku,) = market.offer(stock=5)
    giver = person("anna")
    order_id = str(giver.post("/v1/orders", market.gift(sku)).json["order_id"])
    reprice(market, order_id, total_fen=777)
    market.paid(giver, order_id)
    market.claim(order_id, sku, "person:rita")

    whys = [step["why"] for step in person("rita").get(f"/v1/orders/{order_id}").json["history"]]

    assert "price changed" in whys
    assert "777" not in str(whys)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10_000)), min_size=1, max_size=40), st.data())
def test_whatever_total_is_wanted_the_lines_make_it(lines: list[tuple[int, int]], data: st.DataObject) -> None:
    """O4: to the fen, no line dearer than offered, and again from any price to any other."""
    one = order(*[line(number, quantity, price) for number, (quantity, price) in enumerate(lines, start=1)])
    offered = one.goods_fen
    for _ in range(2):
        freight = data.draw(st.integers(0, 500))
        total = data.draw(st.integers(0, offered + 500))
        try:
            new, freight_fen = repriced(one, NewPrice(total_fen=total, freight_fen=freight))
        except PriceNotAllowed:
            assert total < 1 or not freight <= total <= offered + freight or total == one.payable_fen
            continue
        assert sum(each.total_fen for each in new) + freight_fen == total
        assert all(0 <= each.total_fen <= each.unit_price_fen * each.quantity for each in new)
        one = one.reprice(one.created_at, "person:max", new, freight_fen)
