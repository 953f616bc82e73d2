"""The merchant counts (O1): add, subtract, set; the flow says what moved, and adds up to what is on hand."""

import pytest

from infra.faults import FaultsProxy
from services.shared.contracts.catalog import ProductOffered
from tests.integration.orders.events import offered, style, tell
from tests.integration.orders.market import Market, becomes, person


def test_add_subtract_and_set(market: Market) -> None:
    """O1: only what is on hand moves; held and sold stay."""
    (sku,) = market.offer(stock=10)
    buyer = person("anna")
    market.paid(buyer, market.place(buyer, sku, 2))
    market.place(buyer, sku, 3)

    for mode, quantity, on_hand in (("add", 7, 12), ("subtract", 2, 10), ("set", 4, 4), ("set", 9, 9), ("set", 9, 9)):
        reply = market.adjust(sku, mode, quantity)
        assert (reply.status, reply.json["on_hand"]) == (201, on_hand), reply.text

    assert market.stock(sku) == {"on_hand": 9, "held": 3, "sold": 2, "received": 14}


def test_nothing_is_subtracted_that_is_not_there(market: Market) -> None:
    """O1: never below zero, and the refusal says what is there."""
    (sku,) = market.offer(stock=5)
    market.place(person("anna"), sku, 3)

    refused = market.adjust(sku, "subtract", 3)

    assert (refused.status, refused.slug, refused.json["left"]) == (409, "out-of-stock", {sku: 2})
    assert market.adjust(sku, "subtract", 2).json["on_hand"] == 0
    assert market.adjust(sku, "set", 0).json["on_hand"] == 0


def test_what_makes_no_sense_is_invalid(market: Market) -> None:
    """X2: no movement, less than nothing, an unknown way; an unknown style is not found."""
    (sku,) = market.offer(stock=5)

    for mode, quantity in (("add", 0), ("subtract", 0), ("set", -1), ("double", 2)):
        assert market.adjust(sku, mode, quantity).slug == "validation"
    assert market.adjust("sku_none", "add", 1).slug == "not-found"
    assert market.split("sku_none", 2).slug == "not-found"
    assert [market.split(sku, shards).slug for shards in (0, 33)] == ["validation"] * 2


def test_an_adjustment_sent_again_is_one(market: Market) -> None:
    """X2: the same key, the same movement; the answer is the stock as it is now."""
    (sku,) = market.offer(stock=5)

    first = market.adjust(sku, "add", 3, key="count-1" + sku)
    again = market.adjust(sku, "add", 3, key="count-1" + sku)

    assert (first.status, again.status) == (201, 201)
    assert market.stock(sku)["on_hand"] == 8
    assert market.adjust(sku, "add", 4, key="count-1" + sku).slug == "idempotency-key-reused"


@pytest.mark.parametrize("counted", [4, 10, 15])
def test_a_count_is_not_mixed_with_a_sale_meanwhile(market: Market, proxy: FaultsProxy, counted: int) -> None:
    """O1: set means set: a sale between the reading and the writing makes it read again.

    merchant   counts 10 on hand ──────────▶ set 4: refused, counts 8, set 4
    buyer                        ── buys 2 ─▶
    """
    (sku,) = market.offer(stock=10)
    buyer = person("anna")
    proxy.clear()
    proxy.at_call(1, "before", lambda _: market.place(buyer, sku, 2), operations={"TransactWriteItems"})

    assert market.adjust(sku, "set", counted).json["on_hand"] == counted
    assert market.stock(sku)["held"] == 2


def test_a_sale_meanwhile_does_not_hinder_adding(market: Market, proxy: FaultsProxy) -> None:
    """O1: add and subtract are movements, whatever else moves."""
    (sku,) = market.offer(stock=10)
    proxy.at_call(1, "before", lambda _: market.place(person("anna"), sku, 2), operations={"TransactWriteItems"})

    market.adjust(sku, "add", 5)

    assert market.stock(sku) == {"on_hand": 13, "held": 2, "sold": 0, "received": 15}


def test_the_flow_adds_up_to_what_is_on_hand(market: Market) -> None:
    """O1: every movement is a line, with its cause, who did it and how many units of on hand it moved."""
    (sku,) = market.offer(stock=10)
    buyer = person("anna")
    market.paid(buyer, market.place(buyer, sku, 2))
    gone = market.place(buyer, sku, 3)
    buyer.post(f"/v1/orders/{gone}/cancellation")
    market.adjust(sku, "add", 7)
    market.adjust(sku, "subtract", 1)
    market.adjust(sku, "set", 3)
    market.split(sku, 4)

    flow = market.flow(sku)

    moved = {(line["what"], line["quantity"]) for line in flow}
    assert moved == {
        ("initial", 10), ("held", -2), ("sold", 0), ("held", -3), ("back", 3), ("add", 7), ("subtract", -1),
        ("set", -11), ("split", 0),
    }  # fmt: skip
    assert sum(line["quantity"] for line in flow) == market.stock(sku)["on_hand"] == 3
    assert {line["by"] for line in flow if line["what"] in ("held", "back")} == {"person:anna"}
    assert {line["note"] for line in flow if line["what"] == "add"} == {"counted"}


def test_stock_counts_once_however_often_it_is_offered(market: Market) -> None:
    """C12: later offers change the price, never the stock; older ones change nothing."""
    (sku,) = market.offer(stock=10, price_fen=500)
    market.place(person("anna"), sku, 4)
    product = market.product_of(sku)

    for sequence, price in ((5, 700), (3, 600), (5, 700)):
        tell(_offered(market, product, sku, price), emitter="catalog", subject=product, sequence=sequence)

    assert market.stranger().get(f"/v1/offers?sku_ids={sku}").json["items"][0]["price_fen"] == 700
    assert market.stock(sku) == {"on_hand": 6, "held": 4, "sold": 0, "received": 10}


def test_a_style_that_is_gone_from_an_offer_keeps_its_orders(market: Market) -> None:
    """C12: no longer for sale; what is held can be paid; offered again it has the stock that it had."""
    kept, gone = market.offer(stock=5, styles=2)
    product, buyer = market.product_of(kept), person("anna")
    order_id = market.place(buyer, gone, 2)

    tell(_offered(market, product, kept, 1_000), emitter="catalog", subject=product, sequence=2)

    assert buyer.post("/v1/orders", market.order(gone)).slug == "not-for-sale"
    market.paid(buyer, order_id)
    becomes(buyer, order_id, "to_ship")
    tell(_offered(market, product, gone, 1_000), emitter="catalog", subject=product, sequence=3)
    assert buyer.post("/v1/orders", market.order(gone)).status == 201
    assert market.stock(gone) == {"on_hand": 2, "held": 1, "sold": 2, "received": 5}


def _offered(market: Market, product_id: str, sku_id: str, price_fen: int) -> ProductOffered:
    again = style(1, 99, price_fen).model_copy(update={"sku_id": sku_id})
    return offered(market.shop_id, product_id, [again])


def test_a_product_of_500_styles_is_taken_in_pieces(market: Market) -> None:
    """C12: more than one transaction; heard again it changes nothing."""
    skus = market.offer(stock=3, styles=500)
    product = market.product_of(skus[0])

    assert [market.stock(sku)["on_hand"] for sku in (skus[0], skus[250], skus[499])] == [3, 3, 3]
    body = _offered(market, product, skus[7], 1_000)
    tell(body, emitter="catalog", subject=product, sequence=2)
    assert person("anna").post("/v1/orders", market.order(skus[8])).slug == "not-for-sale"
    assert person("anna").post("/v1/orders", market.order(skus[7])).status == 201
