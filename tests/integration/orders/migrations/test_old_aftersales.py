"""After-sales of orders that moved here: their money lies with the old shop, their goods come back here (M2, O6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from infra.load import order_dumps
from services.shared.contracts.aftersale import AftersaleClosed
from services.shared.plumbing import clock, ids
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client
from tests.integration.orders import events
from tests.integration.orders.events import ADDRESS, said, tell
from tests.integration.orders.market import Market
from tests.integration.orders.migrations.old_shop import OldShop

TO_SHIP, DONE = order_dumps.STATUSES.index(20), order_dumps.STATUSES.index(100)


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """There is a bucket."""
    queues("orders")


def ask(buyer: Client, order_id: str, kind: str) -> dict[str, Any]:
    """Ask for one piece of the first line."""
    body = {"kind": kind, "reason": "changed_mind", "lines": [{"line_no": 1, "quantity": 1}]}
    reply = buyer.post(f"/v1/orders/{order_id}/aftersales", body)
    assert reply.status == 201, reply.text
    case: dict[str, Any] = reply.json
    return case


def at_shop(market: Market, case_id: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the shop does about it."""
    reply = market.merchant.post(f"/v1/shops/{market.shop_id}/aftersales/{case_id}/{act}", body)
    assert reply.status == 200, reply.text
    case: dict[str, Any] = reply.json
    return case


def moved_in(market: Market, number: int) -> tuple[OldShop, str, Client]:
    """One order, of ten days ago, that moved here; its buyer."""
    old = OldShop(market)
    record = order_dumps.order(number, epoch=int((clock.now() - timedelta(days=10)).timestamp()))
    old.add([order_dumps.as_line(record)])
    old.goes("move")
    return old, old.order_id(order_dumps.FIRST_ORDER + number), old.buyer(f"oBuyer{number:022}")


def test_money_goes_back_from_where_it_lies(market: Market) -> None:
    """M2, O7: agreed to, it waits for the merchant, who sends it back there and says so; no ledger of ours has it."""
    _, order_id, buyer = moved_in(market, TO_SHIP)

    case = ask(buyer, order_id, "refund")
    agreed = at_shop(market, case["aftersale_id"], "decision", {"decision": "agree"})
    done = at_shop(market, case["aftersale_id"], "refund-confirmation", {"reference": "50300001"})

    assert (case["status"], case["fast"], agreed["status"], done["status"]) == (
        "requested",
        False,
        "refunding",
        "refunded",
    )
    order = market.merchant_sees(order_id)
    assert order["refunded_fen"] == done["amount_fen"] > 0
    assert market.ship(order_id).json["lines"][0]["shipped"] == order["lines"][0]["quantity"] - 1
    assert set(market.balance().values()) == {0}
    assert len(said(case["aftersale_id"], AftersaleClosed)) == 1


def test_nobody_says_so_of_money_that_lies_here(market: Market) -> None:
    """O6: what was paid here goes back by itself."""
    (sku,) = market.offer(stock=3, price_fen=90_000)
    buyer = OldShop(market).buyer("oNew")
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)
    market.ship(order_id)
    case = ask(buyer, order_id, "refund")

    path = f"/v1/shops/{market.shop_id}/aftersales/{case['aftersale_id']}/refund-confirmation"
    reply = market.merchant.post(path, {"reference": "1"})

    assert (reply.status, reply.slug) == (409, "refunded-by-us")


def test_goods_that_come_back_are_counted_from_then_on(market: Market) -> None:
    """O1: the old shop sold them, and no counter here knew them: what comes back to be sold is received."""
    _, order_id, buyer = moved_in(market, DONE)
    line = market.merchant_sees(order_id)["lines"][0]
    style = events.style(1, 5, 1_990).model_copy(update={"sku_id": line["sku_id"]})
    offered = events.offered(market.shop_id, line["product_id"], [style])
    tell(offered, emitter="catalog", subject=line["product_id"])

    case = ask(buyer, order_id, "return_refund")
    at_shop(market, case["aftersale_id"], "decision", {"decision": "agree", "return_address": ADDRESS})
    sent = buyer.post(
        f"/v1/aftersales/{case['aftersale_id']}/return-shipment",
        {"carrier": "SF", "waybill": "SF1"},
        key=ids.new_id("k"),
    )
    assert sent.status == 200
    at_shop(market, case["aftersale_id"], "receipt", {"sellable": True})

    assert market.stock(line["sku_id"]) == {"on_hand": 6, "held": 0, "sold": 0, "received": 6}
    assert market.flow(line["sku_id"])[0]["what"] == "returned"
