"""Cancelling an unpaid order (O1, O2): its stock is for sale again, and nothing that was paid is lost."""

from services.shared.contracts.orders import OrderCancelled
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Letterbox, Till


def test_a_cancelled_order_gives_its_stock_back(market: Market) -> None:
    """O1: and tells so once."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku, 2)

    cancelled = buyer.post(f"/v1/orders/{order_id}/cancellation")
    again = buyer.post(f"/v1/orders/{order_id}/cancellation")

    assert (cancelled.status, cancelled.json["status"], cancelled.json["status_code"]) == (200, "cancelled", 250)
    assert (again.status, again.json) == (200, cancelled.json)
    assert [step["to"] for step in cancelled.json["history"]] == ["pending_payment", "cancelled"]
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert [told.why for told in said(order_id, OrderCancelled)] == ["buyer"]


def test_a_paid_order_is_not_cancelled(market: Market) -> None:
    """O4: 409 that says what would be legal."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)

    refused = buyer.post(f"/v1/orders/{order_id}/cancellation")

    assert (refused.status, refused.slug) == (409, "illegal-transition")
    assert [refused.json[name] for name in ("state", "status")] == ["to_ship", 409]
    assert refused.json["legal"] == ["change_address", "close_after_sale", "ship"]
    assert status_of(buyer, order_id) == "to_ship"


def test_an_order_that_was_paid_unheard_becomes_paid(market: Market) -> None:
    """O3: WeChat is asked before anything is cancelled."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    market.pay(buyer, order_id, times=0)

    refused = buyer.post(f"/v1/orders/{order_id}/cancellation")

    assert (refused.status, refused.slug) == (409, "illegal-transition")
    assert status_of(buyer, order_id) == "to_ship"
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


def test_nobody_can_pay_what_is_cancelled(market: Market, till: Till) -> None:
    """O3: the payment is closed at WeChat too."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)

    buyer.post(f"/v1/orders/{order_id}/cancellation")

    assert till.shown(payment_id)["trade_state"] == "CLOSED"
    assert buyer.get(f"/v1/orders/{order_id}/payment").json["status"] == "closed"
    assert buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}).slug == "illegal-transition"


def test_paying_and_cancelling_at_the_same_moment(market: Market, till: Till, letterbox: Letterbox) -> None:
    """O3: the buyer pays after WeChat was asked and before it is closed: then the order is paid.

    canceller   asks WeChat: not paid ──────────▶ closes: ORDERPAID ─▶ asks again: paid
    phone                          ── pays ──▶
    """
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)
    till.gate.before(r"POST .*/close", lambda: till.phone(payment_id))

    refused = buyer.post(f"/v1/orders/{order_id}/cancellation")

    assert (refused.status, refused.slug) == (409, "illegal-transition")
    assert status_of(buyer, order_id) == "to_ship"
    assert letterbox.take()[0].bring().status == 200
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


def test_an_expired_order_is_over(market: Market, hands: Hands) -> None:
    """O3: it cannot be cancelled as if nothing had been."""
    (sku,) = market.offer(stock=1)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    hands.move(minutes=31)
    market.place(person("bert"), sku)

    assert buyer.post(f"/v1/orders/{order_id}/cancellation").slug == "illegal-transition"
    assert buyer.get(f"/v1/orders/{order_id}").json["history"][-1]["why"] == "expired"


def test_while_wechat_is_silent_nothing_is_cancelled(market: Market, till: Till) -> None:
    """O3: 503, and the same works when it speaks again."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    market.start_paying(buyer, order_id)
    till.arm(system_errors=1)

    busy = buyer.post(f"/v1/orders/{order_id}/cancellation")

    assert (busy.status, busy.headers["retry-after"]) == (503, "2")
    assert status_of(buyer, order_id) == "pending_payment"
    assert buyer.post(f"/v1/orders/{order_id}/cancellation").json["status"] == "cancelled"
