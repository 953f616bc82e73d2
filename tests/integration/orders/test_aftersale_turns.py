"""After-sales on the ways that are seldom taken (O6): what came back and was refused, what is sent too late."""

from services.orders.sweep_orders import sweep_orders
from services.shared.plumbing import clock, ids
from tests.integration.http import Reply
from tests.integration.orders.conftest import Hands
from tests.integration.orders.market import Market, person
from tests.integration.orders.test_aftersale import agreed, ask, back, bought, case_of, decide, opened, platform
from tests.integration.orders.till import Letterbox

PARCEL = {"carrier": "SF", "waybill": "SF2"}


def send_again(market: Market, case: str) -> Reply:
    """The shop sends the new goods."""
    return market.merchant.post(f"/v1/shops/{market.shop_id}/aftersales/{case}/shipment", PARCEL)


def test_what_came_back_and_was_refused_is_the_orders_no_more(market: Market) -> None:
    """O1, O6: upheld, another style goes instead; when that comes back it is that style that is for sale again."""
    red, blue = market.offer(stock=3, price_fen=10_000, styles=2)
    buyer = person(ids.new_id("anna"))
    order_id = market.place(buyer, red)
    market.paid(buyer, order_id)
    market.ship(order_id)
    case = opened(buyer, order_id, "exchange", sku_id=blue)
    agreed(market, case)
    buyer.post(f"/v1/aftersales/{case}/return-shipment", PARCEL)
    assert decide(market, case, "reject", reason="not_our_goods").json["status"] == "rejected"
    buyer.post(f"/v1/aftersales/{case}/dispute")

    ruled = platform().post(f"/v1/aftersales/{case}/decision", {"decision": "for_buyer"})
    assert ruled.json["status"] == "to_resend"
    assert send_again(market, case).json["status"] == "resent"
    buyer.post(f"/v1/aftersales/{case}/receipt")
    again = opened(buyer, order_id, "return_refund")
    agreed(market, again)
    assert back(market, buyer, again).json["status"] == "refunding"

    assert (market.stock(red)["on_hand"], market.stock(blue)["on_hand"]) == (2, 3)


def test_new_goods_that_are_sent_too_late_are_money_already(market: Market, hands: Hands, letterbox: Letterbox) -> None:
    """O6: the deadline decides, not the sweep: the buyer would have neither what was promised nor a say."""
    buyer, order_id, sku = bought(market)
    case = opened(buyer, order_id, "reship", reason="lost_parcel")
    agreed(market, case)
    hands.move(hours=48, seconds=1)

    late = send_again(market, case)

    assert (late.status, late.slug) == (409, "resend-too-late")
    sweep_orders(clock.now())
    assert case_of(buyer, case)["status"] == "refunding"
    assert market.stock(sku)["on_hand"] == 9


def test_goods_that_are_sent_back_too_late_are_kept(market: Market, hands: Hands) -> None:
    """O6: likewise; the buyer learns it before the parcel is the shop's to receive, and may apply again."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "return_refund")
    agreed(market, case)
    hands.move(days=7, seconds=1)

    late = buyer.post(f"/v1/aftersales/{case}/return-shipment", PARCEL)

    assert (late.status, late.slug) == (409, "return-too-late")
    sweep_orders(clock.now())
    assert case_of(buyer, case)["status"] == "closed"
    assert ask(buyer, order_id, "return_refund").status == 201


def test_neither_side_fills_the_file_for_the_other(market: Market) -> None:
    """O6: each may hand in twenty times."""
    buyer, order_id, _ = bought(market)
    case = opened(buyer, order_id, "return_refund")
    for _ in range(20):
        assert buyer.post(f"/v1/aftersales/{case}/evidence", {"text": "again"}).status == 201

    assert buyer.post(f"/v1/aftersales/{case}/evidence", {"text": "again"}).slug == "too-much-evidence"
    shops = market.merchant.post(f"/v1/shops/{market.shop_id}/aftersales/{case}/evidence", {"text": "as packed"})
    assert shops.status == 201
