"""What gifts decides and what follows for an order (G3–G5): sent on, or money and stock go back. Once."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.orders.tables import STORE, VAULT
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import OrderCancelled, OrderPaid, RefundDue
from services.shared.plumbing import clock, ids, inbox
from services.shared.plumbing.vault import Vault
from tests.integration.http import Client
from tests.integration.orders.events import ADDRESS, hear, said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Till, eventually
from tests.numerals import numerals


@pytest.fixture
def giver() -> Client:
    """Who pays."""
    return person("anna")


def test_the_giver_s_terms_travel_as_ciphertext(market: Market, giver: Client) -> None:
    """G2, X3: message and name are for gifts to open; what gifts must know of regions is with them."""
    (sku,) = market.offer(stock=5, no_delivery=["西藏自治区"])
    order_id = market.give(giver, sku, message="生日快乐", giver_name="安娜", to_openid="openid-9", show_price=True)

    (paid,) = said(order_id, OrderPaid)

    assert paid.gift is not None
    assert "生日快乐" not in paid.model_dump_json()
    gifts = Vault(STORE)
    gifts.store = type("Gifts", (), {"service": "gifts"})()  # opens what is sealed for gifts
    assert gifts.open_sent(paid.gift.message_cipher or "") == "生日快乐"
    assert gifts.open_sent(paid.gift.giver_name_cipher or "") == "安娜"
    assert (paid.gift.to_openid, paid.gift.show_price) == ("openid-9", True)
    assert paid.no_delivery_regions == ["西藏自治区"]


def test_a_giver_who_is_erased_while_paying_has_paid(market: Market) -> None:
    """O3, X3: the words are gone, the gift is not, and no payment is heard of in vain."""
    name = ids.new_id("anna")
    giver, (sku,) = person(name), market.offer(stock=5)
    order_id = giver.post("/v1/orders", market.gift(sku, message="生日快乐", giver_name="安娜")).json["order_id"]
    payment_id = market.pay(giver, order_id, times=0)
    VAULT.erase(f"person:{name}")

    heard = market.till.paid_letter(payment_id).bring()

    assert (heard.status, status_of(giver, order_id)) == (200, "gift_pending_claim")
    [paid] = said(order_id, OrderPaid)
    assert paid.gift is not None
    assert (paid.gift.message_cipher, paid.gift.giver_name_cipher) == (None, None)


def test_a_claimed_gift_goes_to_its_recipient(market: Market, giver: Client) -> None:
    """G3, G9: the shop and the recipient see the address, the giver never does."""
    (sku,) = market.offer(stock=5)
    key = "give" + ids.new_id("k")
    body = market.gift(sku, message="hi")
    order_id = giver.post("/v1/orders", body, key=key).json["order_id"]
    market.paid(giver, order_id)

    market.claim(order_id, sku, "person:rita", detail="人民路 9 号")

    recipient, shop = person("rita"), f"/v1/shops/{market.shop_id}/orders/{order_id}"
    assert recipient.get(f"/v1/orders/{order_id}").json["address"]["detail"] == "人民路 9 号"
    assert market.merchant.get(shop).json["address"]["detail"] == "人民路 9 号"
    for seen in (
        giver.get(f"/v1/orders/{order_id}"),
        giver.get("/v1/orders?limit=100"),
        giver.post("/v1/orders", body, key=key),
        giver.get(f"/v1/orders/{order_id}/payment"),
        giver.post(f"/v1/orders/{order_id}/cancellation"),
    ):
        assert "人民路" not in seen.text
        assert "rita" not in seen.text
    assert giver.get(f"/v1/orders/{order_id}").json["status"] == "to_ship"
    assert market.ship(order_id).json["address"]["detail"] == "人民路 9 号"


def test_giver_and_recipient_know_of_each_other_only_their_part(market: Market, giver: Client) -> None:
    """G9: no ids of each other or of the shop's staff, and no waybill that would lead the giver to the door."""
    (sku,) = market.offer(stock=5)
    order_id = market.give(giver, sku)
    market.claim(order_id, sku, "person:rita", detail="人民路 9 号")
    parcel = {"carrier": "SF", "waybill": "SF-secret"}
    market.merchant.post(f"/v1/shops/{market.shop_id}/orders/{order_id}/shipments", parcel)

    given = giver.get(f"/v1/orders/{order_id}").json
    received = person("rita").get(f"/v1/orders/{order_id}").json

    assert (given["buyer"], given["shipments"]) == ("person:anna", [])
    assert [step["by"] for step in given["history"]] == ["person:anna", "person:anna", "recipient", "merchant"]
    assert (received["buyer"], received["shipments"][0]["waybill"]) == ("giver", "SF-secret")
    assert [step["by"] for step in received["history"]] == ["giver", "giver", "recipient", "merchant"]


def test_the_recipient_does_not_see_the_price(market: Market, giver: Client) -> None:
    """G9: unless the giver shows it."""
    (sku,) = market.offer(stock=5, price_fen=4_321)
    hidden, shown = market.give(giver, sku), market.give(giver, sku, show_price=True)
    for order_id in (hidden, shown):
        market.claim(order_id, sku, "person:rita")
    recipient = person("rita")

    assert "4321" not in numerals(recipient.get(f"/v1/orders/{hidden}").text)
    assert recipient.get(f"/v1/orders/{hidden}").json["payment_id"] is None
    market.ship(hidden)
    assert "4321" not in numerals(recipient.post(f"/v1/orders/{hidden}/receipt").text)
    assert "4321" in numerals(recipient.get(f"/v1/orders/{shown}").text)
    assert giver.get(f"/v1/orders/{hidden}").json["payable_fen"] == 4_321


Ending = Callable[[Market, str], Envelope]


@pytest.mark.parametrize(
    ("end", "why"), [(Market.decline, "gift_declined"), (Market.expire, "gift_expired")], ids=["declined", "expired"]
)
def test_a_gift_that_nobody_takes_comes_back(market: Market, giver: Client, till: Till, end: Ending, why: str) -> None:
    """G4, G5: refunded in full by the way it was paid, stock back, told once; again and again changes nothing."""
    (sku,) = market.offer(stock=5, price_fen=500)
    order_id = market.give(giver, sku)

    told = end(market, order_id)
    hear(told)
    end(market, order_id)
    market.settle_events(duplicate=True)
    eventually(lambda: giver.get(f"/v1/orders/{order_id}").json["refunded_fen"], 500)

    assert status_of(giver, order_id) == "cancelled"
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert [one.why for one in said(order_id, OrderCancelled)] == [why]
    payment_id = giver.get(f"/v1/orders/{order_id}").json["payment_id"]
    assert [one["amount"]["refund"] for one in till.shown(payment_id)["refunds"]] == [500]
    assert len(said(payment_id, RefundDue)) == 1
    assert market.balance()["wechat_fen"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_first_of_two_endings_stands(market: Market, giver: Client, seed: int) -> None:
    """G3–G5: gifts decides once; whatever is told besides, twice or shuffled, does not undo it."""
    (sku,) = market.offer(stock=5)
    order_id = market.give(giver, sku)
    tellings: list[Callable[[], Envelope]] = [
        lambda: market.claim(order_id, sku),
        lambda: market.decline(order_id),
        lambda: market.expire(order_id),
    ]
    dice = random.Random(seed)
    rest = tellings * 2
    dice.shuffle(rest)

    told: list[Envelope] = []
    for tell_it in rest:
        told.append(tell_it())
        hear(dice.choice(told))

    claimed = rest[0] is tellings[0]
    assert status_of(giver, order_id) == ("to_ship" if claimed else "cancelled")
    assert market.stock(sku)["sold"] == (1 if claimed else 0)
    assert len(said(order_id, OrderCancelled)) == (0 if claimed else 1)


def test_a_decision_that_comes_before_the_payment_waits(market: Market, giver: Client) -> None:
    """G3: facts in any order: it is kept and tried again, and has its effect once."""
    (sku,) = market.offer(stock=5)
    order_id = giver.post("/v1/orders", market.gift(sku)).json["order_id"]

    told = market.claim(order_id, sku, "person:rita")
    assert status_of(giver, order_id) == "pending_payment"
    market.paid(giver, order_id)
    assert status_of(giver, order_id) == "gift_pending_claim"
    market.settle_events()

    assert status_of(giver, order_id) == "to_ship"
    hear(told)
    assert status_of(giver, order_id) == "to_ship"


def test_a_decision_about_an_unknown_order_is_not_dropped(market: Market) -> None:
    """G3: it waits for an hour, then somebody must look at it."""
    told = market.expire("ord_" + ids.new_id("x").partition("_")[2])

    waiting = STORE.list_due(inbox.WAITING, clock.now() + timedelta(days=1))

    assert (f"WAITING#{told.id}", "EVENT") in waiting
    STORE.row(f"WAITING#{told.id}", "EVENT").delete()


def test_a_letter_after_the_gift_came_back_changes_nothing(market: Market, giver: Client, till: Till) -> None:
    """O3: WeChat repeats that it was paid, long after the refund."""
    (sku,) = market.offer(stock=5)
    order_id = market.give(giver, sku)
    market.decline(order_id)
    market.settle_events()
    payment_id = giver.get(f"/v1/orders/{order_id}").json["payment_id"]
    eventually(lambda: giver.get(f"/v1/orders/{order_id}").json["refunded_fen"], 1_000)

    assert till.paid_letter(payment_id, trade_state="SUCCESS").bring().status == 200

    assert status_of(giver, order_id) == "cancelled"
    assert market.balance()["wechat_fen"] == 0


def test_addresses_lie_sealed(market: Market, giver: Client) -> None:
    """X3: neither the order's row nor any event holds them in clear."""
    (sku,) = market.offer(stock=5)
    order_id = market.give(giver, sku, message="生日快乐")
    market.claim(order_id, sku, "person:rita")
    bought = market.place(giver, sku)

    for one in (order_id, bought):
        stored = market.stored(one)
        for secret in (ADDRESS["detail"], ADDRESS["phone"], ADDRESS["name"], "生日快乐"):
            assert secret not in stored
