"""Another address before anything is sent (O4): asked, answered in time or not, and never in clear where it lies."""

from typing import Any

import pytest

from services.orders.sweep_orders import sweep_orders
from services.orders.tables import VAULT
from services.shared.contracts.orders import AddressChangeAsked, AddressChangeEnded
from services.shared.plumbing import clock
from tests.integration.http import Client, Reply
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, said
from tests.integration.orders.market import Market, open_market, person, status_of
from tests.integration.orders.till import Till

ELSEWHERE = ADDRESS | {"detail": "SECRET lane 7", "name": "Bo", "phone": "13911112222"}


def paid(market: Market, buyer: Client, **goods: Any) -> str:
    """A paid order."""
    (sku,) = market.offer(stock=9, **goods)
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)
    return order_id


def ask(buyer: Client, order_id: str, **other: str) -> Reply:
    """What the buyer wishes."""
    return buyer.post(f"/v1/orders/{order_id}/address-change", {"address": ELSEWHERE | other})


def decide(market: Market, order_id: str, decision: str, **why: str) -> Reply:
    """What the merchant says to it."""
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/address-change/decisions"
    return market.merchant.post(path, {"decision": decision} | why)


def automatic(market: Market) -> Reply:
    """The shop takes other addresses without being asked."""
    return market.merchant.put(f"/v1/shops/{market.shop_id}/fulfilment-policy", {"address_change": "automatic"})


def outcomes(order_id: str) -> list[str]:
    """What was told of it."""
    return [told.outcome for told in said(order_id, AddressChangeEnded)]


def test_the_shop_accepts_another_address(market: Market) -> None:
    """O4: nothing is shipped meanwhile; then it goes there."""
    buyer = person("anna")
    order_id = paid(market, buyer)

    asked = ask(buyer, order_id)
    early = market.ship(order_id)
    seen = market.merchant.get(f"/v1/shops/{market.shop_id}/orders/{order_id}").json
    accepted = decide(market, order_id, "accept")
    sent = market.ship(order_id)

    assert (asked.status, asked.json["address_change"]["status"]) == (200, "asked")
    assert asked.json["address"]["detail"] == ADDRESS["detail"]
    assert (early.status, early.slug) == (409, "address-change-pending")
    assert seen["address_change"]["address"]["detail"] == "SECRET lane 7"
    assert accepted.json["address"]["detail"] == "SECRET lane 7"
    assert (accepted.json["address_change"]["status"], accepted.json["address_change"]["address"]) == ("accepted", None)
    assert sent.json["status"] == "shipped"
    assert len(said(order_id, AddressChangeAsked)) == 1
    assert outcomes(order_id) == ["accepted"]
    assert [step["why"] for step in accepted.json["history"]][-1] == "address changed"


def test_the_shop_rejects_it(market: Market) -> None:
    """O4: the address stays, the buyer hears why; there is nothing more to decide, and it may be asked again."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    ask(buyer, order_id)

    rejected = decide(market, order_id, "reject", why="packed_already")
    again = decide(market, order_id, "accept")

    assert rejected.json["address"]["detail"] == ADDRESS["detail"]
    assert (again.status, again.slug) == (409, "no-address-asked")
    shown = buyer.get(f"/v1/orders/{order_id}").json["address_change"]
    assert (shown["status"], shown["why"], shown["address"]) == ("rejected", "packed_already", None)
    assert outcomes(order_id) == ["rejected"]
    assert ask(buyer, order_id).json["address_change"]["status"] == "asked"


def test_a_shop_that_does_not_answer_has_said_no(market: Market, hands: Hands) -> None:
    """O4: it ends by itself after 24 hours, is shown so before it is written, and holds up no parcel."""
    buyer = person("anna")
    order_id, other = paid(market, buyer), paid(market, buyer)
    ask(buyer, order_id)
    ask(buyer, other)
    hands.move(hours=23, minutes=59)
    sweep_orders(clock.now())
    waiting = buyer.get(f"/v1/orders/{order_id}").json["address_change"]["status"]
    hands.move(minutes=2)

    shown = buyer.get(f"/v1/orders/{order_id}").json
    late = decide(market, order_id, "accept")
    sent = market.ship(other)
    sweep_orders(clock.now())
    sweep_orders(clock.now())

    assert (waiting, shown["address_change"]["status"], shown["status"]) == ("asked", "expired", "to_ship")
    assert late.slug == "no-address-asked"
    assert (sent.json["status"], sent.json["address_change"]["status"]) == ("shipped", "expired")
    assert outcomes(order_id) == ["expired"]
    assert buyer.get(f"/v1/orders/{order_id}").json["version"] == shown["version"] + 1


def test_asking_again_replaces_what_was_asked(market: Market) -> None:
    """O4: the last wish counts; the same key is the same wish."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    ask(buyer, order_id)
    body, path = {"address": ELSEWHERE | {"detail": "third"}}, f"/v1/orders/{order_id}/address-change"
    answers = [buyer.post(path, body, key="wish" + order_id) for _ in range(2)]

    accepted = decide(market, order_id, "accept")

    assert answers[0].json == answers[1].json
    assert accepted.json["address"]["detail"] == "third"


def test_a_shop_may_take_them_without_being_asked(market: Market) -> None:
    """O4: where sending costs no more than was paid."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    policy = automatic(market)

    changed = ask(buyer, order_id)

    assert (policy.json["address_change"], policy.json["version"], automatic(market).json) == (
        "automatic",
        1,
        policy.json,
    )
    assert (changed.json["address"]["detail"], changed.json["address_change"]["status"]) == (
        "SECRET lane 7",
        "accepted",
    )
    assert outcomes(order_id) == ["automatic"]
    assert said(order_id, AddressChangeAsked) == []


def test_where_sending_costs_more_the_shop_is_asked_all_the_same(market: Market) -> None:
    """O4, O13: freight stays as it was paid, so the shop sees what it would cost, and decides."""
    buyer = person("anna")
    rate = {"first": 1, "first_fen": 500, "more": 1, "more_fen": 100}
    far = {"first": 1, "first_fen": 2_500, "more": 1, "more_fen": 100}
    terms = {
        "name": "t",
        "charge_by": "piece",
        "default_rate": rate,
        "rates": [{"regions": ["西藏自治区"]} | far],
    }
    made = market.merchant.post(f"/v1/shops/{market.shop_id}/freight-templates", terms | {"is_default": True})
    assert made.status == 201, made.text
    automatic(market)
    order_id = paid(market, buyer)

    asked = ask(buyer, order_id, province="西藏自治区", city="拉萨市")
    accepted = decide(market, order_id, "accept")

    assert (asked.json["freight_fen"], asked.json["address_change"]["status"]) == (500, "asked")
    assert asked.json["address_change"]["freight_there_fen"] == 2_500
    assert (accepted.json["address"]["city"], accepted.json["freight_fen"]) == ("拉萨市", 500)


def test_where_the_goods_are_not_sent_it_cannot_go(market: Market) -> None:
    """O4, O13: neither the buyer's nor the merchant's wish."""
    buyer = person("anna")
    order_id = paid(market, buyer, no_delivery=["西藏自治区"])
    body = {"address": ELSEWHERE | {"province": "西藏自治区"}}

    refused = [
        ask(buyer, order_id, province="西藏自治区"),
        market.merchant.post(f"/v1/shops/{market.shop_id}/orders/{order_id}/address", body),
    ]

    assert [(one.status, one.slug) for one in refused] == [(409, "region-not-served")] * 2


def test_the_shop_changes_it_itself(market: Market) -> None:
    """O4: what was asked is over by that; the keeper is told."""
    buyer = person("anna")
    order_id = paid(market, buyer)
    ask(buyer, order_id)
    body = {"address": ADDRESS | {"detail": "as told on the phone"}}

    changed = market.merchant.post(f"/v1/shops/{market.shop_id}/orders/{order_id}/address", body)

    assert (changed.status, changed.json["address"]["detail"]) == (200, "as told on the phone")
    assert buyer.get(f"/v1/orders/{order_id}").json["address_change"]["why"] == "replaced"
    assert outcomes(order_id) == ["changed_by_shop"]


@pytest.mark.parametrize("state", ["unpaid", "partly_shipped", "shipped"])
def test_it_is_too_early_or_too_late(market: Market, state: str) -> None:
    """O4: between payment and the first parcel."""
    buyer = person("anna")
    (sku,) = market.offer(stock=9)
    order_id = market.place(buyer, sku, 2)
    if state != "unpaid":
        market.paid(buyer, order_id)
        market.ship(order_id, [(1, 1)] if state == "partly_shipped" else [])

    refused = ask(buyer, order_id)

    assert (refused.status, refused.slug) == (409, "illegal-transition")
    assert refused.json["state"] == status_of(buyer, order_id)


def test_of_a_gift_its_recipient_asks_and_its_giver_learns_nothing(market: Market) -> None:
    """G9, O4."""
    (sku,) = market.offer(stock=5)
    giver, recipient = person("anna"), person("rita")
    order_id = market.give(giver, sku)
    market.claim(order_id, sku, "person:rita")

    refused = ask(giver, order_id)
    asked = ask(recipient, order_id)

    assert (refused.slug, asked.json["address_change"]["address"]["detail"]) == ("not-found", "SECRET lane 7")
    assert asked.json["address_change"]["freight_there_fen"] is None
    assert giver.get(f"/v1/orders/{order_id}").json["address_change"] is None


def test_no_address_lies_in_clear_or_outlives_its_owner(market: Market) -> None:
    """X3: not in the row, not in events; once the buyer's key is gone nobody reads it."""
    buyer = person("anna-to-forget")
    order_id = paid(market, buyer)
    ask(buyer, order_id)
    asked = market.stored(order_id)
    decide(market, order_id, "accept")

    for stored in (asked, market.stored(order_id)):
        assert "SECRET" not in stored
        assert "13911112222" not in stored
    VAULT.erase("person:anna-to-forget")
    shown = market.merchant.get(f"/v1/shops/{market.shop_id}/orders/{order_id}").json
    assert shown["address"] is None


def test_another_shops_order_is_not_there(market: Market, till: Till) -> None:
    """X1: 404."""
    order_id = paid(market, person("anna"))
    other = open_market(till)
    path = f"/v1/shops/{other.shop_id}/orders/{order_id}"

    replies = [
        other.merchant.post(f"{path}/address", {"address": ELSEWHERE}),
        other.merchant.post(f"{path}/address-change/decisions", {"decision": "accept"}),
        other.merchant.post(f"{path}/price", {"total_fen": 1}),
        other.merchant.post(f"{path}/notes", {"text": "x"}),
        other.merchant.get(f"{path}/notes"),
        other.merchant.patch(f"{path}/shipments/1", {"waybill": "x"}),
    ]

    assert [one.status for one in replies] == [404] * len(replies)
