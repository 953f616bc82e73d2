"""Paying through WeChat Pay (O3): the three ways, one open payment an order, and one payment accepted."""

import threading
from datetime import datetime

import pytest
import requests

from services.orders import app as orders
from tests.integration.http import Client, token_for
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.market import Market, becomes, person, status_of
from tests.integration.orders.till import Letterbox, Till

pytestmark = both_modes


@pytest.mark.parametrize(("method", "handle"), [("native", "code_url"), ("jsapi", "jsapi"), ("h5", "h5_url")])
def test_each_way_gives_the_phone_what_it_needs(market: Market, till: Till, method: str, handle: str) -> None:
    """O3: a QR code, the signed parameters of a mini program, or a page."""
    (sku,) = market.offer(stock=5, price_fen=1_234)
    buyer = Client(orders.app, token_for("wx-app:openid-1"))
    order_id = market.place(buyer, sku)

    started = buyer.post(f"/v1/orders/{order_id}/payment", {"method": method})

    assert started.status == 201, started.text
    assert {name for name in ("code_url", "jsapi", "h5_url") if started.json[name]} == {handle}
    assert (started.json["status"], started.json["amount_fen"]) == ("open", 1_234)
    assert buyer.get(f"/v1/orders/{order_id}/payment").json[handle]
    shown = till.shown(started.json["out_trade_no"])
    assert (shown["trade_state"], shown["amount"]["total"]) == ("NOTPAY", 1_234)
    expires_at = datetime.fromisoformat(buyer.get(f"/v1/orders/{order_id}").json["expires_at"])
    assert datetime.fromisoformat(shown["expires_at"]) == expires_at.replace(microsecond=0)
    till.phone(started.json["out_trade_no"])
    becomes(buyer, order_id, "to_ship")


def test_goods_that_go_to_few_places_can_be_paid(market: Market) -> None:
    """O3: 40 styles that 4 000 places are not delivered to fit into an order and its events."""
    far = [[f"{style:02}{place:02}" + "远" * 18 for place in range(100)] for style in range(40)]
    lines = [{"sku_id": market.offer(stock=1, no_delivery=regions)[0], "quantity": 1} for regions in far]
    buyer = person("anna")

    placed = buyer.post("/v1/orders", market.order("") | {"lines": lines})
    market.paid(buyer, placed.json["order_id"])

    assert status_of(buyer, placed.json["order_id"]) == "to_ship"


def test_jsapi_parameters_are_signed_by_the_merchant(market: Market, till: Till, mode: str) -> None:
    """O3: what the mini program hands to WeChat, with the payer's openid at WeChat."""
    (sku,) = market.offer(stock=5)
    buyer = Client(orders.app, token_for("wx-app:openid-1"))
    started = buyer.post(f"/v1/orders/{market.place(buyer, sku)}/payment", {"method": "jsapi"}).json

    parameters = started["jsapi"]

    assert parameters["package"].startswith("prepay_id=")
    assert (parameters["appId"], parameters["signType"]) == (till.keys.appid, "RSA")
    signed = "".join(f"{parameters[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
    till.check_merchant_signature(parameters["paySign"], signed)
    assert till.shown(started["out_trade_no"])["payer"] == {"openid" if mode == "direct" else "sp_openid": "openid-1"}


def test_the_same_way_again_is_the_same_payment(market: Market) -> None:
    """O3: also at the same moment."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(market.start_paying(buyer, order_id))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len({*found, market.start_paying(buyer, order_id)}) == 1


def test_a_payment_request_sent_again_is_the_same(market: Market, till: Till) -> None:
    """X2, O3: also when WeChat's answer was lost the first time."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    till.arm(lose_answers=2)  # the same request tries twice by itself

    lost = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key="pay" + order_id)
    till.disarm()
    again = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key="pay" + order_id)
    third = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key="pay" + order_id)

    assert (lost.status, lost.slug) == (503, "too-busy")
    assert (again.status, third.json) == (201, again.json)
    assert again.json["code_url"]


def test_another_way_closes_the_one_before(market: Market, till: Till) -> None:
    """O3: nobody can pay twice by two ways."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)

    first = market.start_paying(buyer, order_id, "native")
    second = market.start_paying(buyer, order_id, "h5")

    assert first != second
    assert [till.shown(one)["trade_state"] for one in (first, second)] == ["CLOSED", "NOTPAY"]
    assert buyer.get(f"/v1/orders/{order_id}/payment").json["payment_id"] == second
    market.till.phone(second)
    becomes(buyer, order_id, "to_ship")
    assert buyer.get(f"/v1/orders/{order_id}").json["payment_id"] == second


def test_another_way_after_paying_is_too_late(market: Market) -> None:
    """O3: WeChat is asked before the first payment is closed; then the order is paid."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    market.pay(buyer, order_id, times=0)

    refused = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "h5"})

    assert (refused.status, refused.slug, refused.json["state"]) == (409, "illegal-transition", "to_ship")
    assert status_of(buyer, order_id) == "to_ship"


def test_an_order_whose_time_is_over_is_not_paid(market: Market, hands: Hands) -> None:
    """O3: from the very second; a read says so at once."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    hands.move(minutes=30)

    refused = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"})

    assert (refused.status, refused.slug) == (409, "order-expired")
    assert buyer.get(f"/v1/orders/{order_id}").json["overdue"] is True


def test_the_letter_may_come_before_the_answer(market: Market, till: Till) -> None:
    """O3: paid stays paid, whatever the prepay's answer says after it."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    till.arm(callback_before_answer=1)

    started = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"})

    assert (started.status, started.json["status"]) == (201, "paid")
    assert status_of(buyer, order_id) == "to_ship"
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


def test_paid_before_the_answer_that_got_lost(market: Market, till: Till, letterbox: Letterbox) -> None:
    """O3: sent again, WeChat says ORDERPAID: then the payment is paid, and no refusal."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    till.arm(lose_answers=1, callback_before_answer=1)

    started = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"})

    assert (started.status, started.json["status"]) == (201, "paid")
    assert status_of(buyer, order_id) == "to_ship"
    assert letterbox.take()[0].bring().status == 200


@pytest.mark.parametrize("behaviour", ["system_errors", "forge_answers"])
def test_a_failing_or_forged_answer_is_no_answer(market: Market, till: Till, behaviour: str) -> None:
    """O3: the buyer may try again."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    till.arm(**{behaviour: 2})  # the same request tries twice by itself

    failed = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key="pay" + order_id)
    again = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key="pay" + order_id)

    assert (failed.status, again.status) == (503, 201)
    assert again.json["code_url"]


def test_two_payments_made_for_one_order(market: Market, letterbox: Letterbox, till: Till) -> None:
    """O3: the buyer switched the way and paid by both: one is accepted, the other goes back in full."""
    (sku,) = market.offer(stock=5, price_fen=500)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    first = market.start_paying(buyer, order_id, "native")
    second = market.start_paying(buyer, order_id, "h5")
    till.phone(first, after_close=True)
    till.phone(second)

    answers = [letter.bring().status for letter in letterbox.take(2)]
    market.settle_events()
    letterbox.take()[0].bring()

    assert answers == [200, 200]
    assert status_of(buyer, order_id) == "to_ship"
    accepted = buyer.get(f"/v1/orders/{order_id}").json["payment_id"]
    other = ({first, second} - {accepted}).pop()
    assert [len(till.shown(one)["refunds"]) for one in (accepted, other)] == [0, 1]
    order = buyer.get(f"/v1/orders/{order_id}").json
    assert (order["paid_fen"], order["refunded_fen"]) == (1_000, 500)
    told = {(one["payment_id"], one["late"], one["refunded_fen"]) for one in order["payments"]}
    assert told == {(accepted, False, 0), (other, True, 500)}
    assert market.balance()["wechat_fen"] == 500
    assert market.balance()["late_fen"] == 0
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


def test_a_gift_paid_by_the_payment_that_was_closed_comes_back_by_it(
    market: Market, letterbox: Letterbox, till: Till
) -> None:
    """O3, G5: the refund goes to the payment that was accepted, not to the one started last."""
    (sku,) = market.offer(stock=5, price_fen=500)
    giver = person("anna")
    order_id = giver.post("/v1/orders", market.gift(sku)).json["order_id"]
    first = market.start_paying(giver, order_id, "native")
    second = market.start_paying(giver, order_id, "h5")
    till.phone(first, after_close=True, times=0)
    assert till.paid_letter(first).bring().status == 200
    assert giver.get(f"/v1/orders/{order_id}").json["payment_id"] == first

    market.decline(order_id)
    market.settle_events()
    letterbox.take()[0].bring()

    assert [len(till.shown(one)["refunds"]) for one in (first, second)] == [1, 0]
    assert market.balance()["wechat_fen"] == 0


def test_the_shop_gets_no_answer_of_wechat_that_was_made_for_nobody(till: Till) -> None:
    """O3: a letter about a payment that is not ours: 404, so that WeChat tries again."""
    told = {"out_trade_no": "pay_unknown", "trade_state": "SUCCESS", "amount": {"total": 1}, "transaction_id": "1"}

    assert till.letter("TRANSACTION.SUCCESS", "transaction", told).bring().slug == "not-found"
    assert requests.get(f"{till.url}/sandbox/payments/pay_unknown", timeout=30).status_code == 404
