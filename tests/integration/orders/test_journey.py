"""One order's way through orders: placed, paid, shipped, received, settled."""

from services.orders.sweep_orders import sweep_orders
from services.shared.plumbing import clock
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS
from tests.integration.orders.market import Market, becomes, person, status_of


def test_an_order_goes_from_placed_to_settled(market: Market, hands: Hands) -> None:
    """O2, O3, O4, O7: states, stock and money agree at every step."""
    buyer, (sku,) = person("anna"), market.offer(stock=3, price_fen=1_250)

    placed = buyer.post("/v1/orders", market.order(sku, 2, expected_total_fen=2_500))

    assert (placed.status, placed.json["status"], placed.json["payable_fen"]) == (201, "pending_payment", 2_500)
    assert placed.json["address"]["detail"] == ADDRESS["detail"]
    assert market.stock(sku) == {"on_hand": 1, "held": 2, "sold": 0, "received": 3}

    order_id = placed.json["order_id"]
    market.pay(buyer, order_id)
    becomes(buyer, order_id, "to_ship")

    assert market.stock(sku) == {"on_hand": 1, "held": 0, "sold": 2, "received": 3}
    owed = {"pending_fen": 2_485, "available_fen": 0, "fees_fen": 15, "wechat_fen": 2_500, "late_fen": 0}
    assert market.balance() | owed == market.balance()

    shipped = market.ship(order_id)
    assert (shipped.status, shipped.json["status"]) == (201, "shipped")
    hands.move(days=10, minutes=1)
    sweep_orders(clock.now())
    assert status_of(buyer, order_id) == "done"
    hands.move(days=7, minutes=1)
    sweep_orders(clock.now())

    assert market.balance()["available_fen"] == 2_485
    assert market.balance()["pending_fen"] == 0
    assert [line["what"] for line in market.flow(sku)] == ["sold", "held", "initial"]
