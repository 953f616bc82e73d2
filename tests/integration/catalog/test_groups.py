"""Groups in their merchant's order, and the shelves of a shop's page (C7)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.catalog import app as catalog
from tests.integration.catalog.merchant import ANYBODY, Merchant, ok, open_merchant, shop_body
from tests.integration.catalog.test_search import paid
from tests.integration.wire import deliver


def makes(merchant: Merchant, *product_ids: str, title: str = "春茶") -> dict[str, Any]:
    """A group of these products."""
    return ok(merchant.client.post(f"{merchant.path}/groups", {"title": title, "product_ids": product_ids}), 201)


def sells(merchant: Merchant, count: int) -> list[str]:
    """Products on sale, which search has heard of."""
    ids = [str(merchant.sells()["product_id"]) for _ in range(count)]
    deliver(catalog)
    return ids


def shown(merchant: Merchant, group: dict[str, Any], limit: int = 20) -> list[str]:
    """Ids on all pages of a group, as buyers go through it."""
    found: list[str] = []
    cursor = ""
    while True:
        terms = f"shop_id={merchant.shop_id}&group_id={group['group_id']}&limit={limit}{cursor}"
        page = ok(ANYBODY.get(f"/v1/products?{terms}"))
        found += [one["product_id"] for one in page["items"]]
        if not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def shelves(merchant: Merchant, *plans: dict[str, Any]) -> list[list[str]]:
    """The products on each shelf of the shop's page, arranged so."""
    ok(merchant.client.put(f"{merchant.path}/shelves", {"shelves": plans}))
    front = ok(ANYBODY.get(f"{merchant.path}/storefront"))
    return [[one["product_id"] for one in shelf["products"]] for shelf in front["shelves"]]


def test_a_group_has_its_merchants_order(merchant: Merchant) -> None:
    """C7: in the order given, each once, moved, taken out; buyers see what of it is for sale."""
    a, b, c, d = sells(merchant, 4)
    group = makes(merchant, c, a, c)
    path = f"{merchant.path}/groups/{group['group_id']}"
    assert group["product_ids"] == [c, a]

    ok(merchant.client.put(f"{path}/products", {"product_ids": [b, d]}))
    ok(merchant.client.put(f"{path}/products", {"product_ids": [d], "at": 0}))
    assert shown(merchant, group, limit=3) == [d, c, a, b]

    merchant.client.delete(f"{merchant.path}/products/{c}/listing")
    assert merchant.client.delete(f"{path}/products/{a}").status == 204
    assert merchant.client.delete(f"{path}/products/{a}").status == 204
    assert shown(merchant, group, limit=1) == [d, b]
    assert ok(merchant.client.get(path))["product_ids"] == [d, c, b]


def test_a_product_may_be_in_many_groups(merchant: Merchant) -> None:
    """C7: many to many; dropping a group leaves its products."""
    (only,) = sells(merchant, 1)
    first, second = makes(merchant, only, title="春茶"), makes(merchant, only, title="礼盒")

    assert [one["title"] for one in ok(merchant.client.get(f"{merchant.path}/groups"))["items"]] == ["春茶", "礼盒"]
    assert merchant.client.delete(f"{merchant.path}/groups/{first['group_id']}").status == 204
    assert shown(merchant, second) == [only]
    assert ANYBODY.get(f"/v1/products?shop_id={merchant.shop_id}&group_id={first['group_id']}").status == 404


def test_only_the_shops_own_products(merchant: Merchant) -> None:
    """A stranger's product is refused by name, and nothing is changed; strangers see no group of ours."""
    (theirs,) = sells(open_merchant(), 1)
    (ours,) = sells(merchant, 1)

    refused = merchant.client.post(f"{merchant.path}/groups", {"title": "x", "product_ids": [ours, theirs]})
    assert (refused.status, refused.json["errors"][0]["why"]) == (422, f"{theirs} is not the shop's")
    group = makes(merchant, ours)
    added = merchant.client.put(f"{merchant.path}/groups/{group['group_id']}/products", {"product_ids": [theirs]})
    assert added.status == 422
    assert open_merchant().client.get(f"{merchant.path}/groups").status == 404


def test_editing_at_once_loses_nothing(merchant: Merchant) -> None:
    """X2: eight put products in at the same moment, all are in; with If-Match the second is told of the first."""
    products = sells(merchant, 8)
    group = makes(merchant)
    path = f"{merchant.path}/groups/{group['group_id']}"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: ok(merchant.client.put(f"{path}/products", {"product_ids": [one]})), products))

    assert sorted(ok(merchant.client.get(path))["product_ids"]) == sorted(products)
    late = merchant.client.patch(path, {"title": "新"}, headers={"if-match": '"1"'})
    assert (late.status, late.slug) == (412, "version-conflict")


def test_a_page_goes_on_where_it_was_while_the_order_changes(merchant: Merchant) -> None:
    """X2: what stands after the last one shown comes next, wherever that has moved, or left."""
    a, b, c, d = sells(merchant, 4)
    group = makes(merchant, a, b, c, d)
    path = f"{merchant.path}/groups/{group['group_id']}"
    terms = f"/v1/products?shop_id={merchant.shop_id}&group_id={group['group_id']}&limit=2"
    cursor = ok(ANYBODY.get(terms))["next_cursor"]

    ok(merchant.client.put(f"{path}/products", {"product_ids": [d], "at": 0}))
    moved = ok(ANYBODY.get(f"{terms}&cursor={cursor}"))
    assert [one["product_id"] for one in moved["items"]] == [c]
    merchant.client.delete(f"{path}/products/{b}")
    left = ok(ANYBODY.get(f"{terms}&cursor={cursor}"))
    assert [one["product_id"] for one in left["items"]] == [c]


def test_a_shops_page_is_arranged(merchant: Merchant) -> None:
    """C7: newest, best-selling, by hand, a group, and what is recommended: in stock and not on a shelf above."""
    a, b, c = sells(merchant, 3)
    sold_out = str(merchant.sells(skus=[{"price_fen": 100, "initial_stock": 0}])["product_id"])
    deliver(catalog)
    paid(merchant.shop_id, b, 5)
    paid(merchant.shop_id, sold_out, 9)
    group = makes(merchant, c, a)

    found = shelves(
        merchant,
        {"title": "上新", "slot": "newest"},
        {"title": "热卖", "slot": "best_selling"},
        {"title": "精选", "slot": "manual", "product_ids": [a, sold_out]},
        {"title": "春茶", "slot": "group", "group_id": group["group_id"]},
    )
    assert found == [[sold_out, c, b, a], [sold_out, b, c, a], [a, sold_out], [c, a]]
    assert shelves(
        merchant, {"title": "精选", "slot": "manual", "product_ids": [a]}, {"title": "推荐", "slot": "recommended"}
    ) == [[a], [b, c]]


def test_a_shelf_needs_what_it_shows(merchant: Merchant) -> None:
    """C7: an unknown group or product and a slot without its part are refused; a group on a shelf stays."""
    plan = {"title": "春茶", "slot": "group", "group_id": "grp_nowhere"}
    assert merchant.client.put(f"{merchant.path}/shelves", {"shelves": [plan]}).status == 422
    assert (
        merchant.client.put(f"{merchant.path}/shelves", {"shelves": [{"title": "x", "slot": "manual"}]}).status == 422
    )
    group = makes(merchant)
    shelves(merchant, {**plan, "group_id": group["group_id"]})
    kept = merchant.client.delete(f"{merchant.path}/groups/{group['group_id']}")
    assert (kept.status, kept.slug) == (409, "group-on-shelf")


def test_templates_preset_a_shops_page(merchant: Merchant) -> None:
    """C1: a shop of each template opens with its shelves and its notice."""
    presets = {"general": ["newest"], "food": ["best_selling", "newest"]}
    presets["gifts"] = ["recommended", "best_selling", "newest"]
    for template, slots in presets.items():
        shop = ok(merchant.client.post("/v1/shops", shop_body(template=template)), 201)
        assert shop["notice"]
        plans = ok(merchant.client.get(f"/v1/shops/{shop['shop_id']}/shelves"))["shelves"]
        assert [plan["slot"] for plan in plans] == slots
