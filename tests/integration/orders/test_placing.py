"""Placing an order (O2): what goes through, what is refused and why. A refusal changes nothing."""

from typing import Any

import pytest

from tests.integration.orders.events import ADDRESS
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till


def body(market: Market, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A purchase of these (style, quantity)."""
    wants = [{"sku_id": sku_id, "quantity": quantity} for sku_id, quantity in lines]
    return {"shop_id": market.shop_id, "lines": wants, "address": ADDRESS} | more


def test_the_same_style_twice_is_one_line(market: Market) -> None:
    """O2: merged, in the order of first mention."""
    tea, cup = market.offer(stock=10, price_fen=300, styles=2)

    placed = person("anna").post("/v1/orders", body(market, (tea, 1), (cup, 2), (tea, 3)))

    assert placed.status == 201
    assert [(line["sku_id"], line["quantity"]) for line in placed.json["lines"]] == [(tea, 4), (cup, 2)]
    assert placed.json["payable_fen"] == 1_800
    assert market.stock(tea)["held"] == 4


def test_an_order_has_at_most_40_styles(market: Market) -> None:
    """O2: 41 are refused with a problem of their own; the same style 41 times is one."""
    skus = market.offer(stock=50, styles=41)

    too_many = person("anna").post("/v1/orders", body(market, *((sku, 1) for sku in skus)))
    full = person("anna").post("/v1/orders", body(market, *((sku, 1) for sku in skus[:40])))
    merged = person("anna").post("/v1/orders", body(market, *((skus[40], 1) for _ in range(41))))

    assert (too_many.status, too_many.slug, too_many.json["most"]) == (422, "too-many-lines", 40)
    assert (full.status, len(full.json["lines"])) == (201, 40)
    assert (merged.status, market.stock(skus[40])["held"]) == (201, 41)


def test_another_total_than_expected_is_told(market: Market) -> None:
    """O2: 409 with what it costs now; with that total it goes through."""
    (sku,) = market.offer(stock=5, price_fen=1_250)
    buyer = person("anna")

    refused = buyer.post("/v1/orders", market.order(sku, 2, expected_total_fen=2_400))

    assert (refused.status, refused.slug, refused.json["payable_fen"]) == (409, "total-changed", 2_500)
    assert market.stock(sku)["held"] == 0
    assert buyer.post("/v1/orders", market.order(sku, 2, expected_total_fen=2_500)).status == 201


def test_what_is_not_for_sale_is_named(market: Market, till: Till) -> None:
    """O2: unknown, withdrawn and other shops' styles."""
    (sku,) = market.offer(stock=5)
    (elsewhere,) = open_market(till).offer(stock=5)
    (gone,) = market.offer(stock=5)
    market.withdraw(gone)

    refused = person("anna").post("/v1/orders", body(market, (sku, 1), (elsewhere, 1), ("sku_none", 1), (gone, 1)))

    assert (refused.status, refused.slug) == (409, "not-for-sale")
    assert refused.json["sku_ids"] == [elsewhere, "sku_none", gone]
    assert market.stock(sku)["held"] == 0


def test_a_shop_that_cannot_sell_sells_nothing(till: Till) -> None:
    """O2: for orders and quotes; a shop that nobody knows is not found."""
    closed = open_market(till, can_sell=False)
    (sku,) = closed.offer(stock=5)
    buyer = person("anna")

    for path, sent in (("/v1/orders", closed.order(sku)), ("/v1/quotes", _quote(closed, sku))):
        refused = buyer.post(path, sent)
        assert (refused.status, refused.slug) == (409, "shop-closed")
        assert buyer.post(path, sent | {"shop_id": "shp_none"}).slug == "not-found"


def _quote(market: Market, sku_id: str) -> dict[str, Any]:
    return {"shop_id": market.shop_id, "lines": [{"sku_id": sku_id, "quantity": 2}]}


def test_a_quote_costs_what_the_order_costs(market: Market) -> None:
    """O2: one pricing function; a quote holds nothing."""
    (sku,) = market.offer(stock=5, price_fen=777)
    buyer = person("anna")

    quote = buyer.post("/v1/quotes", _quote(market, sku))

    assert (quote.status, quote.json["payable_fen"]) == (200, 1_554)
    assert market.stock(sku)["held"] == 0
    placed = buyer.post("/v1/orders", market.order(sku, 2, expected_total_fen=quote.json["payable_fen"]))
    assert placed.json["payable_fen"] == quote.json["payable_fen"]


@pytest.mark.parametrize("region", ["西藏自治区", "拉萨市"])
def test_a_region_that_is_not_served_is_refused(market: Market, region: str) -> None:
    """O2: by province or by city."""
    (sku,) = market.offer(stock=5, no_delivery=[region])
    far = ADDRESS | {"province": "西藏自治区", "city": "拉萨市"}

    refused = person("anna").post("/v1/orders", market.order(sku, address=far))

    assert (refused.status, refused.slug, refused.json["regions"]) == (409, "region-not-served", [region])
    assert person("anna").post("/v1/orders", market.order(sku)).status == 201


def test_a_purchase_needs_an_address(market: Market) -> None:
    """O2: and takes no gift terms."""
    (sku,) = market.offer(stock=5)
    wanted = market.order(sku)

    without = person("anna").post("/v1/orders", {name: wanted[name] for name in wanted if name != "address"})
    with_gift = person("anna").post("/v1/orders", wanted | {"gift": {"mode": "single"}})

    assert [(reply.status, reply.slug) for reply in (without, with_gift)] == [(422, "validation")] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": []},
        {"lines": [{"sku_id": "sku_1", "quantity": 0}]},
        {"lines": [{"sku_id": "sku_1", "quantity": 100_001}]},
        {"lines": [{"sku_id": "s" * 4_000, "quantity": 1}]},
        {"shop_id": "s" * 4_000},
        {"shop_id": ""},
        {"channel": "pigeon"},
        {"expected_total_fen": -1},
        {"address": ADDRESS | {"phone": "call me"}},
        {"address": ADDRESS | {"floor": "3"}},
        {"discount_fen": 5},
        {"coupon_id": "cpn_1"},
        {"lines": [{"sku_id": "sku_1", "quantity": True}]},
        {"lines": [{"sku_id": "sku_1", "quantity": "2"}]},
        {"address": ADDRESS | {"detail": "科技路\x001 号"}},
        {"address": ADDRESS | {"name": "王\n小明"}},
    ],
)
def test_what_makes_no_sense_is_invalid(market: Market, changes: dict[str, Any]) -> None:
    """X2: 422, whatever it is, and never a fault of ours."""
    refused = person("anna").post("/v1/orders", market.order("sku_1") | changes)

    assert (refused.status, refused.slug) == (422, "validation")


def test_an_order_of_many_styles_is_all_or_nothing(market: Market) -> None:
    """O2: one style sold out, and no other is held."""
    there, gone = market.offer(stock=5), market.offer(stock=0)

    refused = person("anna").post("/v1/orders", body(market, (there[0], 1), (gone[0], 1)))

    assert (refused.status, refused.slug) == (409, "out-of-stock")
    assert market.stock(there[0]) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}


def test_nobody_places_without_a_name_or_a_key(market: Market) -> None:
    """X1, X2: a token and an Idempotency-Key are needed."""
    (sku,) = market.offer(stock=5)

    assert person("anna").post("/v1/orders", market.order(sku), key="").status == 422
    assert market.stranger().post("/v1/orders", market.order(sku)).status == 401


def test_an_order_names_its_version_in_the_etag(market: Market) -> None:
    """X2: the ETag changes with each change."""
    (sku,) = market.offer(stock=5)
    buyer = person("anna")

    placed = buyer.post("/v1/orders", market.order(sku))
    order_id = placed.json["order_id"]
    assert placed.headers["etag"] == '"1"'
    assert buyer.get(f"/v1/orders/{order_id}").headers["etag"] == '"1"'

    market.paid(buyer, order_id)

    paid = buyer.get(f"/v1/orders/{order_id}")
    assert paid.headers["etag"] == f'"{paid.json["version"]}"' != '"1"'


def test_every_field_may_be_written_out(market: Market) -> None:
    """O2: a client that leaves nothing out, and has no coupon and no gift, buys as any other."""
    (sku,) = market.offer(stock=5, price_fen=900)
    whole = {"kind": "purchase", "coupon_id": None, "gift": None, "source_token": None, "expected_total_fen": 900}

    assert person("anna").post("/v1/orders", market.order(sku) | whole).status == 201


def test_channel_and_source_stay_with_the_order(market: Market) -> None:
    """O2, C9: where the buyer came from."""
    (sku,) = market.offer(stock=5)

    placed = person("anna").post("/v1/orders", market.order(sku, channel="channels_live", source_token="live-7"))

    read = person("anna").get(f"/v1/orders/{placed.json['order_id']}").json
    assert (read["channel"], read["source_token"]) == ("channels_live", "live-7")
