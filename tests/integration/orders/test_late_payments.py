"""Money that comes too late, twice or wrong (O3): it goes back in full, or it is not ours at all."""

import random
from typing import Any

import pytest

from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.orders import OrderCancelled, OrderPaid, RefundSucceeded
from services.shared.plumbing import clock
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, becomes, person, status_of
from tests.integration.orders.till import Letterbox, Till, eventually

pytestmark = both_modes


def causes(market: Market) -> list[str]:
    """The causes of the shop's ledger entries, oldest first."""
    items = market.merchant.get(f"/v1/shops/{market.shop_id}/ledger").json["items"]
    return [one["cause"] for one in items][::-1]


def started(market: Market, hands: Hands, buyer: Client, **moved: float) -> tuple[str, str, str]:
    """A style, an order of it and its payment; then so much time goes by."""
    (sku,) = market.offer(stock=5, price_fen=700)
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)
    hands.move(**moved)
    return sku, order_id, payment_id


def test_paid_after_the_deadline_goes_back_in_full(
    market: Market, till: Till, letterbox: Letterbox, hands: Hands
) -> None:
    """O3: also while the hold still stands; the order ends, the ledger calls it late, the buyer is told."""
    buyer = person("anna")
    sku, order_id, payment_id = started(market, hands, buyer, minutes=31)
    till.phone(payment_id, after_close=True)

    assert letterbox.take()[0].bring().status == 200
    assert status_of(buyer, order_id) == "cancelled"
    assert market.balance()["late_fen"] == 700
    market.settle_events()
    (refunded,) = letterbox.take()
    assert refunded.bring().status == 200

    assert (causes(market), market.balance()["late_fen"]) == (["late_payment", "late_refund"], 0)
    assert [one["amount"]["refund"] for one in till.shown(payment_id)["refunds"]] == [700]
    (told,) = said(order_id, RefundSucceeded)
    assert (told.why, told.amount_fen, told.buyer) == ("late_payment", 700, "person:anna")
    assert [one.why for one in said(order_id, OrderCancelled)] == ["expired"]
    assert said(order_id, OrderPaid) == []
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    paid = buyer.get(f"/v1/orders/{order_id}/payment").json
    assert (paid["status"], paid["amount_fen"], paid["refunded_fen"]) == ("paid", 700, 700)
    for order in (buyer.get(f"/v1/orders/{order_id}").json, market.merchant_sees(order_id)):
        assert (order["status"], order["paid_fen"], order["refunded_fen"]) == ("cancelled", 700, 700)
        (made,) = order["payments"]
        assert made.pop("paid_at")
        assert made == {"payment_id": payment_id, "amount_fen": 700, "refunded_fen": 700, "late": True}


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_paid_after_its_order_ended_goes_back(market: Market, till: Till, hands: Hands, end: str) -> None:
    """O3: closing came first, the money after it."""
    buyer = person("anna")
    sku, order_id, payment_id = started(market, hands, buyer)
    if end == "cancelled":
        buyer.post(f"/v1/orders/{order_id}/cancellation")
    else:
        hands.move(minutes=36)
        sweep_orders(clock.now())
    assert status_of(buyer, order_id) == "cancelled"

    till.phone(payment_id, after_close=True, times=0)
    assert till.paid_letter(payment_id).bring().status == 200
    market.settle_events()
    eventually_refunded(buyer, order_id, 700)

    assert causes(market) == ["late_payment", "late_refund"]
    assert len(said(order_id, OrderCancelled)) == 1
    assert market.stock(sku)["on_hand"] == 5


def eventually_refunded(buyer: Client, order_id: str, amount_fen: int) -> None:
    """Wait until WeChat has told of the refund."""
    eventually(lambda: buyer.get(f"/v1/orders/{order_id}/payment").json["refunded_fen"], amount_fen)


@pytest.mark.parametrize("amount_fen", [1, 699, 701, 70_000])
def test_another_amount_changes_nothing(
    market: Market, till: Till, hands: Hands, capsys: pytest.CaptureFixture[str], amount_fen: int
) -> None:
    """O3: refused and logged, and the right amount later is accepted."""
    buyer = person("anna")
    sku, order_id, payment_id = started(market, hands, buyer)
    till.phone(payment_id, amount_fen=amount_fen, times=0)

    refused = till.paid_letter(payment_id).bring()

    assert (refused.status, refused.slug) == (422, "amount-mismatch")
    assert "payment_amount_refused" in capsys.readouterr().out
    assert status_of(buyer, order_id) == "pending_payment"
    assert (market.stock(sku)["held"], causes(market)) == (1, [])
    till.phone(payment_id, amount_fen=700, times=0)
    assert till.paid_letter(payment_id).bring().status == 200
    assert status_of(buyer, order_id) == "to_ship"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers, body: (headers | {"Wechatpay-Signature": "bm90IHNpZ25lZA=="}, body),
        lambda headers, body: (headers | {"Wechatpay-Serial": "0123ABCD"}, body),
        lambda headers, body: (headers | {"Wechatpay-Timestamp": "1"}, body),
        lambda headers, body: ({}, body),
        lambda headers, body: (headers, body + b" "),
        lambda headers, body: (headers, b"{}"),
        lambda headers, body: (headers, b"\xff\xfe"),
        lambda headers, body: (headers, b""),
    ],
    ids=["signature", "serial", "timestamp", "none", "space", "another", "no-text", "empty"],
)
def test_a_letter_that_wechat_did_not_sign_changes_nothing(
    market: Market, till: Till, hands: Hands, capsys: pytest.CaptureFixture[str], spoil: Any
) -> None:
    """O3: refused, logged, and nobody else is asked who might have signed it."""
    buyer = person("anna")
    _, order_id, payment_id = started(market, hands, buyer)
    till.phone(payment_id, times=0)
    letter = till.paid_letter(payment_id)

    refused = letter._replace(
        **dict(zip(("headers", "body"), spoil(dict(letter.headers), letter.body), strict=True))
    ).bring()

    assert (refused.status, refused.slug) == (401, "bad-notification")
    assert "notification_refused" in capsys.readouterr().out
    assert status_of(buyer, order_id) == "pending_payment"


def test_a_forged_letter_and_one_sealed_for_another(market: Market, till: Till, hands: Hands) -> None:
    """O3: well-formed signatures over something else; a body that our key does not open."""
    buyer = person("anna")
    _, order_id, payment_id = started(market, hands, buyer)
    till.phone(payment_id, times=0)

    assert till.paid_letter(payment_id, forged=True).bring().slug == "bad-notification"
    assert till.sealed_for_another(payment_id).bring().slug == "bad-notification"
    assert status_of(buyer, order_id) == "pending_payment"


def test_letters_of_other_kinds_are_received(market: Market, till: Till, hands: Hands) -> None:
    """O3: 200, so that WeChat stops; nothing happens."""
    buyer = person("anna")
    _, order_id, payment_id = started(market, hands, buyer)
    open_trade = till.shown(payment_id)

    assert till.letter("COUPON.USE", "coupon", {"coupon_id": "1"}).bring().status == 200
    assert till.letter("TRANSACTION.SUCCESS", "transaction", open_trade).bring().status == 200
    assert status_of(buyer, order_id) == "pending_payment"


@pytest.mark.parametrize("seed", range(3))
def test_every_letter_three_times_and_shuffled(market: Market, letterbox: Letterbox, till: Till, seed: int) -> None:
    """O3: three orders, each paid once, whatever the order of the letters."""
    (sku,) = market.offer(stock=9, price_fen=500)
    buyer = person("anna")
    orders = [market.place(buyer, sku) for _ in range(3)]
    for order_id in orders:
        market.pay(buyer, order_id, times=3)
    letters = letterbox.take(9)
    random.Random(seed).shuffle(letters)

    assert {letter.bring().status for letter in letters} == {200}

    assert [status_of(buyer, one) for one in orders] == ["to_ship"] * 3
    assert [len(said(one, OrderPaid)) for one in orders] == [1] * 3
    assert causes(market) == ["payment", "fee"] * 3
    assert market.stock(sku) == {"on_hand": 6, "held": 0, "sold": 3, "received": 9}


def test_letters_that_race_each_other(market: Market, till: Till) -> None:
    """O3: six couriers at once, one payment."""
    (sku,) = market.offer(stock=9, price_fen=500)
    buyer = person("anna")
    order_id = market.place(buyer, sku)

    market.pay(buyer, order_id, times=6)
    becomes(buyer, order_id, "to_ship")

    assert len(said(order_id, OrderPaid)) == 1
    assert causes(market) == ["payment", "fee"]
