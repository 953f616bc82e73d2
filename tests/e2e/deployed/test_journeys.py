"""What people do on one machine they can do on a deployed stage: streams, queues and schedules do their part."""

import json
import urllib.request

import pytest

from infra.package.build import services
from tests.e2e.deployed.account import Account
from tests.e2e.deployed.market import DeployedMarket

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("service", services())
def test_a_deployed_service_answers(account: Account, service: str) -> None:
    """From its real package, by CloudFormation, through API Gateway."""
    account.deployed(service)

    with urllib.request.urlopen(f"{account.door.url}/{service}/health", timeout=60) as answer:
        said = json.load(answer)

    assert (said["status"], said["service"]) == ("ok", service)


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
