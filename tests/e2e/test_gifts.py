"""What becomes of a gift, as giver, recipient and merchant see it."""

import json

from infra.cli.api import Caller
from infra.cli.buying import ADDRESS
from tests.e2e.market import Market, Shop, eventually, key, slug_of

PRICE_FEN = 1_000
SOLD, BACK = {"on_hand": 2, "held": 0, "sold": 1}, {"on_hand": 3, "held": 0, "sold": 0}


def status_of(giver: Caller, order_id: str) -> str:
    """The gift's status, as its giver sees it."""
    return str(giver.get(f"/gifts/v1/orders/{order_id}/gift")["status"])


def everything_goes_back(market: Market, shop: Shop, giver: Caller, order_id: str, why: str) -> None:
    """Order, WeChat, gift, ledger and messages say that the giver has all the money again."""
    order = market.becomes(giver, order_id, "cancelled")
    assert order["history"][-1]["why"] == why
    eventually(lambda: market.order(giver, order_id)["refunded_fen"], PRICE_FEN)
    refunds = market.at_wechat(order["payment_id"])["refunds"]
    assert [(refund["status"], refund["amount"]["refund"]) for refund in refunds] == [("SUCCESS", PRICE_FEN)]
    eventually(lambda: status_of(giver, order_id), "refunded")
    assert shop.entries(order_id) == ["payment", "fee", "refund", "fee_returned"]
    gift_id = giver.get(f"/gifts/v1/orders/{order_id}/gift")["gift_id"]
    eventually(lambda: market.told(giver, gift_id), ["gifts.gift_ready", f"gifts.{why}"])
    eventually(lambda: market.told(giver, order_id)[-1], "orders.refund_succeeded")


def test_a_gift_is_claimed_as_it_was_ordered(market: Market, shop: Shop) -> None:
    """One pays, another says where to send it and confirms that it came; a second claimer is refused."""
    (sku_id,), giver, recipient = shop.offer(3), market.newcomer("dora"), market.newcomer("eli")

    sent = shop.give(giver, sku_id)
    assert shop.claim(recipient, sent) == ""

    assert shop.claim(market.newcomer("mallory"), sent) == "gift-already-claimed"
    assert shop.claim(recipient, sent) == ""
    market.becomes(giver, sent.order_id, "to_ship")
    assert shop.stock(sku_id) == SOLD
    shops = f"/orders/v1/shops/{shop.shop_id}/orders/{sent.order_id}"
    assert shop.merchant.get(shops)["address"]["phone"] == ADDRESS["phone"]
    shop.merchant.post(f"{shops}/shipments", {"carrier": "SF", "waybill": "SF1"}, sent.order_id)
    received = recipient.post(f"/orders/v1/orders/{sent.order_id}/receipt")
    assert (received["status"], received["address"]["detail"]) == ("done", ADDRESS["detail"])


def test_a_giver_never_learns_where_it_goes(market: Market, shop: Shop) -> None:
    """Neither address nor person is in anything that the giver may read: order, gift, card, messages."""
    (sku_id,), giver, recipient = shop.offer(3), market.newcomer("dora"), market.newcomer("eli")
    sent = shop.give(giver, sku_id)
    assert shop.claim(recipient, sent) == ""
    market.becomes(giver, sent.order_id, "to_ship")
    eventually(lambda: "gifts.gift_claimed" in market.told(giver), True)

    paths = [
        "/orders/v1/orders",
        f"/orders/v1/orders/{sent.order_id}",
        "/gifts/v1/gifts",
        f"/gifts/v1/orders/{sent.order_id}/gift",
        f"/gifts/v1/claims/{sent.token}",
        "/gifts/v1/received",
        "/notify/v1/messages",
    ]
    read = json.dumps([giver.get(path) for path in paths], ensure_ascii=False)
    [received] = recipient.get("/gifts/v1/received")["items"]
    assert received["address"]["detail"] == ADDRESS["detail"]
    for secret in (ADDRESS["name"], ADDRESS["phone"], ADDRESS["city"], ADDRESS["detail"], "person:eli"):
        assert secret not in read


def test_a_gift_is_claimed_in_another_style(market: Market, shop: Shop) -> None:
    """The stock of both styles moves as one act, and the order is for the chosen one."""
    (red, blue), giver, recipient = shop.offer(3, 3), market.newcomer("dora"), market.newcomer("eli")

    sent = shop.give(giver, red)
    assert shop.claim(recipient, sent, blue) == ""

    order = market.becomes(giver, sent.order_id, "to_ship")
    assert [line["sku_id"] for line in order["lines"]] == [blue]
    assert (shop.stock(red), shop.stock(blue)) == (BACK, SOLD)


def test_a_style_that_is_sold_out_leaves_the_gift_as_it_was(market: Market, shop: Shop) -> None:
    """The recipient is told, nothing has moved, and the gift can still be claimed."""
    (red, gone), giver, recipient = shop.offer(3, 1), market.newcomer("dora"), market.newcomer("eli")
    shop.buy(market.newcomer("anna"), gone)

    sent = shop.give(giver, red)
    assert shop.claim(recipient, sent, gone) == "style-sold-out"

    assert (shop.stock(red), shop.stock(gone)) == (SOLD, {"on_hand": 0, "held": 0, "sold": 1})
    assert status_of(giver, sent.order_id) == "claimable"
    assert shop.claim(recipient, sent) == ""


def test_a_declined_gift_goes_back_at_once(market: Market, shop: Shop) -> None:
    """Money and stock return, the giver is told, and nobody can claim it any more."""
    (sku_id,), giver, recipient = shop.offer(3), market.newcomer("dora"), market.newcomer("eli")
    sent = shop.give(giver, sku_id)

    recipient.post(f"/gifts/v1/claims/{sent.token}/decline")

    everything_goes_back(market, shop, giver, sent.order_id, "gift_declined")
    assert shop.stock(sku_id) == BACK
    assert shop.claim(market.newcomer("mallory"), sent) == "gift-declined"


def test_a_gift_that_nobody_claims_goes_back_after_a_day(market: Market, shop: Shop) -> None:
    """``xiaodian clock +25h``: money and stock return, the giver is told, and nobody can claim it any more."""
    (sku_id,), giver = shop.offer(3), market.newcomer("dora")
    sent = shop.give(giver, sku_id)

    market.running.run("clock", "+25h")

    everything_goes_back(market, shop, giver, sent.order_id, "gift_expired")
    assert shop.stock(sku_id) == BACK
    assert shop.claim(market.newcomer("eli"), sent) == "gift-expired"


def test_a_link_is_in_no_log(market: Market, shop: Shop) -> None:
    """Whatever is done with it: logs name routes, not paths (G2)."""
    (sku_id,), giver, recipient = shop.offer(3), market.newcomer("dora"), market.newcomer("eli")
    sent = shop.give(giver, sku_id)
    mac = sent.token.partition("-")[2]

    assert slug_of(lambda: recipient.get(f"/gifts/v1/claims/{sent.token}x")) == "not-found"
    assert shop.claim(recipient, sent) == ""
    assert shop.claim(market.newcomer("mallory"), sent) == "gift-already-claimed"
    market.becomes(giver, sent.order_id, "to_ship")

    logs = (market.running.data / "logs").glob("*.log")
    said = "".join(one.read_text() for one in logs)
    assert sent.order_id in said
    assert mac not in said
    assert mac.swapcase() not in said


def test_a_draw_is_checked_by_command(market: Market, shop: Shop) -> None:
    """``xiaodian draw verify``: the winners follow from what is published, and each finds the own entry in it (G6)."""
    (sku_id,), giver = shop.offer(3), market.newcomer("dora")
    lot = {"draw_after_minutes": 60, "full_at": 3}
    gift = {"mode": "lot", "recipients": 2, "lot": lot}
    asked = {"shop_id": shop.shop_id, "kind": "gift", "lines": [{"sku_id": sku_id, "quantity": 2}], "gift": gift}
    order_id = str(giver.post("/orders/v1/orders", asked, key())["order_id"])
    market.pay(giver, order_id)
    eventually(lambda: slug_of(lambda: giver.get(f"/gifts/v1/orders/{order_id}/gift")), "")
    sent = giver.get(f"/gifts/v1/orders/{order_id}/gift")
    before = giver.get(f"/gifts/v1/draws/{sent['gift_id']}")

    people = [market.newcomer("eli") for _ in range(3)]
    entries = [one.post(f"/gifts/v1/claims/{sent['claim_token']}/entries")["lot"]["entry_id"] for one in people]

    noted = ("--commitment", before["commitment"], "--entry", entries[0])
    assert "The winners are right: 2 of 3 entries." in market.running.run("draw", "verify", sent["gift_id"], *noted)
