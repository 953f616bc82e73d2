"""After-sales of orders that moved here: their money lies with the old shop, their goods come back here (M2, O6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from infra.load import order_dumps
from services.shared.contracts.aftersale import AftersaleClosed
from services.shared.contracts.migration import old_name
from services.shared.plumbing import clock, ids
from services.shared.plumbing.ids import id_of
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


@dataclass
class Moved:
    """An order of ten days ago and its after-sales, dumped and not yet moved."""

    old: OldShop
    record: dict[str, Any]
    number: int

    @property
    def order_id(self) -> str:
        """The order's id here."""
        return self.old.order_id(order_dumps.FIRST_ORDER + self.number)

    @property
    def buyer(self) -> Client:
        """Who bought it."""
        return self.old.buyer(f"oBuyer{self.number:022}")

    def aftersale_id(self, number: int) -> str:
        """The id that an after-sale has here."""
        old_id = str(order_dumps.FIRST_AFTERSALE + number)
        return id_of(
            "afs", *old_name(self.old.market.shop_id, self.old.source, self.old.old_shop_id, "aftersale", old_id)
        )


def dumped(market: Market, number: int, *cases: dict[str, Any]) -> Moved:
    """An order, and an after-sale with each of these changes."""
    old = OldShop(market)
    record = order_dumps.order(number, epoch=int((clock.now() - timedelta(days=10)).timestamp()))
    old.add([order_dumps.as_line(record)])
    lines = [order_dumps.as_line(order_dumps.aftersale(at, record, **changes)) for at, changes in enumerate(cases)]
    old.add(lines, kind="aftersales")
    return Moved(old, record, number)


def test_an_aftersale_goes_on_where_it_stood(market: Market) -> None:
    """M2: what waited for the merchant waits here, with its words and its claim; agreed to, it goes on as any other."""
    moved = dumped(market, TO_SHIP, {})

    counts = moved.old.goes("move")
    seen = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales/{moved.aftersale_id(0)}").json
    agreed = at_shop(market, moved.aftersale_id(0), "decision", {"decision": "agree"})

    assert counts == {"read": 2, "moved": 2}
    assert (seen["status"], seen["kind"], seen["reason"], seen["text"]) == (
        "requested",
        "refund",
        "changed_mind",
        "买错了",
    )
    assert seen["deadline_at"] > clock.now().isoformat()
    assert agreed["status"] == "refunding"
    listed = moved.buyer.get(f"/v1/orders/{moved.order_id}/aftersales").json["items"]
    assert [one["aftersale_id"] for one in listed] == [moved.aftersale_id(0)]


@pytest.mark.parametrize(
    ("there", "kind", "here"),
    [
        ("MERCHANT_REJECT_RETURN", "RETURN", "rejected"),
        ("USER_WAIT_RETURN", "RETURN", "awaiting_return"),
        ("MERCHANT_WAIT_RECEIPT", "RETURN", "returning"),
        ("PLATFORM_PROCESSING", "RETURN", "disputed"),
        ("PLATFORM_REFUND_FAIL", "REFUND", "refunding"),
        ("MERCHANT_REFUND_SUCCESS", "REFUND", "refunded"),
        ("USER_CANCELD", "REFUND", "withdrawn"),
    ],
)
def test_each_stage_is_ours(market: Market, there: str, kind: str, here: str) -> None:
    """M2: and its money counts as it stands: what went back there is gone from the order, what is over frees it."""
    moved = dumped(market, DONE, {"status": there, "type": kind})

    assert moved.old.goes("move") == {"read": 2, "moved": 2}

    case = moved.buyer.get(f"/v1/aftersales/{moved.aftersale_id(0)}").json
    assert case["status"] == here
    order = market.merchant_sees(moved.order_id)
    assert order["refunded_fen"] == (case["amount_fen"] if here == "refunded" else 0)


def test_nothing_is_claimed_twice(market: Market) -> None:
    """M3, O6: more pieces than the order has left, a style that is not in it, an order that is not here: by line and
    reason; in a dry run as in the move."""
    moved = dumped(
        market,
        DONE,
        {"product_info": {"product_id": "1", "sku_id": "1", "count": 1}},
        {"order_id": "999"},
        {"status": "NEW_KIND"},
        {},
        {"product_info": order_dumps.order(DONE)["order"]["order_detail"]["product_infos"][0] | {"count": 2}},
    )

    dry = moved.old.goes("dry")
    dry_rows = moved.old.rows()
    counts = moved.old.goes("move")

    assert dry == counts == {"read": 6, "moved": 2, "refused": 4}
    assert dry_rows == moved.old.rows()
    assert [(row.file, row.line) for row in dry_rows] == [(2, 1), (2, 2), (2, 3), (2, 5)]
    for row, why in zip(dry_rows, ("no such style", "is not here", "NEW_KIND", "more pieces"), strict=True):
        assert why in row.why


def test_they_go_out_before_their_orders(market: Market) -> None:
    """M3: a rollback takes both out; where the after-sale went on here, both stay and are named."""
    still, on = dumped(market, DONE, {}, {"status": "USER_CANCELD"}), dumped(market, DONE, {})
    for one in (still, on):
        one.old.goes("move")
    at_shop(market, on.aftersale_id(0), "decision", {"decision": "reject", "reason": "used"})

    assert still.old.goes("rollback") == {"read": 3, "taken_out": 3}
    assert on.old.goes("rollback") == {"read": 2, "kept": 2}

    assert {row.kind for row in on.old.rows()} == {"orders", "aftersales"}
    assert still.buyer.get(f"/v1/aftersales/{still.aftersale_id(0)}").status == 404
    assert on.buyer.get(f"/v1/aftersales/{on.aftersale_id(0)}").json["status"] == "rejected"


def test_an_old_aftersales_id_leads_to_it(market: Market) -> None:
    """M2: for the buyer and for the shop."""
    moved = dumped(market, DONE, {})
    moved.old.goes("move")
    old_id = order_dumps.FIRST_AFTERSALE

    bought = moved.buyer.get(f"/v1/aftersales/{old_id}")
    sold = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales/{old_id}")

    assert bought.headers["location"] == f"/orders/v1/aftersales/{moved.aftersale_id(0)}"
    assert (bought.status, sold.status) == (308, 308)
