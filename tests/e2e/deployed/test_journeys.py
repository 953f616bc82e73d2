"""What people do on one machine they can do on a deployed stage: streams, queues and schedules do their part."""

from tests.e2e.deployed.market import DeployedMarket


def test_an_order_is_placed_paid_shipped_and_received(market: DeployedMarket) -> None:
    """The way of an order through all four services, over WeChat Pay's callback and every queue."""
    shop = market.open("云上的小店")
    (sku_id,), buyer = shop.offer(3), market.newcomer("anna")

    order_id = shop.buy(buyer, sku_id)

    path = f"/orders/v1/shops/{shop.shop_id}/orders/{order_id}/shipments"
    shop.merchant.post(path, {"carrier": "SF", "waybill": "SF1"}, order_id)
    received = buyer.post(f"/orders/v1/orders/{order_id}/receipt")
    assert received["status"] == "done"
    assert shop.stock(sku_id) == {"on_hand": 2, "held": 0, "sold": 1}


def test_a_gift_is_claimed(market: DeployedMarket) -> None:
    """One pays, another says where to send it."""
    shop = market.open("送礼的小店")
    (sku_id,), giver, recipient = shop.offer(2), market.newcomer("dora"), market.newcomer("eli")

    sent = shop.give(giver, sku_id)

    assert shop.claim(recipient, sent) == ""
    market.becomes(giver, sent.order_id, "to_ship")
