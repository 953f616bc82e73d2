"""Freight (O13): a shop's templates at its doors, what they make an order cost, and where it is not sent."""

from typing import Any

import pytest

from services.orders.freight.freight_templates import freight_book
from tests.integration.http import Reply
from tests.integration.orders.events import ADDRESS, offered, tell
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till

LHASA = ADDRESS | {"province": "西藏自治区", "city": "拉萨市"}
RATE = {"first": 1, "first_fen": 800, "more": 1, "more_fen": 200}


def write(market: Market, **terms: Any) -> Reply:
    """The merchant writes a template."""
    return market.merchant.post(path_of(market), {"name": "快递", "default_rate": RATE} | terms)


def path_of(market: Market, template_id: str = "") -> str:
    """Where the shop's templates are, or one of them."""
    return f"/v1/shops/{market.shop_id}/freight-templates" + (f"/{template_id}" if template_id else "")


def quoted(market: Market, *wants: tuple[str, int], destination: dict[str, str] | None = None) -> Reply:
    """What a buyer is told."""
    lines = [{"sku_id": sku_id, "quantity": quantity} for sku_id, quantity in wants]
    body = {"shop_id": market.shop_id, "lines": lines, "destination": destination}
    return person("anna").post("/v1/quotes", body, key="")


def there(address: dict[str, str]) -> dict[str, str]:
    """As much of an address as a quote takes."""
    return {name: address[name] for name in ("province", "city")}


# --------------------------------------------------------------------------------------------------- the templates


def test_a_template_is_written_read_changed_and_taken_away(market: Market) -> None:
    """O13: what comes back is what was sent, with a version that is its ETag."""
    terms = {
        "name": "按重量",
        "charge_by": "weight",
        "default_rate": {"first": 1_000, "first_fen": 800, "more": 500, "more_fen": 150},
        "rates": [{"regions": ["新疆维吾尔自治区"], "first": 500, "first_fen": 2_500, "more": 500, "more_fen": 900}],
        "free": [{"from_fen": 9_900, "from_pieces": None, "regions": []}],
        "not_served": ["西藏自治区"],
    }
    made = write(market, **terms)
    template_id = made.json["template_id"]
    assert (made.status, made.headers["etag"], made.json["is_default"]) == (201, '"1"', False)
    assert {name: made.json[name] for name in terms} == terms

    changed = market.merchant.put(path_of(market, template_id), terms | {"name": "重", "is_default": True})

    assert (changed.status, changed.json["version"], changed.json["is_default"]) == (200, 2, True)
    assert market.merchant.get(path_of(market, template_id)).json == changed.json
    assert market.merchant.get(path_of(market)).json == {"items": [changed.json], "next_cursor": None}
    market.merchant.put(path_of(market, template_id), terms | {"is_default": False})
    assert market.merchant.delete(path_of(market, template_id)).status == 204
    assert market.merchant.get(path_of(market, template_id)).status == 404


def test_the_same_edit_again_writes_nothing(market: Market) -> None:
    """X2: the version stays."""
    template_id = market.freight()
    body = {"name": "快递", "default_rate": RATE}

    assert market.merchant.put(path_of(market, template_id), body).json["version"] == 1
    assert market.merchant.put(path_of(market, template_id), body | {"name": "慢递"}).json["version"] == 2


def test_who_saw_an_older_version_is_told(market: Market) -> None:
    """X2: If-Match, for edits and for deletion."""
    template_id = market.freight()
    path, stale = path_of(market, template_id), {"if-match": '"7"'}

    assert market.merchant.put(path, {"name": "慢", "default_rate": RATE}, headers=stale).slug == "version-conflict"
    assert market.merchant.delete(path, headers=stale).slug == "version-conflict"
    assert market.merchant.put(path, {"name": "慢", "default_rate": RATE}, headers={"if-match": '"1"'}).status == 200


def test_the_same_key_writes_one_template(market: Market) -> None:
    """X2: the same answer again."""
    body = {"name": "快递", "default_rate": RATE}

    made = [market.merchant.post(path_of(market), body, key="frt-once").json for _ in range(2)]

    assert made[0] == made[1]
    assert len(market.merchant.get(path_of(market)).json["items"]) == 1


def test_another_shops_templates_are_not_found(market: Market, till: Till) -> None:
    """X1: neither by its merchant at this shop, nor in the other shop."""
    other = open_market(till)
    template_id = market.freight()

    assert other.merchant.get(path_of(market)).status == 404
    assert other.merchant.get(path_of(other, template_id)).status == 404
    assert person("anna").post(path_of(market), {"name": "快递", "default_rate": RATE}).status == 404


@pytest.mark.parametrize(
    "terms",
    [
        {"name": ""},
        {"default_rate": RATE | {"first": 0}},
        {"default_rate": RATE | {"more": 0}},
        {"default_rate": RATE | {"first_fen": -1}},
        {"charge_by": "volume"},
        {"rates": [RATE | {"regions": []}]},
        {"rates": [RATE | {"regions": ["广东省"]}, RATE | {"regions": ["广东省"]}]},
        {"free": [{"regions": ["广东省"]}]},
        {"not_served": ["省" * 21]},
        {
            "rates": [RATE | {"regions": [f"{number} 市" for number in range(101, 201)]}],
            "not_served": [f"{number} 县" for number in range(100)],
            "free": [{"from_fen": 1, "regions": ["广东省"]}],
        },
    ],
)
def test_a_template_that_makes_no_sense_is_refused(market: Market, terms: dict[str, Any]) -> None:
    """X2: with what is wrong; nothing is kept."""
    refused = write(market, **terms)

    assert (refused.status, refused.slug) == (422, "validation")
    assert market.merchant.get(path_of(market)).json["items"] == []


def test_a_shop_has_at_most_twenty_templates(market: Market) -> None:
    """O13: every order of the shop reads them all."""
    for _ in range(20):
        market.freight()

    assert (write(market).status, write(market).slug) == (409, "too-many-templates")


def test_a_template_in_use_stays(market: Market) -> None:
    """O13: while a product names it, and while it is the default; a withdrawn product names none any more."""
    template_id, default_id = market.freight(), market.freight(is_default=True)
    (sku,) = market.offer(stock=5, freight_template_id=template_id)
    product_id = market.product_of(sku)

    refused = market.merchant.delete(path_of(market, template_id))
    assert (refused.status, refused.slug, refused.json["product_ids"]) == (409, "template-in-use", [product_id])
    assert market.merchant.delete(path_of(market, default_id)).slug == "template-in-use"

    market.withdraw(sku)
    assert market.merchant.delete(path_of(market, template_id)).status == 204
    assert [one.template_id for one in freight_book(market.shop_id).templates] == [default_id]


def test_a_product_that_changes_its_template_frees_the_one_before(market: Market) -> None:
    """O13: catalog says so; told twice or late it does no harm."""
    first, second = market.freight(), market.freight()
    (sku,) = market.offer(stock=5, freight_template_id=first)
    product_id = market.product_of(sku)
    moved = offered(market.shop_id, product_id, [], freight_template_id=second)

    for sequence in (3, 3, 2):
        tell(moved, emitter="catalog", subject=product_id, sequence=sequence)

    assert market.merchant.delete(path_of(market, first)).status == 204
    assert market.merchant.delete(path_of(market, second)).slug == "template-in-use"


# ------------------------------------------------------------------------------------------------ what it costs


def test_a_shop_without_a_template_ships_free(market: Market) -> None:
    """O13, C1: a fresh shop needs none."""
    (sku,) = market.offer(stock=5, price_fen=1_000)

    assert quoted(market, (sku, 2)).json["freight_fen"] == 0


def test_an_order_costs_what_its_quote_said_with_freight(market: Market) -> None:
    """O2, O13: one function; the payment is over all of it, and a total from before the freight is refused."""
    template_id = market.freight(rates=[RATE | {"regions": ["西藏自治区"], "first_fen": 2_000}])
    (sku,) = market.offer(stock=9, price_fen=1_000, freight_template_id=template_id)
    buyer = person("anna")

    quote = quoted(market, (sku, 3), destination=there(LHASA)).json
    assert (quote["goods_fen"], quote["freight_fen"], quote["payable_fen"]) == (3_000, 2_400, 5_400)
    assert quoted(market, (sku, 3)).json["freight_fen"] == 1_200
    assert quote["lines"][0]["discounts"] == []

    body = market.order(sku, 3, address=LHASA)
    refused = buyer.post("/v1/orders", body | {"expected_total_fen": 4_200})
    assert (refused.status, refused.slug, refused.json["payable_fen"]) == (409, "total-changed", 5_400)
    placed = buyer.post("/v1/orders", body | {"expected_total_fen": 5_400})
    assert (placed.json["freight_fen"], placed.json["payable_fen"]) == (2_400, 5_400)
    assert placed.json["lines"][0]["discounts"] == []
    payment = buyer.post(f"/v1/orders/{placed.json['order_id']}/payment", {"method": "native"})
    assert payment.json["amount_fen"] == 5_400


def test_weight_is_what_catalog_says_of_the_style(market: Market) -> None:
    """O13: three of 600 g are begun halves of a kilogram."""
    rate = {"first": 500, "first_fen": 500, "more": 500, "more_fen": 100}
    market.freight(charge_by="weight", default_rate=rate, is_default=True)
    (sku,) = market.offer(stock=9, weight_g=600)

    assert quoted(market, (sku, 3)).json["freight_fen"] == 500 + 3 * 100


def test_vouchers_are_not_sent(market: Market) -> None:
    """O13: and so cost no freight, and are sold everywhere."""
    market.freight(is_default=True, not_served=["西藏自治区"])
    (voucher,), (tea,) = market.offer(stock=9, kind="e_voucher"), market.offer(stock=9)

    assert quoted(market, (voucher, 3), destination=there(LHASA)).json["freight_fen"] == 0
    assert quoted(market, (voucher, 3), (tea, 1)).json["freight_fen"] == 800
    assert person("anna").post("/v1/orders", market.order(voucher, address=LHASA)).status == 201


def test_an_order_keeps_the_freight_it_was_placed_with(market: Market) -> None:
    """O13: a template counts for what is placed after its change."""
    template_id = market.freight(is_default=True)
    (sku,) = market.offer(stock=9, price_fen=1_000)
    buyer = person("anna")
    order_id = market.place(buyer, sku)

    dear = {"name": "快递", "default_rate": RATE | {"first_fen": 9_000}}
    assert market.merchant.put(path_of(market, template_id), dear).status == 200

    assert buyer.get(f"/v1/orders/{order_id}").json["freight_fen"] == 800
    assert quoted(market, (sku, 1)).json["freight_fen"] == 9_000


def test_where_it_is_not_sent_the_refusal_names_the_lines(market: Market) -> None:
    """O13: quotes and orders; by the template, by the product, and nothing is held."""
    template_id = market.freight(not_served=["西藏自治区", "三沙市"])
    (far,) = market.offer(stock=9, freight_template_id=template_id)
    (barred,), (sent,) = market.offer(stock=9, no_delivery=["拉萨市"]), market.offer(stock=9)
    lines = [{"sku_id": sku, "quantity": 1} for sku in (far, barred, sent)]

    refusals = [
        quoted(market, (far, 1), (barred, 1), (sent, 1), destination=there(LHASA)),
        person("anna").post("/v1/orders", market.order(far, address=LHASA) | {"lines": lines}),
    ]

    for refused in refusals:
        assert (refused.status, refused.slug) == (409, "region-not-served")
        assert (refused.json["sku_ids"], refused.json["regions"]) == ([far, barred], ["拉萨市", "西藏自治区"])
    assert [market.stock(sku)["held"] for sku in (far, barred, sent)] == [0, 0, 0]
    assert person("anna").post("/v1/orders", market.order(sent, address=LHASA)).status == 201


def test_a_gift_pays_the_default_rate_at_placing(market: Market) -> None:
    """O13, G2: wherever its recipient lives; only what is free everywhere is free for it."""
    rates = [RATE | {"regions": ["西藏自治区"], "first_fen": 2_000}]
    market.freight(is_default=True, rates=rates, free=[{"from_fen": 1, "regions": ["广东省"]}])
    (sku,) = market.offer(stock=9, price_fen=1_000)
    giver = person("anna")

    placed = giver.post("/v1/orders", market.gift(sku))
    assert (placed.json["freight_fen"], placed.json["payable_fen"]) == (800, 1_800)

    order_id = placed.json["order_id"]
    market.paid(giver, order_id)
    market.claim(order_id, sku, province="西藏自治区", city="拉萨市")
    assert giver.get(f"/v1/orders/{order_id}").json["paid_fen"] == 1_800
