"""One order's way through all four services, as a merchant, a buyer and the platform walk it."""

from typing import Any

import pytest

from infra.cli.api import Caller, Json, Refusal
from infra.cli.buying import ADDRESS
from tests.e2e.market import IMAGES, Market, eventually, key, slug_of

PRICE_FEN, FEE_BP, STOCK, BOUGHT = 12_900, 60, 5, 2
PAID_FEN = BOUGHT * PRICE_FEN
FEE_FEN = round(PAID_FEN * FEE_BP / 10_000)
PRODUCT = {
    "title": "白瓷茶杯 一对",
    "category_id": "crafts.ceramics",
    "images": IMAGES,
    "skus": [{"attributes": {"釉色": "甜白"}, "price_fen": PRICE_FEN, "initial_stock": STOCK, "out_sku_id": "CUP-1"}],
}


@pytest.fixture
def merchant(market: Market) -> Caller:
    """Somebody without a shop yet."""
    return market.person("mei")


def opened(market: Market, merchant: Caller) -> str:
    """A shop from nothing to "may sell"; returns its id."""
    contact = {"name": "梅", "phone": "13900000000"}
    asked = {"name": "梅的窑", "subject_type": "individual_business", "contact": contact}
    shop_id = str(merchant.post("/catalog/v1/shops", asked, key())["shop_id"])
    path = f"/catalog/v1/shops/{shop_id}"
    assert set(merchant.get(path)["missing"]) == {"audit", "payment_account", "deposit"}
    market.api.platform().post(f"{path}/audit-decisions", {"decision": "pass"}, key())
    merchant.put(f"{path}/payment-account", {"settlement_reference": "6222-0000-0000-0000"})
    merchant.post(f"{path}/deposits", {"amount_fen": 100_000}, key())
    assert merchant.get(path)["can_sell"]
    return shop_id


def listed(market: Market, merchant: Caller, shop_id: str) -> str:
    """A product from nothing to "orders sells it"; returns its style's id."""
    path = f"/catalog/v1/shops/{shop_id}/products"
    product = merchant.post(path, PRODUCT, key())
    with pytest.raises(Refusal, match="404"):
        market.api.anyone().get(f"/catalog/v1/products/{product['product_id']}")
    merchant.post(f"{path}/{product['product_id']}/listing")
    assert market.api.anyone().get(f"/catalog/v1/products/{product['product_id']}")["title"] == PRODUCT["title"]
    sku_id = str(product["skus"][0]["sku_id"])
    eventually(lambda: offered(market, sku_id), (PRICE_FEN, STOCK, True))
    return sku_id


def offered(market: Market, sku_id: str) -> tuple[Any, ...]:
    """Price, what is left, whether it is for sale, as anybody is told."""
    items = market.api.anyone().get("/orders/v1/offers", sku_ids=sku_id)["items"]
    return next(((one["price_fen"], one["left"], one["for_sale"]) for one in items), ())


def test_an_order_from_the_shops_opening_to_settled_money(market: Market, merchant: Caller) -> None:
    """Opened, listed, placed, paid, shipped, received, settled; stock, money and messages agree with every step."""
    shop_id = opened(market, merchant)
    sku_id = listed(market, merchant, shop_id)
    buyer, shops = market.person("anna"), f"/orders/v1/shops/{shop_id}"

    eventually(lambda: slug_of(lambda: merchant.get(f"{shops}/orders")), "")
    lines = [{"sku_id": sku_id, "quantity": BOUGHT}]
    wanted = {"shop_id": shop_id, "lines": lines, "address": ADDRESS, "expected_total_fen": PAID_FEN}
    order = buyer.post("/orders/v1/orders", wanted, key())
    assert (order["status"], order["status_code"], order["payable_fen"]) == ("pending_payment", 10, PAID_FEN)
    assert counted(merchant, shop_id, sku_id) == (STOCK - BOUGHT, BOUGHT, 0)

    market.pay(buyer, order["order_id"])
    assert market.becomes(buyer, order["order_id"], "to_ship")["paid_fen"] == PAID_FEN
    assert counted(merchant, shop_id, sku_id) == (STOCK - BOUGHT, 0, BOUGHT)
    assert merchant.get(f"{shops}/orders/{order['order_id']}")["address"]["detail"] == ADDRESS["detail"]

    merchant.post(f"{shops}/orders/{order['order_id']}/shipments", {"carrier": "SF", "waybill": "SF10086"}, key())
    received = buyer.post(f"/orders/v1/orders/{order['order_id']}/receipt")
    steps = [step["to"] for step in received["history"]]
    assert steps == ["pending_payment", "to_ship", "shipped", "done"]
    assert balance(merchant, shop_id) == {"pending_fen": PAID_FEN - FEE_FEN, "available_fen": 0, "fees_fen": FEE_FEN}

    market.running.run("clock", "+8d")
    eventually(lambda: market.order(buyer, order["order_id"])["settled_at"] is not None, True)
    assert balance(merchant, shop_id) == {"pending_fen": 0, "available_fen": PAID_FEN - FEE_FEN, "fees_fen": FEE_FEN}
    entries = list(merchant.pages(f"{shops}/ledger"))
    assert [entry["cause"] for entry in entries] == ["settlement", "fee", "payment", "deposit"]
    assert all(sum(posting["amount_fen"] for posting in entry["postings"]) == 0 for entry in entries)
    both_are_told(market, shop_id, order["order_id"])


def counted(merchant: Caller, shop_id: str, sku_id: str) -> tuple[int, int, int]:
    """On hand, held, sold."""
    stock = merchant.get(f"/orders/v1/shops/{shop_id}/stock/{sku_id}")
    return stock["on_hand"], stock["held"], stock["sold"]


def balance(merchant: Caller, shop_id: str) -> Json:
    """What the shop has and what the platform took."""
    found = merchant.get(f"/orders/v1/shops/{shop_id}/balance")
    assert (found["sum_fen"], found["wechat_fen"]) == (0, PAID_FEN)
    return {name: found[name] for name in ("pending_fen", "available_fen", "fees_fen")}


def both_are_told(market: Market, shop_id: str, order_id: str) -> None:
    """Buyer and merchant hear of every step, each in the language they read."""
    steps = [f"orders.order_{step}" for step in ("placed", "paid", "shipped", "received", "settled")]
    eventually(lambda: market.told(market.person("anna")), steps[:-1])
    eventually(lambda: market.told(market.person("mei"), order_id, as_shop=shop_id), steps)

    zh, en = market.person("anna"), market.person("anna", "en")
    assert titles(zh) == ["订单待支付", "支付成功", "订单已发货", "已确认收货"]
    assert titles(en) == ["Order waiting for payment", "Payment received", "Order shipped", "Receipt confirmed"]
    zh, en = market.person("mei"), market.person("mei", "en")
    assert titles(zh, as_shop=shop_id)[:2] == ["店铺已创建", "店铺审核已通过"]
    assert titles(zh, as_shop=shop_id)[2:5] == ["买家已下单", "新订单", "订单已发货"]
    assert titles(en, as_shop=shop_id)[5:] == ["Receipt confirmed", "Order settled"]
    settled = en.get("/notify/v1/messages", as_shop=shop_id)["items"][0]["body"]
    assert settled.startswith(f"CN¥{(PAID_FEN - FEE_FEN) / 100:.2f} of")


def titles(whom: Caller, **whose: str) -> list[str]:
    """The titles of somebody's messages, oldest first."""
    return [one["title"] for one in whom.pages("/notify/v1/messages", **whose)][::-1]
