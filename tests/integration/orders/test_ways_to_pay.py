"""What each way of paying needs, whom WeChat may speak of, and what a buyer can do about a payment (O3)."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.orders import app as orders
from services.orders.payments.pay_order import Way, pay_order
from services.orders.payments.tables import find_payment
from services.orders.tables import own_begin
from services.shared.contracts.catalog import ShopChanged
from services.shared.contracts.orders import OrderPaid
from services.shared.plumbing import clock, ids
from services.shared.plumbing.openapi import document
from tests.integration.http import Client, token_for
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.events import said, tell
from tests.integration.orders.market import Market, becomes, person, status_of
from tests.integration.orders.till import SUB_MCHID, Letterbox, Till

pytestmark = both_modes


def placed(market: Market, buyer: Client | None = None) -> tuple[Client, str]:
    """An order that waits for its payment."""
    (sku,) = market.offer(stock=5, price_fen=700)
    buyer = buyer or person("anna")
    return buyer, market.place(buyer, sku)


def start(buyer: Client, order_id: str, **body: Any) -> Any:
    """Ask for a payment."""
    return buyer.post(f"/v1/orders/{order_id}/payment", body)


def test_somebody_else_may_pay_in_wechat(market: Market, till: Till, mode: str) -> None:
    """O3: by the openid that is given; the same once more is the same payment, another payer another one."""
    buyer, order_id = placed(market)

    first = start(buyer, order_id, method="jsapi", openid="o-mother")
    again = start(buyer, order_id, method="jsapi", openid="o-mother")
    other = start(buyer, order_id, method="jsapi", openid="o-father")

    assert first.json["payment_id"] == again.json["payment_id"] != other.json["payment_id"]
    name = "openid" if mode == "direct" else "sp_openid"
    assert till.shown(other.json["out_trade_no"])["payer"] == {name: "o-father"}
    assert till.shown(first.json["out_trade_no"])["trade_state"] == "CLOSED"


def test_paying_in_wechat_needs_a_payer_wechat_knows(market: Market) -> None:
    """O3: said before anything is announced, and the order stays payable by another way."""
    buyer, order_id = placed(market, Client(orders.app, token_for("anna")))

    refused = start(buyer, order_id, method="jsapi")

    assert (refused.status, refused.slug) == (422, "payer-unknown")
    assert start(buyer, order_id, method="native").status == 201


@pytest.mark.parametrize("h5_type", [None, "iOS", "Android", "Wap"])
def test_a_page_is_asked_for_with_where_it_opens(market: Market, h5_type: str | None) -> None:
    """O3: WeChat asks for the payer's address and the kind of page."""
    buyer, order_id = placed(market)

    started = start(buyer, order_id, method="h5", h5_type=h5_type)

    assert (started.status, bool(started.json["h5_url"])) == (201, True)
    stored = find_payment(started.json["payment_id"])
    assert stored is not None
    assert (stored.client_ip, stored.h5_type) == ("127.0.0.1", h5_type)


@pytest.mark.parametrize(
    "body",
    [{"method": "native", "openid": "o-1"}, {"method": "jsapi", "h5_type": "Wap"}, {"method": "h5", "h5_type": "TV"}],
)
def test_what_a_way_does_not_take_is_refused(market: Market, body: dict[str, str]) -> None:
    """O3: rather than thrown away unseen."""
    buyer, order_id = placed(market)

    assert start(buyer, order_id, **body).slug == "validation"


def test_a_request_that_was_lost_is_repeated_in_the_same_words(market: Market, till: Till) -> None:
    """O3: WeChat refuses another request under the same number, and a phone's address changes."""
    buyer, order_id = placed(market)
    till.arm(lose_answers=2)  # the same request tries twice by itself
    lost = start(buyer, order_id, method="h5")
    till.disarm()

    now = clock.now()
    elsewhere = Way("h5", client_ip="10.1.2.3")
    again = pay_order(order_id, "person:anna", elsewhere, begin=own_begin(now), now=now, new_id=ids.new_id)

    assert lost.status == 503
    assert again.h5_url
    assert again.client_ip == "127.0.0.1"


def test_the_buyer_asks_whether_it_is_paid(market: Market, till: Till) -> None:
    """O3: the letter is lost, and nobody has to wait for the sweep."""
    buyer, order_id = placed(market)
    payment_id = market.start_paying(buyer, order_id)
    before = buyer.post(f"/v1/orders/{order_id}/payment/check")
    till.phone(payment_id, times=0)

    after = [buyer.post(f"/v1/orders/{order_id}/payment/check") for _ in range(2)]

    assert (before.status, before.json["status"]) == (200, "open")
    assert [(one.status, one.json["status"]) for one in after] == [(200, "paid")] * 2
    assert status_of(buyer, order_id) == "to_ship"
    assert person("bert").post(f"/v1/orders/{order_id}/payment/check").status == 404


def test_the_buyer_closes_a_payment(market: Market, till: Till) -> None:
    """O3: nobody can pay it any more; the order waits for another payment, and its stock is still held."""
    buyer, order_id = placed(market)
    payment_id = market.start_paying(buyer, order_id)

    closed = [buyer.delete(f"/v1/orders/{order_id}/payment") for _ in range(2)]

    assert [(one.status, one.json["status"]) for one in closed] == [(200, "closed")] * 2
    assert till.shown(payment_id)["trade_state"] == "CLOSED"
    assert status_of(buyer, order_id) == "pending_payment"
    other = market.start_paying(buyer, order_id)
    assert other != payment_id
    till.phone(other)
    becomes(buyer, order_id, "to_ship")


def test_what_was_paid_meanwhile_is_not_closed(market: Market, till: Till) -> None:
    """O3: WeChat is asked first; then it is paid."""
    buyer, order_id = placed(market)
    payment_id = market.pay(buyer, order_id, times=0)

    answer = buyer.delete(f"/v1/orders/{order_id}/payment")

    assert (answer.status, answer.json["status"]) == (200, "paid")
    assert (status_of(buyer, order_id), till.shown(payment_id)["trade_state"]) == ("to_ship", "SUCCESS")


def test_another_amount_is_said_wherever_it_turns_up(market: Market, till: Till) -> None:
    """O3: when switching, cancelling, closing or asking, and the description says that it may."""
    buyer, order_id = placed(market)
    market.pay(buyer, order_id, amount_fen=1, times=0)
    path = f"/v1/orders/{order_id}"

    answers = [
        start(buyer, order_id, method="h5"),
        buyer.post(f"{path}/cancellation"),
        buyer.delete(f"{path}/payment"),
        buyer.post(f"{path}/payment/check"),
    ]

    assert {(one.status, one.slug) for one in answers} == {(422, "amount-mismatch")}
    described = json.loads(document(orders.app))["paths"]
    for door, method in (
        ("payment", "post"),
        ("cancellation", "post"),
        ("payment", "delete"),
        ("payment/check", "post"),
    ):
        assert "amount-mismatch" in str(described[f"/v1/orders/{{order_id}}/{door}"][method]["responses"]["422"])


# ------------------------------------------------------------------------------------------------ whose letter


def test_a_letter_about_another_merchant_changes_nothing(market: Market, till: Till, mode: str) -> None:
    """O3: WeChat signed it, and it is not about us: app, merchant, or the shop under us."""
    buyer, order_id = placed(market)
    payment_id = market.pay(buyer, order_id, times=0)
    names = {"direct": ["mchid", "appid"], "partner": ["sp_mchid", "sp_appid", "sub_mchid"]}[mode]

    answers = [till.paid_letter(payment_id, **dict[str, Any]({name: "1900000999"})).bring() for name in names]

    assert {(one.status, one.slug) for one in answers} == {(422, "wrong-merchant")}
    assert status_of(buyer, order_id) == "pending_payment"
    assert till.paid_letter(payment_id).bring().status == 200


def test_a_letter_in_the_other_modes_form_changes_nothing(market: Market, till: Till, mode: str) -> None:
    """O3: as long as the platform pays for itself no shop under it does, and the other way round."""
    buyer, order_id = placed(market)
    payment_id = market.pay(buyer, order_id, times=0)
    direct = {"mchid": till.keys.mchid, "appid": till.keys.appid}
    partner = {"sp_mchid": till.keys.mchid, "sp_appid": till.keys.appid, "sub_mchid": SUB_MCHID}
    told = {name: text for name, text in till.shown(payment_id).items() if name not in {*direct, *partner}}

    letter = till.letter("TRANSACTION.SUCCESS", "transaction", told, ids=partner if mode == "direct" else direct)

    assert letter.bring().slug == "wrong-merchant"
    assert status_of(buyer, order_id) == "pending_payment"


def test_a_refund_of_another_merchant_is_not_ours(market: Market, till: Till, letterbox: Letterbox, mode: str) -> None:
    """O3: the same for what goes back."""
    (sku,) = market.offer(stock=5, price_fen=500)
    order_id = market.give(person("anna"), sku)
    market.decline(order_id)
    market.settle_events()
    letterbox.take()
    payment_id = str(person("anna").get(f"/v1/orders/{order_id}").json["payment_id"])
    told = till.shown(payment_id)["refunds"][0] | {"out_trade_no": payment_id, "refund_status": "SUCCESS"}

    for name in ["mchid"] if mode == "direct" else ["sp_mchid", "sub_mchid"]:
        letter = till.letter("REFUND.SUCCESS", "refund", told | {name: "1900000999"})
        assert letter.bring().slug == "wrong-merchant"

    assert person("anna").get(f"/v1/orders/{order_id}").json["refunded_fen"] == 0


def test_a_shop_without_a_number_under_the_platform(market: Market, mode: str) -> None:
    """O3: as a platform there is nobody to pay; for ourselves it makes no difference."""
    bare = ShopChanged(shop_id=market.shop_id, name="小店", status="passed", can_sell=True)
    tell(bare, emitter="catalog", subject=market.shop_id, sequence=2)
    buyer, order_id = placed(market)

    answer = start(buyer, order_id, method="native")

    assert (answer.status, answer.slug if mode == "partner" else "") == (
        (409, "no-payment-account") if mode == "partner" else (201, "")
    )


def test_a_shops_own_app(market: Market, till: Till, mode: str) -> None:
    """O3: who signed in through the shop's app pays in it; WeChat is told whose openid it is."""
    app = "wx" + "0" * 16
    own: dict[str, Any] = {"sub_mchid": SUB_MCHID, "sub_appid": app}
    tell(
        ShopChanged(shop_id=market.shop_id, name="小店", status="passed", can_sell=True, **own),
        emitter="catalog",
        subject=market.shop_id,
        sequence=2,
    )
    buyer, order_id = placed(market, Client(orders.app, token_for(f"{app}:openid-1")))

    started = start(buyer, order_id, method="jsapi").json

    payer = till.shown(started["out_trade_no"])["payer"]
    assert payer == ({"openid": "openid-1"} if mode == "direct" else {"sub_openid": "openid-1"})
    assert started["jsapi"]["appId"] == (till.keys.appid if mode == "direct" else app)
    till.phone(started["out_trade_no"])
    becomes(buyer, order_id, "to_ship")
    assert len(said(order_id, OrderPaid)) == 1


def test_paid_in_the_last_second_by_wechats_own_clock(
    market: Market, till: Till, letterbox: Letterbox, hands: Hands
) -> None:
    """O3: what counts is when it was paid, to the second in which it ends; one second later goes back."""
    ends = {}
    for late in (0, 1):
        hands.moved = timedelta()
        buyer, order_id = placed(market)
        payment_id = market.start_paying(buyer, order_id)
        expires_at = datetime.fromisoformat(buyer.get(f"/v1/orders/{order_id}").json["expires_at"])
        hands.move(minutes=33)
        till.phone(
            payment_id,
            success_time=(expires_at.replace(microsecond=0) + timedelta(seconds=late)).isoformat(),
            after_close=True,
            times=0,
        )
        assert till.paid_letter(payment_id).bring().status == 200
        ends[late] = status_of(buyer, order_id)

    assert ends == {0: "to_ship", 1: "cancelled"}
