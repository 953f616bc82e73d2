"""After-sales (O6): money back, goods back, other goods; every step with a deadline, and what time does then."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests

from services.orders import app as orders
from services.orders.payments.tables import find_payment
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import OrdersRow
from services.shared.contracts.aftersale import AftersaleClosed, AftersaleMoved, AftersaleOpened
from services.shared.contracts.orders import RefundDelayed, RefundSucceeded
from services.shared.plumbing import clock, ids
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Letterbox, Till, eventually
from tests.numerals import numerals


def bought(market: Market, quantity: int = 1, price_fen: int = 10_000, *, send: bool = True) -> tuple[Client, str, str]:
    """A paid purchase of one style, sent unless it is not; its buyer, its order, its style."""
    (sku,) = market.offer(stock=10, price_fen=price_fen)
    buyer = person(ids.new_id("anna"))
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
        eventually(partial(_status, buyer, one), "refunded")


def _status(buyer: Client, aftersale_id: str) -> str:
    return str(case_of(buyer, aftersale_id)["status"])


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


def back(market: Market, buyer: Client, case: str, *, sellable: bool = True) -> Reply:
    """The goods go back, and the shop says what came."""
    sent = buyer.post(f"/v1/aftersales/{case}/return-shipment", {"carrier": "SF", "waybill": "SF1"})
    assert sent.status == 200, sent.text
    path = f"/v1/shops/{market.shop_id}/aftersales/{case}/receipt"
    return market.merchant.post(path, {"sellable": sellable})


def test_what_cannot_be_sold_again_is_not_for_sale(market: Market) -> None:
    """O6: damaged goods are the shop's loss, and not the next buyer's."""
    buyer, order_id, sku = bought(market)
    case = opened(buyer, order_id, "return_refund")
    agreed(market, case)

    assert back(market, buyer, case, sellable=False).json["status"] == "refunding"

    assert market.stock(sku) == {"on_hand": 9, "held": 0, "sold": 1, "received": 10}


def test_an_exchange_takes_the_new_goods_when_it_is_agreed(market: Market) -> None:
    """O6: another style of the same price is kept from then on; what came back is for sale again; then all is done."""
    red, blue = market.offer(stock=3, price_fen=10_000, styles=2)
    buyer = person("anna")
    order_id = market.place(buyer, red)
    market.paid(buyer, order_id)
    market.ship(order_id)
    case = opened(buyer, order_id, "exchange", sku_id=blue)
    assert market.stock(blue)["on_hand"] == 3

    agreed(market, case)
    assert (market.stock(blue)["on_hand"], market.stock(red)["on_hand"]) == (2, 2)
    assert back(market, buyer, case).json["status"] == "to_resend"
    assert market.stock(red)["on_hand"] == 3
    path = f"/v1/shops/{market.shop_id}/aftersales/{case}/shipment"
    assert market.merchant.post(path, {"carrier": "SF", "waybill": "SF2"}).json["status"] == "resent"
    assert buyer.post(f"/v1/aftersales/{case}/receipt").json["status"] == "completed"

    again = opened(buyer, order_id, "return_refund")
    agreed(market, again)
    assert back(market, buyer, again).json["status"] == "refunding"
    assert (market.stock(blue)["on_hand"], market.stock(red)["on_hand"]) == (3, 3)


def test_an_exchange_that_ends_gives_the_new_goods_back(market: Market) -> None:
    """O6: withdrawn before anything was sent."""
    buyer, order_id, sku = bought(market)
    case = opened(buyer, order_id, "exchange")
    agreed(market, case)
    assert market.stock(sku)["on_hand"] == 8

    assert buyer.post(f"/v1/aftersales/{case}/withdrawal").json["status"] == "withdrawn"
    assert buyer.post(f"/v1/aftersales/{case}/withdrawal").json["status"] == "withdrawn"

    assert market.stock(sku) == {"on_hand": 9, "held": 0, "sold": 1, "received": 10}


def test_an_exchange_for_what_is_gone_is_refused_or_becomes_money(market: Market, hands: Hands) -> None:
    """O6: the shop learns that it has none; where nobody answers the goods come back for their money."""
    buyer, order_id, sku = bought(market)
    case = opened(buyer, order_id, "exchange")
    market.adjust(sku, "set", 0)

    assert decide(market, case, "agree", return_address=ADDRESS).slug == "out-of-stock"
    hands.move(hours=49)
    sweep_orders(clock.now())

    seen = case_of(buyer, case)
    assert (seen["status"], seen["kind"], seen["new_goods"]) == ("awaiting_return", "return_refund", [])


def test_what_never_came_is_sent_again_or_refunded(market: Market, hands: Hands) -> None:
    """O6: taken out of stock when agreed; not sent in time, the money goes back and the goods are for sale again."""
    buyer, order_id, sku = bought(market)
    case = opened(buyer, order_id, "reship", reason="lost_parcel")
    assert agreed(market, case)["status"] == "to_resend"
    assert market.stock(sku)["on_hand"] == 8

    hands.move(hours=49)
    sweep_orders(clock.now())

    assert market.stock(sku)["on_hand"] == 9
    settle_refunds(market, hands, buyer, case)
    assert status_of(buyer, order_id) == "cancelled_after_sale"


def test_a_rejection_is_disputed_and_the_platform_decides(market: Market) -> None:
    """O6: its word is the last one; what was claimed is free again when it is no."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "return_refund")
    assert decide(market, case, "reject").slug == "validation"
    assert decide(market, case, "reject", reason="used", text="worn").json["status"] == "rejected"
    assert ask(buyer, order_id, "return_refund").slug == "nothing-left-to-claim"
    assert buyer.post(f"/v1/aftersales/{case}/dispute").json["status"] == "disputed"
    assert market.merchant.post(f"/v1/aftersales/{case}/decision", {"decision": "for_shop"}).slug == "forbidden"

    ruled = platform().post(f"/v1/aftersales/{case}/decision", {"decision": "for_shop", "text": "no"})

    assert ruled.json["status"] == "closed"
    assert ask(buyer, order_id, "return_refund").status == 201
    assert decide(market, case, "agree", return_address=ADDRESS).slug == "illegal-transition"


def test_what_came_back_may_be_refused_and_upheld(market: Market, hands: Hands) -> None:
    """O6: other goods came, says the shop; the platform sees it otherwise, and the money goes."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "return_refund")
    agreed(market, case)
    buyer.post(f"/v1/aftersales/{case}/return-shipment", {"carrier": "SF", "waybill": "SF1"})
    assert decide(market, case, "reject", reason="not_our_goods").json["status"] == "rejected"
    buyer.post(f"/v1/aftersales/{case}/dispute")

    assert platform().post(f"/v1/aftersales/{case}/decision", {"decision": "for_buyer"}).json["status"] == "refunding"

    settle_refunds(market, hands, buyer, case)


@pytest.mark.parametrize(
    ("steps", "hours", "status"),
    [
        ((), 49, "awaiting_return"),
        (("reject",), 7 * 24 + 1, "closed"),
        (("reject", "dispute"), 3 * 24 + 1, "awaiting_return"),
        (("agree",), 7 * 24 + 1, "closed"),
        (("agree", "send_back"), 10 * 24 + 1, "refunding"),
    ],
)
def test_time_acts_where_nobody_does(
    market: Market, hands: Hands, letterbox: Letterbox, steps: tuple[str, ...], hours: int, status: str
) -> None:
    """O6: every step has a deadline and an outcome; a minute before it nothing happens. WeChat's letters are kept."""
    buyer, order_id, sku = bought(market)
    case = opened(buyer, order_id, "return_refund")
    acts: dict[str, Callable[[], object]] = {
        "agree": lambda: agreed(market, case),
        "reject": lambda: decide(market, case, "reject", reason="used"),
        "dispute": lambda: buyer.post(f"/v1/aftersales/{case}/dispute"),
        "send_back": lambda: buyer.post(f"/v1/aftersales/{case}/return-shipment", {"carrier": "SF", "waybill": "SF1"}),
    }
    for one in steps:
        acts[one]()
    before = case_of(buyer, case)["status"]

    hands.move(hours=hours - 1, minutes=-1)
    sweep_orders(clock.now())
    assert case_of(buyer, case)["status"] == before
    hands.move(hours=1, minutes=2)
    sweep_orders(clock.now())

    assert case_of(buyer, case)["status"] == status
    assert market.stock(sku)["on_hand"] == 9  # nobody has looked at what came back


def test_what_nobody_has_missed_has_come(market: Market, hands: Hands) -> None:
    """O6: sent again, and ten days later it is done."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "reship", reason="lost_parcel")
    agreed(market, case)
    path = f"/v1/shops/{market.shop_id}/aftersales/{case}/shipment"
    market.merchant.post(path, {"carrier": "SF", "waybill": "SF2"})

    hands.move(days=10, minutes=1)
    sweep_orders(clock.now())

    assert case_of(buyer, case)["status"] == "completed"


def test_what_is_claimed_is_not_sent(market: Market) -> None:
    """O4, O6: a piece that somebody wants the money for stays; the rest goes, and the order is shipped."""
    buyer, order_id, sku = bought(market, 3, send=False)
    opened(buyer, order_id, "refund", 2, reason="changed_mind")

    assert market.ship(order_id, [(1, 2)]).slug == "illegal-transition"
    assert market.ship(order_id).status == 201

    assert [line["shipped"] for line in market.merchant_sees(order_id)["lines"]] == [1]
    assert market.stock(sku)["on_hand"] == 9


def test_small_amounts_go_back_on_trust_until_it_is_asked_too_often(market: Market) -> None:
    """O6: three times in a month; then the shop is asked."""
    buyer, order_id, _ = bought(market, 5, price_fen=1_000)

    fast = [ask(buyer, order_id, "refund").json["fast"] for _ in range(4)]

    assert fast == [True, True, True, False]


def test_money_makes_up_for_something_and_the_pieces_stay(market: Market, hands: Hands) -> None:
    """O6: less than they are worth; what is left of the line can be claimed later, to the fen."""
    buyer, order_id, _ = bought(market, 3, price_fen=10_001)
    first = opened(buyer, order_id, "refund", 3, amount_fen=6_000, reason="damaged")
    agreed(market, first)
    settle_refunds(market, hands, buyer, first)
    assert status_of(buyer, order_id) == "shipped"

    rest = [opened(buyer, order_id, "return_refund", pieces) for pieces in (1, 2)]
    for case in rest:
        agreed(market, case)
        back(market, buyer, case)
    settle_refunds(market, hands, buyer, *rest)

    order = buyer.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["refunded_fen"], order["paid_fen"]) == ("cancelled_after_sale", 30_003, 30_003)


def test_a_line_has_five_applications(market: Market) -> None:
    """O6: then it has had them all."""
    buyer, order_id, _ = bought(market)
    for _ in range(5):
        case = opened(buyer, order_id, "return_refund")
        buyer.post(f"/v1/aftersales/{case}/withdrawal")

    assert ask(buyer, order_id, "return_refund").slug == "too-many-applications"
    assert len(buyer.get(f"/v1/orders/{order_id}/aftersales?limit=3").json["items"]) == 3


def test_after_fifteen_days_it_is_too_late(market: Market, hands: Hands) -> None:
    """O6: counted from receipt."""
    buyer, order_id, _ = bought(market)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    hands.move(days=15)

    assert ask(buyer, order_id, "return_refund").slug == "aftersale-too-late"


def test_a_settled_order_is_refunded_out_of_what_is_available(market: Market, hands: Hands) -> None:
    """O7: nothing that is pending is another order's; an order with an after-sale is not settled meanwhile."""
    buyer, order_id, _ = bought(market)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    early = opened(buyer, order_id, "return_refund")
    hands.move(days=1)
    buyer.post(f"/v1/aftersales/{early}/withdrawal")
    hands.move(days=6, hours=1)
    sweep_orders(clock.now())
    assert market.balance()["available_fen"] == 9_940

    late = opened(buyer, order_id, "return_refund")
    assert (market.balance()["available_fen"], market.balance()["frozen_fen"]) == (0, 9_940)
    agreed(market, late)
    back(market, buyer, late)
    settle_refunds(market, hands, buyer, late)

    balance = market.balance()
    assert (balance["pending_fen"], balance["available_fen"], balance["fees_fen"], balance["wechat_fen"]) == (
        0,
        0,
        0,
        0,
    )


def test_an_order_with_an_open_aftersale_is_not_settled(market: Market, hands: Hands) -> None:
    """O7: what may go back is not the shop's yet; once it is disputed it is frozen, until that is decided."""
    buyer, order_id, _ = bought(market)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    case = opened(buyer, order_id, "return_refund")
    decide(market, case, "reject", reason="used")
    hands.move(days=6, hours=20)
    buyer.post(f"/v1/aftersales/{case}/dispute")
    hands.move(hours=8)
    sweep_orders(clock.now())
    assert (market.balance()["available_fen"], market.balance()["frozen_fen"]) == (0, 9_940)

    platform().post(f"/v1/aftersales/{case}/decision", {"decision": "for_shop"})
    assert (market.balance()["pending_fen"], market.balance()["frozen_fen"]) == (9_940, 0)
    sweep_orders(clock.now())

    assert market.balance()["available_fen"] == 9_940


def test_goods_come_back_to_the_shops_own_address_unless_it_says_otherwise(market: Market, hands: Hands) -> None:
    """O6: said once by the shop, told to who sends them back; also where nobody of the shop has agreed."""
    buyer, order_id, _ = bought(market, 3)
    path = f"/v1/shops/{market.shop_id}/return-address"
    first, second, third = (opened(buyer, order_id, "return_refund") for _ in range(3))
    assert decide(market, first, "agree").slug == "return-address-missing"
    assert market.merchant.get(path).json == {"address": None}

    own = ADDRESS | {"detail": "仓库 7 号", "postcode": None}
    assert market.merchant.put(path, {"address": own}).json == {"address": own}
    assert market.merchant.get(path).json == {"address": own}
    assert decide(market, first, "agree").status == 200
    assert decide(market, second, "agree", return_address=ADDRESS).status == 200
    hands.move(hours=48, seconds=1)
    sweep_orders(clock.now())

    told = [case_of(buyer, one)["return_address"]["detail"] for one in (first, second, third)]
    assert told == ["仓库 7 号", ADDRESS["detail"], "仓库 7 号"]
    (row,) = OrdersRow.query(f"RETURNS#{market.shop_id}")
    assert "仓库" not in json.dumps(row.serialize(), ensure_ascii=False)
    assert buyer.get(path).status == 404


@pytest.mark.parametrize("kind", ["return_refund", "exchange"])
def test_a_shop_that_never_says_where_to_gives_the_money_back(
    market: Market, hands: Hands, letterbox: Letterbox, kind: str
) -> None:
    """O6: nobody can send goods to nowhere; what the shop leaves out is not the buyer's loss. Said late, it is told.

    WeChat's letters are kept."""
    buyer, order_id, sku = bought(market, 2)
    silent, late = (opened(buyer, order_id, kind) for _ in range(2))
    hands.move(hours=48, seconds=1)
    sweep_orders(clock.now())
    assert [case_of(buyer, one)["status"] for one in (silent, late)] == ["awaiting_return"] * 2
    assert case_of(buyer, late)["return_address"] is None

    market.merchant.put(f"/v1/shops/{market.shop_id}/return-address", {"address": ADDRESS})
    assert case_of(buyer, late)["return_address"]["detail"] == ADDRESS["detail"]
    assert back(market, buyer, late).json["status"] == ("refunding" if kind == "return_refund" else "to_resend")
    hands.move(days=7)
    sweep_orders(clock.now())

    shown = case_of(buyer, silent)
    assert (shown["status"], shown["history"][-1]["move"]) == ("refunding", "refund_instead")
    assert market.stock(sku)["sold"] == 1  # what the silent one was to send back; new goods are for sale again


def test_time_has_spoken_where_the_shop_comes_too_late(market: Market, hands: Hands, letterbox: Letterbox) -> None:
    """O6: who was silent has agreed, also while the sweep has yet to write it down. WeChat's letters are kept."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "refund", reason="quality", amount_fen=9_000)
    assert case_of(buyer, case)["overdue"] is False
    hands.move(hours=48, seconds=1)
    assert case_of(buyer, case)["overdue"] is True

    refused = decide(market, case, "reject", reason="used")

    assert (refused.status, refused.slug) == (409, "decision-too-late")
    sweep_orders(clock.now())
    shown = case_of(buyer, case)
    assert (shown["status"], shown["overdue"]) == ("refunding", False)


def test_one_sees_all_that_one_has_applied_for(market: Market) -> None:
    """O6: of all orders and shops, newest first, in pages, by state; nobody else's."""
    buyer = person(ids.new_id("anna"))
    (sku,) = market.offer(stock=9, price_fen=10_000)
    cases = []
    for _ in range(3):
        order_id = market.place(buyer, sku)
        market.paid(buyer, order_id)
        market.ship(order_id)
        cases.append(opened(buyer, order_id, "return_refund"))
    buyer.post(f"/v1/aftersales/{cases[1]}/withdrawal")

    page = buyer.get("/v1/aftersales?limit=2").json
    rest = buyer.get(f"/v1/aftersales?limit=2&cursor={page['next_cursor']}").json

    assert [one["aftersale_id"] for one in page["items"] + rest["items"]] == cases[::-1]
    assert rest["next_cursor"] is None
    withdrawn = buyer.get("/v1/aftersales?status=withdrawn").json["items"]
    assert [one["aftersale_id"] for one in withdrawn] == [cases[1]]
    assert person(ids.new_id("eve")).get("/v1/aftersales").json["items"] == []
    assert market.stranger().get("/v1/aftersales").status == 401


def test_of_a_gift_only_the_recipient_may_ask_and_the_giver_is_paid(market: Market, hands: Hands) -> None:
    """O6, G9: no price for the recipient, no words for the giver."""
    (sku,) = market.offer(stock=3, price_fen=10_000)
    giver, rita = person("gina"), person("rita")
    order_id = market.give(giver, sku)
    assert ask(giver, order_id, "refund").slug in ("not-found", "aftersale-not-possible")
    market.claim(order_id, sku)
    assert ask(giver, order_id, "refund").slug == "not-found"

    reply = rita.post(
        f"/v1/orders/{order_id}/aftersales",
        {"kind": "refund", "reason": "other", "lines": [{"line_no": 1, "quantity": 1}], "text": "not for me"},
    )

    case = reply.json["aftersale_id"]
    assert (reply.json["amount_fen"], reply.json["text"]) == (None, "not for me")
    assert (case_of(giver, case)["amount_fen"], case_of(giver, case)["text"]) == (10_000, None)
    settle_refunds(market, hands, rita, case)
    assert giver.get(f"/v1/orders/{order_id}").json["refunded_fen"] == 10_000
    assert "not for me" not in market.stored(order_id)


@pytest.mark.parametrize("wish", [{"quantity": 2}, {"amount_fen": 10_001}], ids=["pieces", "money"])
def test_a_refusal_does_not_tell_the_recipient_the_price(market: Market, wish: dict[str, Any]) -> None:
    """O6, G9: neither in its words, nor by being one: who asks for more money than it is worth asks for all of it."""
    (sku,) = market.offer(stock=3, price_fen=10_000)
    giver, rita = person("gina"), person("rita")
    order_id = market.give(giver, sku)
    market.claim(order_id, sku)

    reply = ask(rita, order_id, "refund", **wish)

    assert "10000" not in numerals(reply.text)
    assert (reply.status, reply.json.get("left")) == ((409, 1) if "quantity" in wish else (201, None))
    assert "left_fen" not in reply.json


def test_others_see_nothing(market: Market, till: Till) -> None:
    """O6: no stranger, no other shop; and nobody does another's part."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "return_refund")
    stranger = person("eve")

    assert stranger.get(f"/v1/aftersales/{case}").slug == "not-found"
    assert stranger.get(f"/v1/orders/{order_id}/aftersales").slug == "not-found"
    for act in ("withdrawal", "dispute", "receipt"):
        assert stranger.post(f"/v1/aftersales/{case}/{act}").slug == "not-found"
    assert stranger.get(f"/v1/shops/{market.shop_id}/aftersales").slug == "not-found"
    (mine,) = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales?status=requested").json["items"]
    assert mine["aftersale_id"] == case
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales/{case}").json["kind"] == "return_refund"
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales/afs_none").slug == "not-found"


@pytest.mark.usefixtures("_files")
def test_evidence_is_files_and_words_of_each_side(market: Market) -> None:
    """O6: uploaded by who hands it in, seen by all sides; nobody else's file, and nothing after the end."""
    buyer, order_id, _ = bought(market)
    photo, other = uploaded(buyer), uploaded(market.merchant)
    body = {"kind": "return_refund", "reason": "damaged", "lines": [{"line_no": 1, "quantity": 1}]}
    path = f"/v1/orders/{order_id}/aftersales"
    assert buyer.post(path, body | {"upload_ids": [other]}).slug == "not-found"
    case = str(buyer.post(path, body | {"upload_ids": [photo]}).json["aftersale_id"])

    words = {"text": "packed well", "upload_ids": [other]}
    shown = market.merchant.post(f"/v1/shops/{market.shop_id}/aftersales/{case}/evidence", words)
    assert platform().post(f"/v1/aftersales/{case}/evidence", {"text": "looked at"}).status == 201
    assert buyer.post(f"/v1/aftersales/{case}/evidence", {}).slug == "validation"

    seen = case_of(buyer, case)["evidence"]
    assert shown.status == 201
    assert [(one["by"], one["text"]) for one in seen] == [
        ("buyer", None), ("merchant", "packed well"), ("platform", "looked at"),
    ]  # fmt: skip
    assert requests.get(seen[0]["urls"][0], timeout=30).content == PHOTO
    buyer.post(f"/v1/aftersales/{case}/withdrawal")
    assert buyer.post(f"/v1/aftersales/{case}/evidence", {"text": "late"}).slug == "illegal-transition"


@pytest.fixture
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """There is a bucket."""
    queues("orders")


PHOTO = b"\xff\xd8\xff a photo"


def uploaded(client: Client) -> str:
    """A picture that was put where orders said."""
    digest = hashlib.sha256(PHOTO).hexdigest()
    asked = {"purpose": "aftersale_evidence", "content_type": "image/jpeg", "bytes": len(PHOTO), "sha256": digest}
    place = client.post("/v1/uploads", asked).json
    assert requests.put(place["url"], PHOTO, headers=place["headers"], timeout=30).status_code == 200
    return str(place["upload_id"])


def test_freight_goes_back_with_the_last_pieces_if_nothing_was_sent(market: Market, hands: Hands) -> None:
    """O6: in whichever order they are claimed; what was sent for nothing has cost what it cost."""
    template = market.freight(800, 0)
    (sku,) = market.offer(stock=9, price_fen=10_000, freight_template_id=template)
    buyer = person(ids.new_id("anna"))
    unsent, sent = (market.place(buyer, sku, 2) for _ in range(2))
    for order_id in (unsent, sent):
        market.paid(buyer, order_id)
    market.ship(sent)

    amounts = [ask(buyer, unsent, "refund", reason="changed_mind").json["amount_fen"] for _ in range(2)]
    case = opened(buyer, sent, "return_refund", 2, reason="changed_mind")
    agreed(market, case)
    kept = back(market, buyer, case).json["amount_fen"]
    settle_refunds(market, hands, buyer, case)
    hands.move(days=8)
    sweep_orders(clock.now())

    assert (amounts, kept) == ([10_000, 10_800], 20_000)
    assert buyer.get(f"/v1/orders/{sent}").json["status"] == "cancelled_after_sale"
    balance = market.balance()
    assert balance["available_fen"] + balance["fees_fen"] == 800  # the freight that was spent is the shop's


def test_a_refund_that_does_not_get_through_stays_in_sight(market: Market, till: Till, hands: Hands) -> None:
    """O6: for days; the shop finds it among those that are refunding, with WeChat's word for it."""
    buyer, order_id, _ = bought(market, send=False)
    till.arm(refund_not_enough=10_000)
    case = opened(buyer, order_id, "refund")
    market.settle_events()
    for _ in range(10):
        hands.move(hours=9)
        sweep_orders(clock.now())

    (listed,) = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales?status=refunding").json["items"]
    shown = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales/{case}").json
    assert (listed["aftersale_id"], shown["refund"]["trouble"]) == (case, "NOT_ENOUGH")
    assert len(said(order_id, RefundDelayed)) == 1
    till.disarm()
    hands.move(hours=2)
    sweep_orders(clock.now())
    settle_refunds(market, hands, buyer, case)
    (day,) = market.merchant.get(f"/v1/shops/{market.shop_id}/fast-refunds").json["items"]
    assert (day["done"], day["done_within_2h"], day["share_within_2h"]) == (1, 0, 0.0)


@pytest.mark.parametrize("styles", [8, pytest.param(40, marks=pytest.mark.slow)])
def test_all_at_once_are_never_refunded_more_than_was_paid(market: Market, styles: int) -> None:
    """O6: an order of forty styles with freight, each of which five want back at the same moment, 200 in all: each
    goes back once, the freight with the last of them, and together exactly what was paid."""
    template = market.freight(777, 0)
    skus = market.offer(stock=1, price_fen=9_999, styles=styles, freight_template_id=template)
    name = ids.new_id("anna")
    lines = [{"sku_id": sku, "quantity": 1} for sku in skus]
    order_id = str(person(name).post("/v1/orders", market.order(skus[0]) | {"lines": lines}).json["order_id"])
    payment_id = market.paid(person(name), order_id)

    def one(number: int) -> int:
        line = {"line_no": number % styles + 1, "quantity": 1}
        body = {"kind": "refund", "reason": "changed_mind", "lines": [line]}
        for _ in range(60):
            status = person(name).post(f"/v1/orders/{order_id}/aftersales", body).status
            if status != 503:  # too busy: nothing was changed
                return status
        return 503

    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(one, range(5 * styles)))

    payment = find_payment(payment_id)
    assert payment is not None
    assert statuses == {201: styles, 409: 4 * styles}
    assert payment.requested_fen == payment.amount_fen == styles * 9_999 + 777
    assert all(market.stock(sku)["on_hand"] == 1 for sku in skus)


@pytest.mark.parametrize("times", range(2))
def test_of_decision_silence_and_withdrawal_one_is_done(market: Market, hands: Hands, times: int) -> None:
    """O6: they meet at the after-sale's version; money is reserved once, or not at all."""
    buyer, order_id, _ = bought(market, price_fen=20_000 + times)
    case = opened(buyer, order_id, "refund")
    hands.move(hours=48, seconds=1)
    acts: list[Callable[[], object]] = [
        lambda: decide(market, case, "agree"),
        lambda: decide(market, case, "reject", reason="used"),
        lambda: buyer.post(f"/v1/aftersales/{case}/withdrawal"),
        lambda: sweep_orders(clock.now()),
    ]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda act: act(), acts))

    seen = case_of(buyer, case)
    payment = find_payment(buyer.get(f"/v1/orders/{order_id}").json["payment_id"])
    assert payment is not None
    assert seen["status"] in ("refunding", "refunded", "rejected", "withdrawn"), "the money may be back already"
    paid_back = seen["status"] in ("refunding", "refunded")
    assert payment.requested_fen == (20_000 + times if paid_back else 0)
    moves = [turn["move"] for turn in seen["history"] if turn["move"] != "refunded"]
    assert len(moves) == 2 + (moves[1] == "reject" and seen["status"] == "withdrawn")
