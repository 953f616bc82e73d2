"""After-sales (O6): money back, goods back, other goods; every step with a deadline, and what time does then."""

from typing import Any

import pytest

from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.aftersale import AftersaleClosed, AftersaleMoved, AftersaleOpened
from services.shared.contracts.orders import RefundSucceeded
from services.shared.plumbing import clock
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Till, eventually
from services.orders import app as orders


def bought(market: Market, quantity: int = 1, price_fen: int = 10_000, *, send: bool = True) -> tuple[Client, str, str]:
    """A paid purchase of one style, sent unless it is not; its buyer, its order, its style."""
    (sku,) = market.offer(stock=10, price_fen=price_fen)
    buyer = person("anna")
    order_id = market.place(buyer, sku, quantity)
    market.paid(buyer, order_id)
    if send:
        assert market.ship(order_id).status == 201
    return buyer, order_id, sku


def ask(buyer: Client, order_id: str, kind: str, quantity: int = 1, reason: str = "quality", **more: Any) -> Reply:
    """Apply for one line."""
    line = {"line_no": 1, "quantity": quantity} | more
    return buyer.post(f"/v1/orders/{order_id}/aftersales", {"kind": kind, "reason": reason, "lines": [line]})


def opened(buyer: Client, order_id: str, kind: str, quantity: int = 1, **more: Any) -> str:
    """The same, which goes through; returns its id."""
    reply = ask(buyer, order_id, kind, quantity, **more)
    assert reply.status == 201, reply.text
    return str(reply.json["aftersale_id"])


def decide(market: Market, aftersale_id: str, decision: str, **more: Any) -> Reply:
    """The shop's word."""
    path = f"/v1/shops/{market.shop_id}/aftersales/{aftersale_id}/decision"
    return market.merchant.post(path, {"decision": decision} | more)


def agreed(market: Market, aftersale_id: str) -> dict[str, Any]:
    """The shop says yes."""
    reply = decide(market, aftersale_id, "agree", return_address=ADDRESS)
    assert reply.status == 200, reply.text
    return dict(reply.json)


def platform() -> Client:
    """Who decides disputes."""
    return Client(orders.app, token_for("person:olga", platform=True))


def case_of(buyer: Client, aftersale_id: str) -> dict[str, Any]:
    """As the buyer sees it."""
    reply = buyer.get(f"/v1/aftersales/{aftersale_id}")
    assert reply.status == 200, reply.text
    return dict(reply.json)


def settle_refunds(market: Market, hands: Hands, buyer: Client, *cases: str) -> None:
    """Let WeChat be asked until the money of these has arrived."""
    for _ in range(8):
        market.settle_events()
        if all(case_of(buyer, one)["status"] == "refunded" for one in cases):
            return
        hands.move(minutes=2)
        sweep_orders(clock.now())
    for one in cases:
        eventually(lambda one=one: case_of(buyer, one)["status"], "refunded")


def test_what_was_not_sent_is_refunded_at_once(market: Market, hands: Hands) -> None:
    """O6: nobody is asked; stock is for sale again, the order ends, the shop repays what was advanced."""
    buyer, order_id, sku = bought(market, 2, send=False)

    reply = ask(buyer, order_id, "refund", 2, "changed_mind")

    assert (reply.status, reply.json["status"], reply.json["fast"]) == (201, "refunding", True)
    assert market.stock(sku)["on_hand"] == 10
    settle_refunds(market, hands, buyer, reply.json["aftersale_id"])
    order = buyer.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["status_code"], order["refunded_fen"]) == ("cancelled_after_sale", 200, 20_000)
    before = market.balance()
    assert (before["pending_fen"], before["wechat_fen"], before["fees_fen"]) == (20_000, 0, 0)
    hands.move(hours=25)
    sweep_orders(clock.now())
    assert market.balance()["pending_fen"] == 0
    causes = [one["cause"] for one in market.merchant.get(f"/v1/shops/{market.shop_id}/ledger").json["items"]]
    assert sorted(causes) == ["advance", "fee", "fee_returned", "payment", "repay"]
    (day,) = market.merchant.get(f"/v1/shops/{market.shop_id}/fast-refunds").json["items"]
    assert (day["granted"], day["done"], day["share_within_2h"]) == (1, 1, 1.0)


def test_goods_come_back_and_money_goes(market: Market, hands: Hands) -> None:
    """O6: agreed, sent back, judged sellable, refunded; only then the goods are for sale again."""
    buyer, order_id, sku = bought(market, 2)
    case = opened(buyer, order_id, "return_refund")

    assert agreed(market, case)["status"] == "awaiting_return"
    assert case_of(buyer, case)["return_address"]["detail"] == ADDRESS["detail"]
    path = f"/v1/aftersales/{case}/return-shipment"
    assert buyer.post(path, {"carrier": "SF", "waybill": "SF1"}).json["status"] == "returning"
    assert market.stock(sku)["on_hand"] == 8
    path = f"/v1/shops/{market.shop_id}/aftersales/{case}/receipt"
    assert market.merchant.post(path, {"sellable": True}).json["status"] == "refunding"
    assert market.stock(sku)["on_hand"] == 9
    settle_refunds(market, hands, buyer, case)

    order = buyer.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["refunded_fen"]) == ("shipped", 10_000)
    assert [one.status for one in said(case, AftersaleMoved)] == ["awaiting_return", "returning", "refunding"]
    assert (len(said(case, AftersaleOpened)), len(said(case, AftersaleClosed))) == (1, 1)
    assert [one.why for one in said(order_id, RefundSucceeded)] == ["aftersale"]
