"""Products: what is asked of them, online and draft copy, listing, what others are told (C5, C12)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.faults import FaultsProxy
from services.catalog.tables import products_once_on_sale
from services.shared.contracts.catalog import ProductOffered
from services.shared.contracts.orders import AvailabilityChanged
from tests.integration.catalog.merchant import (
    ANYBODY,
    IMAGES,
    PLATFORM,
    Merchant,
    hear,
    names,
    ok,
    open_merchant,
    product_body,
    said,
    sku,
)
from tests.integration.http import Reply


def test_a_created_product_is_not_on_sale(merchant: Merchant) -> None:
    """C5: status new; buyers see nothing, orders hears nothing."""
    product = merchant.creates()

    assert (product["status"], product["online"]) == ("new", True)
    assert ANYBODY.get(f"/v1/products/{product['product_id']}").status == 404
    assert said(product["product_id"]) == []


def test_a_listed_product_is_offered_with_all_its_styles(merchant: Merchant) -> None:
    """C12: one event a product with price, original price, kind, fee, giftable, first stock and weight; where, how and
    to how many one buyer it is sent."""
    red = sku(9_900, attributes={"颜色": "红"}, original_price_fen=12_000, weight_g=250, out_sku_id="A-1")
    blue = sku(8_800, attributes={"颜色": "蓝"}, initial_stock=0)

    terms = {"no_delivery_regions": ["西藏自治区"], "freight_template_id": "frt_1", "max_per_buyer": 3}
    product = merchant.sells(skus=[red, blue], **terms)

    (event,) = said(product["product_id"])
    offer = event.open(ProductOffered)
    assert (event.kind, event.sequence, event.shop) == ("state", product["version"], merchant.shop_id)
    assert (offer.title, offer.kind, offer.category_id) == ("蓝色棉布衬衫", "physical", "clothing.men")
    assert (offer.fee_bp, offer.giftable, offer.image) == (60, True, IMAGES[0])
    assert {name: getattr(offer, name) for name in terms} == {name: product[name] for name in terms} == terms
    assert [(one.price_fen, one.original_price_fen, one.initial_stock, one.weight_g) for one in offer.skus] == [
        (9_900, 12_000, 5, 250),
        (8_800, 8_800, 0, 0),
    ]
    assert [one.sku_id for one in offer.skus] == [one["sku_id"] for one in product["skus"]]
    assert [one["in_stock"] for one in product["skus"]] == [True, False]


def test_freight_and_limit_can_be_set_and_taken_back(merchant: Merchant) -> None:
    """O2, O13: orders hears each change; empty is the shop's default template, 0 is any number."""
    product = merchant.sells(freight_template_id="frt_1", max_per_buyer=2)
    path = f"/v1/shops/{merchant.shop_id}/products/{product['product_id']}"

    assert merchant.client.patch(path, {"max_per_buyer": 0}).status == 200
    assert merchant.client.patch(path, {"freight_template_id": ""}).status == 200
    assert merchant.client.patch(path, {"max_per_buyer": -1}).slug == "validation"

    offers = [event.open(ProductOffered) for event in said(product["product_id"])]
    told = [(offer.freight_template_id, offer.max_per_buyer) for offer in offers]
    assert told == [("frt_1", 2), ("frt_1", 0), ("", 0)]


@pytest.mark.parametrize(
    "broken",
    [
        {"title": "四个字呀"},
        {"title": "a\u200bb\u200bc\u200bd"},
        {"title": "长" * 61},
        {"images": IMAGES[:2]},
        {"images": [f"https://images.test/{n}.jpg" for n in range(10)]},
        {"images": ["http://images.test/1.jpg", *IMAGES]},
        {"images": ["../etc/passwd", *IMAGES]},
        {"skus": []},
        {"skus": [sku(0)]},
        {"skus": [sku(1_000_000_001)]},
        {"skus": [sku(100, original_price_fen=99)]},
        {"skus": [sku(attributes={"码": str(n)}) for n in range(501)]},
        {"skus": [sku(), sku()]},
        {"skus": [sku(attributes={"码": "M"}, out_sku_id="A"), sku(attributes={"码": "L"}, out_sku_id="A")]},
        {"skus": [sku(sku_id="sku_of_another")]},
        {"out_product_id": "x" * 129},
        {"short_title": "短" * 21},
        {"kind": "e_voucher"},
        {"kind": "card_key"},
        {"kind": "lottery"},
        {"kind": "physical", "category_id": "education.courses"},
        {"category_id": "clothing"},
        {"category_id": "no.such"},
        {"colour": "red"},
        {"title": "蓝色棉布\n衬衫"},
        {"title": "蓝色棉布衬衫\u0007"},
        {"title": "蓝色\u202e衬衫棉布"},
        {"short_title": "蓝\t衫"},
        {"description": "a\u0000b"},
        {"out_product_id": "A\r\n1"},
        {"skus": [sku(attributes={"码": "M\nL"})]},
        {"mini_program_appid": "wx0123456789abcdef"},
        {"mini_program_path": "pages/shirt"},
        {"mini_program_appid": "wx0123456789abcdef", "mini_program_path": "https://elsewhere.test/"},
        {"mini_program_appid": "wx0123456789abcdef", "mini_program_path": "/pages/shirt"},
        {"mini_program_appid": "0123456789abcdef", "mini_program_path": "pages/shirt"},
    ],
)
def test_a_product_that_breaks_a_rule_is_refused(merchant: Merchant, broken: dict[str, Any]) -> None:
    """C5: title 5–60 that show, 3–9 https images, ≤ 500 styles, prices, own ids, kinds by category."""
    reply = merchant.client.post(f"{merchant.path}/products", product_body(**broken))

    assert (reply.status, reply.slug) == (422, "validation"), reply.text
    assert reply.json["errors"]


@pytest.mark.parametrize(
    "kept",
    [
        {"title": "五个字刚好"},
        {"title": "长" * 60},
        {"images": [f"https://images.test/{n}.jpg" for n in range(9)]},
        {"skus": [sku(1)]},
        {"skus": [sku(1_000_000_000)]},
        {"skus": [sku(attributes={"码": str(n)}) for n in range(500)]},
        {"kind": "e_voucher", "category_id": "education.courses"},
        {"kind": "card_key", "category_id": "education.courses"},
        {"out_product_id": "x" * 128},
        {"short_title": "短" * 20},
        {"skus": [sku(100, original_price_fen=101)]},
        {"skus": [sku(100, original_price_fen=100)]},
        {"skus": [sku(attributes={"颜色": "红", "码": "M"}), sku(attributes={"颜色": "红", "码": "L"})]},
        {"description": "水洗棉\n\t手工缝制\r\n"},
        {"title": "一家人👨‍👩‍👧衬衫"},
    ],
)
def test_a_product_at_a_rules_edge_is_taken(merchant: Merchant, kept: dict[str, Any]) -> None:
    """C5: the limits belong to what is allowed."""
    merchant.creates(**kept)


def test_food_needs_four_images(merchant: Merchant) -> None:
    """C5: a category may ask for more than three."""
    food = product_body(category_id="food.tea")

    refused = merchant.client.post(f"{merchant.path}/products", food)

    assert "images" in refused.json["detail"]
    merchant.creates(category_id="food.tea", images=[*IMAGES, "https://images.test/4.jpg"])


def test_a_platform_may_ask_for_no_images(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0005: the setting stands above what categories ask."""
    monkeypatch.setenv("CATALOG_MIN_IMAGES", "0")

    assert merchant.creates(images=[], category_id="food.tea")["images"] == []


def test_a_merchants_own_id_is_unique_in_the_shop(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """C5: in the shop, not beyond; and immutable."""
    first = merchant.creates(out_product_id="A-1")

    again = merchant.client.post(f"{merchant.path}/products", product_body(out_product_id="A-1"))

    assert (again.status, again.slug) == (409, "out-product-id-taken")
    new_merchant().creates(out_product_id="A-1")
    assert merchant.edits(first, out_product_id="A-2").status == 422


def test_the_same_key_creates_one_product(merchant: Merchant) -> None:
    """X2: the same request again gets the same product, although its own id is taken by now."""
    body = product_body(out_product_id="A-1")

    first, again = (merchant.client.post(f"{merchant.path}/products", body, key="k") for _ in range(2))

    assert ok(first, 201) == ok(again, 201)


@pytest.mark.parametrize(
    ("lacks", "missing"),
    [({"passed": False}, "audit"), ({"account": False}, "payment_account"), ({"deposit_fen": 1}, "deposit")],
)
def test_a_shop_that_may_not_sell_cannot_list(lacks: dict[str, Any], missing: str) -> None:
    """C1: the answer says what is missing."""
    merchant = open_merchant(**lacks)
    product = merchant.creates()

    refused = merchant.client.post(f"{merchant.path}/products/{product['product_id']}/listing")

    assert (refused.status, refused.slug) == (409, "shop-cannot-sell")
    assert refused.json["missing"] == [missing]
    assert said(product["product_id"]) == []


def test_a_dearer_category_needs_its_deposit_first(merchant: Merchant) -> None:
    """C3: a shop owes the maximum over its categories, from the moment it sells there."""
    shirt, phone = merchant.sells(), merchant.creates(category_id="digital.phones")
    path = f"{merchant.path}/products/{phone['product_id']}/listing"

    short = merchant.client.post(path)
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 400_000}), 201)
    listed = merchant.client.post(path)

    assert (short.status, short.slug) == (409, "deposit-short")
    assert (short.json["needed_fen"], short.json["paid_fen"]) == (500_000, 100_000)
    assert ok(listed)["status"] == "listed"
    assert ok(merchant.client.get(merchant.path))["deposit_needed_fen"] == 500_000
    assert ok(ANYBODY.get(f"/v1/products/{shirt['product_id']}"))["status"] == "listed"


def test_what_the_category_excludes_is_no_gift(merchant: Merchant) -> None:
    """G1, C4: jewellery by category, anything by its merchant's choice, what is not physical never."""
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 900_000}), 201)

    ring = merchant.sells(category_id="jewellery.gold")
    opted_out = merchant.sells(giftable=False)
    voucher = merchant.sells(category_id="services.dining", kind="e_voucher")

    assert [said(one["product_id"])[0].data["giftable"] for one in (ring, opted_out, voucher)] == [False] * 3


def test_an_edit_on_sale_is_seen_and_told_in_the_same_act(merchant: Merchant) -> None:
    """C5: where drafts pass at once, what buyers see changes with the edit; styles keep their ids and first stock."""
    product = merchant.sells(skus=[sku(attributes={"码": "M"}, out_sku_id="M")])
    was = product["skus"][0]

    more = [sku(attributes={"码": "L"}), sku(5_000, attributes={"码": "中"}, out_sku_id="M", initial_stock=99)]
    edited = ok(merchant.edits(product, title="全新蓝色棉布衬衫", skus=more))

    seen = ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))
    assert (seen["title"], seen["version"]) == ("全新蓝色棉布衬衫", edited["version"])
    assert [one["sku_id"] == was["sku_id"] for one in edited["skus"]] == [False, True]
    assert [one["initial_stock"] for one in edited["skus"]] == [5, 5]
    offered = said(product["product_id"])
    assert [event.sequence for event in offered] == [product["version"], edited["version"]]
    assert [one["price_fen"] for one in offered[-1].data["skus"]] == [9_900, 5_000]


def test_first_stock_may_be_corrected_until_the_first_listing(merchant: Merchant) -> None:
    """C12: it counts once, when orders first sees the style."""
    product = merchant.creates()
    style = {**sku(), "sku_id": product["skus"][0]["sku_id"]}

    before = ok(merchant.edits(product, skus=[{**style, "initial_stock": 7}]))
    merchant.lists(product)
    after = ok(merchant.edits(product, skus=[{**style, "initial_stock": 9}]))

    assert before["skus"][0]["initial_stock"] == 7
    assert after["skus"][0]["initial_stock"] == 7


def test_an_edit_that_nobody_else_sees_is_told_to_nobody(merchant: Merchant) -> None:
    """C5: edits emit only what changed for orders; one that changes nothing writes nothing."""
    product = merchant.sells()

    nothing = ok(
        merchant.edits(product, title=product["title"], skus=[{**sku(), "sku_id": product["skus"][0]["sku_id"]}])
    )
    described = ok(merchant.edits(product, description="Washed cotton."))

    assert nothing["version"] == product["version"]
    assert described["version"] == product["version"] + 1
    assert len(said(product["product_id"])) == 1


def test_an_edit_may_not_break_a_rule(merchant: Merchant) -> None:
    """C5: what is edited is asked the same as what is new."""
    product = merchant.sells()

    assert merchant.edits(product, images=IMAGES[:1]).status == 422
    assert merchant.edits(product, category_id="education.courses").status == 422
    assert merchant.edits(product, skus=[sku(sku_id="sku_of_another")]).status == 422


def test_a_draft_waits_for_the_platform_where_the_shop_does_not_pass_its_own(merchant: Merchant) -> None:
    """C5: buyers see the online copy until the draft has passed; a rejected one says why."""
    product = merchant.sells()
    ok(merchant.client.patch(merchant.path, {"auto_pass": False}))
    path = f"{merchant.path}/products/{product['product_id']}/audit-decisions"

    drafted = ok(merchant.edits(product, title="等待审核的衬衫"))
    seen_before = ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))["title"]
    rejected = ok(PLATFORM.post(path, {"decision": "reject", "reason": "claims too much"}))
    again = ok(merchant.edits(product, title="老老实实的衬衫"))
    passed = ok(PLATFORM.post(path, {"decision": "pass"}))
    nothing_left = PLATFORM.post(path, {"decision": "pass"})

    assert drafted["draft"]["status"] == "auditing"
    assert (drafted["title"], seen_before) == ("蓝色棉布衬衫", "蓝色棉布衬衫")
    assert (rejected["draft"]["status"], rejected["draft"]["reason"]) == ("rejected", "claims too much")
    assert again["draft"]["title"] == "老老实实的衬衫"
    assert (passed["title"], passed["draft"]) == ("老老实实的衬衫", None)
    assert nothing_left.slug == "illegal-transition"
    assert [event.data["title"] for event in said(product["product_id"])] == ["蓝色棉布衬衫", "老老实实的衬衫"]


def test_a_draft_is_decided_on_as_it_was_seen(merchant: Merchant) -> None:
    """C5: what its merchant writes while the platform looks at a draft is not passed with it."""
    product = merchant.sells()
    ok(merchant.client.patch(merchant.path, {"auto_pass": False}))
    place = f"{merchant.path}/products/{product['product_id']}"
    ok(merchant.edits(product, title="可以通过的衬衫"))
    seen = {"if-match": PLATFORM.get(place).headers["etag"]}

    ok(merchant.edits(product, title="没人看过的衬衫"))
    late = PLATFORM.post(f"{place}/audit-decisions", {"decision": "pass"}, headers=seen)

    assert (late.status, late.slug) == (412, "version-conflict")
    assert ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))["title"] == "蓝色棉布衬衫"
    seen = {"if-match": PLATFORM.get(place).headers["etag"]}
    assert (
        ok(PLATFORM.post(f"{place}/audit-decisions", {"decision": "pass"}, headers=seen))["title"] == "没人看过的衬衫"
    )


def test_what_has_never_passed_cannot_be_listed(merchant: Merchant) -> None:
    """C5: a new product under audit is shown to its merchant and to nobody else."""
    ok(merchant.client.patch(merchant.path, {"auto_pass": False}))
    product = merchant.creates()

    refused = merchant.client.post(f"{merchant.path}/products/{product['product_id']}/listing")

    assert (product["online"], product["draft"]["status"], product["title"]) == (False, "auditing", "蓝色棉布衬衫")
    assert (refused.status, refused.slug) == (409, "product-not-passed")


def test_of_two_edits_of_one_version_one_loses(merchant: Merchant) -> None:
    """X2: both saw the same ETag; the second is told, and nothing of it is kept."""
    product = merchant.sells()
    seen = {"if-match": f'"{product["version"]}"'}
    path = f"{merchant.path}/products/{product['product_id']}"

    with ThreadPoolExecutor(2) as pool:
        replies = list(
            pool.map(
                lambda title: merchant.client.patch(path, {"title": title}, headers=seen), ["甲甲甲甲甲", "乙乙乙乙乙"]
            )
        )

    assert sorted(reply.status for reply in replies) == [200, 412]
    kept = next(reply for reply in replies if reply.status == 200)
    assert ok(merchant.client.get(path))["title"] == kept.json["title"]


def test_any_version_matches_a_star(merchant: Merchant) -> None:
    """X2: `If-Match: *` asks only that the product is there; what is no ETag of ours is refused."""
    product = merchant.sells()
    path = f"{merchant.path}/products/{product['product_id']}"

    def edits(etag: str, title: str) -> Reply:
        return merchant.client.patch(path, {"title": title}, headers={"if-match": etag})

    assert ok(edits("*", "任何版本的衬衫"))["title"] == "任何版本的衬衫"
    assert edits(f'"{product["version"]}"', "旧版本的衬衫呀").status == 412
    assert edits('"abc"', "没有版本的衬衫").slug == "validation"
    assert merchant.client.patch(path + "x", {"title": "不在的衬衫呀呀"}, headers={"if-match": "*"}).status == 404


def test_a_product_may_lead_to_a_page_of_a_mini_program(merchant: Merchant) -> None:
    """C5: buyers see where; it is taken away with both of its parts, and told to nobody else."""
    page = {"mini_program_appid": "wx0123456789abcdef", "mini_program_path": "pages/shirt/index?id=7&from=店"}
    product = merchant.sells(**page)

    seen = ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))
    half = merchant.edits(product, mini_program_path="")
    gone = ok(merchant.edits(product, mini_program_path="", mini_program_appid=""))

    assert {name: seen[name] for name in page} == page
    assert (half.slug, gone["mini_program_appid"], gone["mini_program_path"]) == ("validation", "", "")
    assert len(said(product["product_id"])) == 1


def test_a_product_page_is_one_read(merchant: Merchant, proxy: FaultsProxy) -> None:
    """C5: however many styles and images it has."""
    product = merchant.sells(skus=[sku(attributes={"码": str(n)}) for n in range(50)])
    proxy.clear(seed=0)

    ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))

    assert [call.operation for call in proxy.calls] == ["BatchGetItem"]


def test_a_delisted_product_is_withdrawn_and_comes_back(merchant: Merchant) -> None:
    """C5, C12: listing and delisting may be repeated; offers and withdrawals share one sequence."""
    product = merchant.sells()
    path = f"{merchant.path}/products/{product['product_id']}/listing"

    delisted = [ok(merchant.client.delete(path)) for _ in range(2)]
    gone = ANYBODY.get(f"/v1/products/{product['product_id']}")
    listed = [ok(merchant.client.post(path)) for _ in range(2)]

    assert [one["status"] for one in delisted + listed] == ["delisted", "delisted", "listed", "listed"]
    assert gone.status == 404
    events = said(product["product_id"])
    assert names(events) == ["product_offered", "product_withdrawn", "product_offered"]
    assert [event.sequence for event in events] == [2, 3, 4]


def test_a_removed_product_lies_in_the_bin_until_it_is_emptied(merchant: Merchant) -> None:
    """C5: removing withdraws; listing brings it back; emptying frees the merchant's own id."""
    product = merchant.sells(out_product_id="A-1")
    path = f"{merchant.path}/products/{product['product_id']}"

    too_early = merchant.client.delete(f"{path}?permanently=true")
    removed = [merchant.client.delete(path).status for _ in range(2)]
    binned = ok(merchant.client.get(path))["status"]
    edit = merchant.edits(product, title="不能编辑的衬衫")
    back = merchant.lists(product)["status"]
    merchant.client.delete(path)
    emptied = merchant.client.delete(f"{path}?permanently=true")

    assert (too_early.slug, removed, binned, edit.slug, back) == (
        "illegal-transition",
        [204, 204],
        "recycled",
        "illegal-transition",
        "listed",
    )
    assert emptied.status == 204
    assert merchant.client.get(path).status == 404
    assert names(said(product["product_id"])) == ["product_offered", "product_withdrawn"] * 2
    assert products_once_on_sale(merchant.shop_id, 10, None) == []
    merchant.creates(out_product_id="A-1")


def test_a_new_product_cannot_be_delisted(merchant: Merchant) -> None:
    """C5: a move that the status does not allow is told which it would."""
    product = merchant.creates()

    refused = merchant.client.delete(f"{merchant.path}/products/{product['product_id']}/listing")

    assert (refused.status, refused.slug) == (409, "illegal-transition")
    assert refused.json["legal"] == ["edit", "offer", "recycle"]


def test_another_shops_product_is_not_there(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """X1: neither to read nor to edit, on its own path or on the stranger's."""
    product, stranger = merchant.creates(), new_merchant()

    assert stranger.client.get(f"{stranger.path}/products/{product['product_id']}").status == 404
    assert stranger.edits(product, title="偷来的衬衫呀").status == 404
    assert stranger.client.get(f"{merchant.path}/products/{product['product_id']}").status == 404


def test_stock_hints_follow_orders_whatever_comes_late(merchant: Merchant) -> None:
    """C12: state events apply when newer; the product's version and its offer stay."""
    product = merchant.sells(skus=[sku(attributes={"码": "M"}), sku(attributes={"码": "L"})])
    sku_id = product["skus"][0]["sku_id"]

    def seen() -> list[bool]:
        return [one["in_stock"] for one in ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))["skus"]]

    def orders_says(sequence: int, *, in_stock: bool) -> None:
        body = AvailabilityChanged(
            sku_id=sku_id, product_id=product["product_id"], shop_id=merchant.shop_id, in_stock=in_stock
        )
        hear(body, subject=sku_id, sequence=sequence)

    at_first = seen()
    orders_says(5, in_stock=False)
    sold_out = seen()
    orders_says(4, in_stock=True)
    still_sold_out = seen()
    ok(merchant.edits(product, title="换了标题的衬衫"))
    after_edit = seen()
    orders_says(6, in_stock=True)

    assert [at_first, sold_out, still_sold_out, after_edit, seen()] == [
        [True, True],
        [False, True],
        [False, True],
        [False, True],
        [True, True],
    ]


def test_stock_of_an_unknown_product_is_heard_and_forgotten() -> None:
    """C12: a hint about what does not exist any more harms nobody."""
    body = AvailabilityChanged(sku_id="sku_gone", product_id="prd_gone", shop_id="shp_gone", in_stock=True)

    hear(body, subject="sku_gone", sequence=1)


def test_a_product_too_large_for_its_offer_is_refused(merchant: Merchant) -> None:
    """C5: 500 styles with long attributes would not fit a message; said at once, before anything is written."""
    attributes = {f"属性名称{n}号": "值" * 60 for n in range(8)}
    wide = product_body(skus=[sku(attributes={**attributes, "码": str(n)} if n else {"码": "0"}) for n in range(400)])
    for one in wide["skus"][1:]:
        one["attributes"].pop("属性名称0号", None)

    reply = merchant.client.post(f"{merchant.path}/products", wide)

    assert (reply.status, reply.slug) == (422, "product-too-large")
