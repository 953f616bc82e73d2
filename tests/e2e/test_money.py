"""What WeChat Pay says, however often, late or wrong: an order is paid once, or its money goes back."""

import pytest

from tests.e2e.market import Market, Shop, eventually, slug_of

PRICE_FEN = 1_000
HELD, SOLD, BACK = ({"on_hand": 3 - held - sold, "held": held, "sold": sold} for held, sold in ((1, 0), (0, 1), (0, 0)))


def test_callbacks_that_come_thrice_and_shuffled_pay_once(market: Market, shop: Shop) -> None:
    """Five orders, each told of three times at once and three times more in another order: every one is paid once."""
    (sku_id,), buyer = shop.offer(5), market.newcomer("anna")
    orders = [shop.place(buyer, sku_id) for _ in range(5)]

    payments = [market.start_paying(buyer, order_id) for order_id in orders]
    for turn, payment in enumerate(payments):
        market.phone(payment, times=3, delay_s=0.5 - turn / 10)
    for payment in payments:
        market.phone(payment, times=3)

    for order_id, payment in zip(orders, payments, strict=True):
        eventually(lambda: [answers[-1:] for answers in market.answers(payment)], [[200]] * 6)  # noqa: B023
        assert market.becomes(buyer, order_id, "to_ship")["paid_fen"] == PRICE_FEN
        assert shop.entries(order_id) == ["payment", "fee"]
        told = ["orders.order_placed", "orders.order_paid"]
        eventually(lambda: market.told(buyer, order_id), told)  # noqa: B023
    assert shop.stock(sku_id) == {"on_hand": 0, "held": 0, "sold": 5}
    assert "of 1 shops: 0 shops differ." in market.running.run("ledger", "check", "--shop", shop.shop_id)
    assert "heard of no shop shp_mistyped" in market.running.run("ledger", "check", "--shop", "shp_mistyped", status=1)


@pytest.mark.parametrize(("wrong", "status"), [({"amount_fen": PRICE_FEN - 1}, 422), ({"bad_signature": True}, 401)])
def test_a_wrong_callback_changes_nothing(market: Market, shop: Shop, wrong: dict[str, object], status: int) -> None:
    """Another amount, or a signature that is not WeChat's: refused as often as it comes. The right one still counts."""
    (sku_id,), buyer = shop.offer(3), market.newcomer("anna")
    order_id = shop.place(buyer, sku_id)
    before = market.order(buyer, order_id)

    payment = market.pay(buyer, order_id, **wrong)
    eventually(lambda: market.answers(payment)[0][:2], [status, status])

    seen = market.order(buyer, order_id)
    assert (seen["status"], seen["paid_fen"], seen["history"]) == ("pending_payment", 0, before["history"])
    assert (shop.stock(sku_id), shop.entries(order_id)) == (HELD, [])
    market.phone(payment, amount_fen=PRICE_FEN)
    market.becomes(buyer, order_id, "to_ship")
    assert (shop.stock(sku_id), shop.entries(order_id)) == (SOLD, ["payment", "fee"])


def test_paid_in_time_and_told_late_counts(market: Market, shop: Shop) -> None:
    """The callback comes after the deadline, within the grace: the order is paid."""
    (sku_id,), buyer = shop.offer(3), market.newcomer("anna")
    order_id = shop.place(buyer, sku_id)
    payment = market.pay(buyer, order_id, times=0)

    market.running.run("clock", "+32m")
    assert market.order(buyer, order_id)["overdue"]
    market.phone(payment, times=1)

    market.becomes(buyer, order_id, "to_ship")
    assert (shop.stock(sku_id), shop.entries(order_id)) == (SOLD, ["payment", "fee"])


def test_paid_in_time_and_never_told_counts(market: Market, shop: Shop) -> None:
    """No callback at all: before the order ends, WeChat is asked, and says that it was paid."""
    (sku_id,), buyer = shop.offer(3), market.newcomer("anna")
    order_id = shop.place(buyer, sku_id)
    market.pay(buyer, order_id, times=0)

    market.running.run("clock", "+40m")

    market.becomes(buyer, order_id, "to_ship")
    assert (shop.stock(sku_id), shop.entries(order_id)) == (SOLD, ["payment", "fee"])


def test_paid_late_goes_back_in_full(market: Market, shop: Shop) -> None:
    """The order has ended and its stock is for sale again: all the money goes back, and its payer is told."""
    (sku_id,), buyer = shop.offer(3), market.newcomer("anna")
    order_id = shop.place(buyer, sku_id)
    payment = market.start_paying(buyer, order_id)
    market.running.run("clock", "+40m")
    market.becomes(buyer, order_id, "cancelled")
    assert shop.stock(sku_id) == BACK

    market.phone(payment, after_close=True)

    eventually(lambda: [one["status"] for one in market.at_wechat(payment)["refunds"]], ["SUCCESS"])
    assert market.at_wechat(payment)["refunds"][0]["amount"]["refund"] == PRICE_FEN
    steps = ["orders.order_placed", "orders.order_cancelled", "orders.refund_succeeded"]
    eventually(lambda: market.told(buyer, order_id), steps)
    assert (shop.entries(order_id), shop.balance()["late_fen"]) == (["late_payment", "late_refund"], 0)
    assert (market.order(buyer, order_id)["status"], shop.stock(sku_id)) == ("cancelled", BACK)


def test_what_is_paid_already_cannot_be_cancelled(market: Market, shop: Shop) -> None:
    """Cancelled while the callback is on its way: WeChat, asked before anything ends, says that it was paid."""
    (sku_id,), buyer = shop.offer(3), market.newcomer("anna")
    order_id = shop.place(buyer, sku_id)
    payment = market.pay(buyer, order_id, times=0)

    refused = slug_of(lambda: buyer.post(f"/orders/v1/orders/{order_id}/cancellation"))

    assert refused == "illegal-transition"
    assert market.order(buyer, order_id)["status"] == "to_ship"
    market.phone(payment)
    eventually(lambda: market.answers(payment), [[200]])
    assert (shop.stock(sku_id), shop.entries(order_id)) == (SOLD, ["payment", "fee"])
