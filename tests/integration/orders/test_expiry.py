"""Unpaid orders end on time (O3), and whoever pays in time is served, however late WeChat tells it."""

from datetime import datetime

import pytest

from services.orders.payments import wechat_pay
from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.orders import OrderCancelled, OrderPaid
from services.shared.plumbing import clock
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Letterbox, Till


def test_an_order_that_nobody_started_to_pay_ends_at_its_deadline(market: Market, hands: Hands) -> None:
    """O3: after 30 minutes, its stock is back; told once."""
    hands.stop()
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku, 2)

    hands.move(minutes=29, seconds=55)
    sweep_orders(clock.now())
    assert status_of(buyer, order_id) == "pending_payment"
    hands.move(seconds=10)
    sweep_orders(clock.now())
    sweep_orders(clock.now())

    assert status_of(buyer, order_id) == "cancelled"
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert [told.why for told in said(order_id, OrderCancelled)] == ["expired"]


def test_an_order_that_somebody_may_be_paying_ends_a_grace_later(market: Market, till: Till, hands: Hands) -> None:
    """O3: WeChat is asked, the payment closed, then the hold is released."""
    hands.stop()
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)

    hands.move(minutes=34, seconds=55)
    sweep_orders(clock.now())
    assert status_of(buyer, order_id) == "pending_payment"
    assert buyer.get(f"/v1/orders/{order_id}").json["overdue"] is True
    hands.move(seconds=10)
    sweep_orders(clock.now())

    assert status_of(buyer, order_id) == "cancelled"
    assert till.shown(payment_id)["trade_state"] == "CLOSED"
    assert buyer.get(f"/v1/orders/{order_id}/payment").json["status"] == "closed"
    assert market.stock(sku)["on_hand"] == 5


@pytest.mark.parametrize("minutes", [10, 29.9])
def test_paid_in_time_and_told_late_is_accepted(
    market: Market, letterbox: Letterbox, till: Till, hands: Hands, minutes: float
) -> None:
    """O3: within the grace, by the letter's own time."""
    hands.stop()
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    hands.move(minutes=minutes)
    market.pay(buyer, order_id)
    (letter,) = letterbox.take()
    hands.move(minutes=34.5 - minutes)

    assert letter.bring().status == 200

    assert status_of(buyer, order_id) == "to_ship"
    (paid,) = said(order_id, OrderPaid)
    expires_at = datetime.fromisoformat(buyer.get(f"/v1/orders/{order_id}").json["expires_at"])
    assert paid.paid_at <= expires_at < clock.now()
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


def test_paid_and_never_told_is_found_by_the_sweep(market: Market, hands: Hands) -> None:
    """O3: all letters may be lost."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    market.pay(buyer, order_id, times=0)

    hands.move(minutes=36)
    sweep_orders(clock.now())

    assert status_of(buyer, order_id) == "to_ship"
    assert market.balance()["wechat_fen"] == 1_000


def test_an_order_waits_while_wechat_is_silent(market: Market, till: Till, hands: Hands) -> None:
    """O3: nothing is decided without asking; others end meanwhile, and it is tried again."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    paying, idle = market.place(buyer, sku), market.place(buyer, sku)
    market.start_paying(buyer, paying)
    till.arm(system_errors=1)

    hands.move(minutes=36)
    sweep_orders(clock.now())
    assert [status_of(buyer, one) for one in (paying, idle)] == ["pending_payment", "cancelled"]
    hands.move(minutes=6)
    sweep_orders(clock.now())

    assert status_of(buyer, paying) == "cancelled"


def test_while_wechat_is_silent_it_is_not_asked_for_every_order(market: Market, till: Till, hands: Hands) -> None:
    """O3: each question may take seconds, and time goes on for everybody else."""
    (sku,) = market.offer(stock=9)
    buyer = person("anna")
    for _ in range(4):
        market.start_paying(buyer, market.place(buyer, sku))
    till.arm(system_errors=100)

    hands.move(minutes=36)
    sweep_orders(clock.now())

    assert till.armed()["system_errors"] >= 100 - 2


def test_an_order_of_which_wechat_will_not_speak_ends_with_its_letters(
    market: Market, till: Till, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: it refuses to say (a contract was ended): no later than a day after nobody can pay, stock is free again."""
    hands.stop()
    (sku,) = market.offer(stock=1)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)
    monkeypatch.setenv("WECHAT_PAY_SERIAL", "0" * 40)
    wechat_pay.client_for.cache_clear()
    try:
        hands.move(hours=24)
        sweep_orders(clock.now())
        waits = status_of(buyer, order_id)
        hands.move(hours=2)
        sweep_orders(clock.now())
    finally:
        wechat_pay.client_for.cache_clear()

    assert (waits, status_of(buyer, order_id)) == ("pending_payment", "cancelled")
    assert market.stock(sku) == {"on_hand": 1, "held": 0, "sold": 0, "received": 1}
    assert till.shown(payment_id)["trade_state"] == "NOTPAY"


def test_one_that_cannot_end_holds_up_no_other(market: Market, till: Till, hands: Hands) -> None:
    """O3: a payment of another amount never makes an order paid; the order ends, its stock is for sale again."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")
    odd, later = market.place(buyer, sku), market.place(buyer, sku)
    market.pay(buyer, odd, amount_fen=1, times=0)

    hands.move(minutes=36)
    sweep_orders(clock.now())

    assert [status_of(buyer, one) for one in (odd, later)] == ["cancelled", "cancelled"]
    assert market.stock(sku)["on_hand"] == 5
    assert market.balance()["wechat_fen"] == 0


def test_more_than_a_page_of_orders_that_must_wait(market: Market, till: Till, hands: Hands) -> None:
    """O3: those behind them get their turn in the same sweep."""
    (sku,) = market.offer(stock=50)
    buyer = person("anna")
    for _ in range(12):
        market.start_paying(buyer, market.place(buyer, sku))
    hands.move(seconds=330)
    idle = market.place(buyer, sku)
    till.arm(system_errors=1_000)

    hands.move(minutes=31)
    sweep_orders(clock.now(), page=1)

    assert status_of(buyer, idle) == "cancelled"
    assert market.stock(sku)["held"] == 12
