"""Money on its way back (O3, O7): asked for until WeChat does it, booked once, never more than was paid."""

from datetime import datetime

import pytest

from services.orders.payments.payment import Payment, RefundTooLarge
from services.orders.payments.refund import complete_refund, reserve_refund, send_refund
from services.orders.payments.tables import find_payment, find_refund
from services.orders.payments.wechat_pay import RefundState
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_order, own_begin
from services.shared.contracts.orders import RefundSucceeded
from services.shared.plumbing import clock
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person
from tests.integration.orders.till import Letterbox, Till, eventually

pytestmark = both_modes


@pytest.fixture
def giver() -> Client:
    """Who pays, and gets everything back when nobody takes the gift."""
    return person("anna")


def declined(market: Market, giver: Client) -> tuple[str, str]:
    """A gift that was paid and declined: its order and its payment. The refund is not asked for yet."""
    (sku,) = market.offer(stock=5, price_fen=500)
    order_id = market.give(giver, sku)
    market.decline(order_id)
    return order_id, str(giver.get(f"/v1/orders/{order_id}").json["payment_id"])


def refunded(giver: Client, order_id: str) -> int:
    """What the order's payer got back."""
    return int(giver.get(f"/v1/orders/{order_id}/payment").json["refunded_fen"])


def test_a_refund_is_asked_for_by_its_event(market: Market, giver: Client) -> None:
    """O3: WeChat's letter ends it."""
    order_id, _ = declined(market, giver)
    assert (refunded(giver, order_id), market.balance()["wechat_fen"]) == (0, 500)

    market.settle_events()
    eventually(lambda: refunded(giver, order_id), 500)

    assert set(market.balance().values()) == {0}
    order = giver.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["paid_fen"], order["refunded_fen"]) == ("cancelled", 500, 500)


@pytest.mark.parametrize("trouble", ["system_errors", "lose_answers", "refund_not_enough", "refund_fails"])
def test_a_refund_that_fails_is_asked_for_again(
    market: Market, giver: Client, till: Till, hands: Hands, trouble: str
) -> None:
    """O3: WeChat down, its answer lost, no money there, or the bank said no: the sweep tries until it is done."""
    order_id, payment_id = declined(market, giver)
    till.arm(**{trouble: 1})

    market.settle_events()
    for _ in range(4):
        eventually(lambda: "PROCESSING" in [one["status"] for one in till.shown(payment_id)["refunds"]], False)
        hands.move(minutes=5)
        sweep_orders(clock.now())
    eventually(lambda: refunded(giver, order_id), 500)

    assert len(said(order_id, RefundSucceeded)) == 1
    assert [one["status"] for one in till.shown(payment_id)["refunds"]] == ["SUCCESS"]


def test_a_refund_whose_letter_is_lost_is_found(
    market: Market, giver: Client, letterbox: Letterbox, hands: Hands
) -> None:
    """O3: the sweep asks how it is doing."""
    order_id, _ = declined(market, giver)
    market.settle_events()
    letterbox.take()

    hands.move(minutes=2)
    sweep_orders(clock.now())

    assert refunded(giver, order_id) == 500


def test_a_refund_is_booked_once_however_often_it_is_told(market: Market, giver: Client, letterbox: Letterbox) -> None:
    """O3, O7: five letters, one refund."""
    order_id, _ = declined(market, giver)
    market.settle_events(duplicate=True)
    (letter,) = letterbox.take()

    assert {letter.bring().status for _ in range(5)} == {200}

    assert (refunded(giver, order_id), market.balance()["wechat_fen"]) == (500, 0)
    assert len(said(order_id, RefundSucceeded)) == 1


def test_another_amount_is_not_booked(market: Market, giver: Client, letterbox: Letterbox, till: Till) -> None:
    """O7: a letter about another amount than was asked for: refused."""
    order_id, payment_id = declined(market, giver)
    market.settle_events()
    letterbox.take()
    refund = till.shown(payment_id)["refunds"][0]
    told = {"out_trade_no": payment_id, "out_refund_no": refund["out_refund_no"], "refund_status": "SUCCESS"}

    for amount in (1, 499, 501):
        letter = till.letter("REFUND.SUCCESS", "refund", told | {"amount": {"refund": amount, "total": 500}})
        assert letter.bring().slug == "amount-mismatch"

    assert (refunded(giver, order_id), market.balance()["wechat_fen"]) == (0, 500)


def test_a_letter_about_a_refund_that_is_not_ours(till: Till) -> None:
    """O3: not found, so that WeChat tries again."""
    told = {
        "out_trade_no": "pay_none",
        "out_refund_no": "rfd_none",
        "refund_status": "SUCCESS",
        "amount": {"refund": 1},
    }

    assert till.letter("REFUND.SUCCESS", "refund", told).bring().slug == "not-found"


def test_a_refund_that_failed_for_days_is_still_asked_for(market: Market, giver: Client, till: Till) -> None:
    """O3: ever less often, at least every hour, without end."""
    _, payment_id = declined(market, giver)
    refund_id = payment_id.replace("pay_", "rfd_")
    till.arm(system_errors=100)
    pauses = []

    for _ in range(60):
        now = _refund_due(payment_id, refund_id)
        send_refund(payment_id, refund_id, begin=own_begin(now), now=now)
        pauses.append((_refund_due(payment_id, refund_id) - now).total_seconds())

    assert pauses == [30, 60, 120, 240, 480, 960, 1_920] + [3_600] * 53


def _refund_due(payment_id: str, refund_id: str) -> datetime:
    refund = find_refund(payment_id, refund_id)
    assert refund is not None
    assert refund.next_try_at is not None
    return refund.next_try_at


def partly(market: Market, order_id: str, amount_fen: int) -> str:
    """Reserve a part of what an order was paid with; returns the refund's id."""
    order = find_order(order_id)
    assert order is not None
    payment = _payment(order.payment_id or "")
    tx = own_begin(clock.now())()
    refund = reserve_refund(tx, order, payment, amount_fen, "aftersale")
    tx.commit()
    return refund.refund_id


def _payment(payment_id: str) -> Payment:
    payment = find_payment(payment_id)
    assert payment is not None
    return payment


def book(payment_id: str, refund_id: str, amount_fen: int) -> None:
    """WeChat says that this refund reached the payer."""
    now = clock.now()
    state = RefundState(refund_id, payment_id, "SUCCESS", amount_fen, _payment(payment_id).sub_mchid)
    complete_refund(state, begin=own_begin(now), now=now)


def test_refunds_never_pass_what_was_paid(market: Market) -> None:
    """O6, O7: reserved before asked for, in whatever order they are done."""
    (sku,) = market.offer(stock=5, price_fen=1_000)
    buyer = person("bert")
    order_id = market.place(buyer, sku)
    payment_id = market.paid(buyer, order_id)
    first, second, third = (partly(market, order_id, amount) for amount in (400, 333, 200))

    with pytest.raises(RefundTooLarge) as refused:
        partly(market, order_id, 68)
    assert refused.value.fields == {"left_fen": 67}
    for refund_id, amount in ((third, 200), (first, 400), (second, 333)):
        book(payment_id, refund_id, amount)

    order = buyer.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["refunded_fen"]) == ("to_ship", 933)
    assert refunded(buyer, order_id) == 933
    assert market.balance() | {"wechat_fen": 67} == market.balance()


def test_money_back_does_not_put_off_receipt_and_settlement(market: Market, hands: Hands) -> None:
    """O4, O7: days count from the shipment and from the receipt, not from the last change."""
    (sku,) = market.offer(stock=5, price_fen=1_000)
    buyer = person("bert")
    order_id = market.place(buyer, sku)
    payment_id = market.paid(buyer, order_id)
    market.ship(order_id)
    for days in (9, 5):
        hands.move(days=days)
        book(payment_id, partly(market, order_id, 100), 100)
        hands.move(days=1, minutes=1)
        sweep_orders(clock.now())
        hands.move(days=1)
    sweep_orders(clock.now())

    order = buyer.get(f"/v1/orders/{order_id}").json

    assert (order["status"], order["settled_at"] is not None) == ("done", True)
    assert market.balance()["available_fen"] == 800 - 5
