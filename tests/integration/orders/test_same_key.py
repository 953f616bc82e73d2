"""Any POST may be sent again (X2): one effect, equal answers, whatever got lost on the way."""

from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.plumbing import ids
from tests.integration.orders.crowd import at_once
from tests.integration.orders.market import Market, person


@pytest.fixture
def key() -> str:
    """A key that nobody has used."""
    return ids.new_id("key")


@pytest.mark.parametrize("faults", [[], [Fault("conflict", probability=0.2)]], ids=["calm", "conflicts"])
def test_the_same_key_50_times_at_once(market: Market, proxy: FaultsProxy, key: str, faults: list[Fault]) -> None:
    """X2: one order, 50 equal answers; another body with that key is refused."""
    (sku,) = market.offer(stock=60)
    buyer, body = person("anna"), market.order(sku, 2)
    proxy.plan(*faults)

    answers = at_once(50, lambda _: buyer.post("/v1/orders", body, key=key))

    proxy.clear()
    answers = [one if one.status == 201 else buyer.post("/v1/orders", body, key=key) for one in answers]
    assert {one.status for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert market.stock(sku) == {"on_hand": 58, "held": 2, "sold": 0, "received": 60}
    other = buyer.post("/v1/orders", market.order(sku, 3), key=key)
    assert (other.status, other.slug) == (422, "idempotency-key-reused")


def test_the_same_body_in_another_order_of_fields(market: Market, key: str) -> None:
    """X2: it is the same request."""
    (sku,) = market.offer(stock=5)
    body = market.order(sku)

    first = person("anna").post("/v1/orders", body, key=key)
    again = person("anna").post("/v1/orders", dict(reversed(body.items())), key=key)

    assert first.json == again.json


def test_another_persons_same_key_is_their_own(market: Market, key: str) -> None:
    """X2: keys belong to a person."""
    (sku,) = market.offer(stock=5)

    placed = [person(name).post("/v1/orders", market.order(sku), key=key) for name in ("anna", "bert")]

    assert [one.status for one in placed] == [201, 201]
    assert placed[0].json["order_id"] != placed[1].json["order_id"]


def test_an_answer_lost_after_the_commit(market: Market, proxy: FaultsProxy, key: str) -> None:
    """X2: the engine did it, and nobody heard: sent again it is the same order."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    buyer.post("/v1/orders", market.order(sku))
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, times=3))

    answers = [buyer.post("/v1/orders", market.order(sku), key=key) for _ in range(2)]

    assert proxy.fired["lose_answer"] == 3
    assert [one.status for one in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert market.stock(sku)["held"] == 2


def test_sent_again_after_it_has_sold_out_or_changed(market: Market, key: str) -> None:
    """X2: the record is looked at before a refusal is told."""
    (sku,) = market.offer(stock=1, price_fen=500)
    buyer, body = person("anna"), market.order(sku, expected_total_fen=500)
    order_id = buyer.post("/v1/orders", body, key=key).json["order_id"]

    sold_out = buyer.post("/v1/orders", body, key=key)
    market.withdraw(sku)
    withdrawn = buyer.post("/v1/orders", body, key=key)
    market.paid(buyer, order_id)
    paid = buyer.post("/v1/orders", body, key=key)

    assert [one.json["order_id"] for one in (sold_out, withdrawn, paid)] == [order_id] * 3
    assert (sold_out.json["status"], paid.json["status"]) == ("pending_payment", "to_ship")


def test_a_refusal_is_not_remembered(market: Market, key: str) -> None:
    """X2: the same key is judged anew."""
    (sku,) = market.offer(stock=0)
    buyer = person("anna")
    assert buyer.post("/v1/orders", market.order(sku), key=key).slug == "out-of-stock"

    market.adjust(sku, "add", 1)

    assert buyer.post("/v1/orders", market.order(sku), key=key).status == 201


def test_keys_of_other_routes_are_other_keys(market: Market, key: str) -> None:
    """X2: the same key for an order, its payment and its parcel."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = buyer.post("/v1/orders", market.order(sku), key=key).json["order_id"]

    started: Any = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key=key)
    market.till.phone(started.json["out_trade_no"], times=0)
    market.till.paid_letter(started.json["out_trade_no"]).bring()

    assert started.status == 201
    assert market.ship(order_id, key=key).status == 201
    assert market.adjust(sku, "add", 1, key=key).status == 201
