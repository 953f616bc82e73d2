"""Browsing: what is for sale, newest first, without scans (C8)."""

import re
from urllib.parse import quote

import pytest

from infra.faults import Fault, FaultsProxy
from services.catalog import app as catalog
from services.catalog import browse
from tests.integration.catalog.merchant import ANYBODY, Merchant, ok, open_merchant, sku
from tests.integration.http import Reply
from tests.integration.wire import deliver
from tests.tokens import forged


def pages(path: str, limit: int) -> list[list[str]]:
    """Ids on every page, from the first to the last."""
    found, cursor = [], ""
    while True:
        body = ok(ANYBODY.get(f"{path}limit={limit}{cursor and f'&cursor={cursor}'}"))
        found.append([one["product_id"] for one in body["items"]])
        if not body["next_cursor"]:
            return found
        cursor = body["next_cursor"]


def test_a_shops_products_come_newest_first_in_pages(merchant: Merchant) -> None:
    """C8: every product once, in order; what is not listed is not there."""
    ids = [merchant.sells()["product_id"] for _ in range(5)]
    merchant.creates()

    found = pages(f"/v1/products?shop_id={merchant.shop_id}&", 2)

    assert found == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


def test_a_page_that_ends_with_the_list_has_no_cursor(merchant: Merchant) -> None:
    """X2: an honest cursor never leads to an empty page."""
    for _ in range(2):
        merchant.sells()

    assert [len(page) for page in pages(f"/v1/products?shop_id={merchant.shop_id}&", 2)] == [2]


def test_a_category_shows_its_products_and_a_branch_its_leaves(merchant: Merchant) -> None:
    """C4, C8: by leaf and by branch; another branch does not show them."""
    guitar = merchant.sells(category_id="books.instruments")["product_id"]
    kite = merchant.sells(category_id="sports.outdoor")["product_id"]

    def of(category_id: str) -> list[str]:
        return [one for page in pages(f"/v1/products?category_id={category_id}&", 100) for one in page]

    assert {guitar, kite} & set(of("books.instruments")) == {guitar}
    assert {guitar, kite} & set(of("books")) == {guitar}
    assert {guitar, kite} & set(of("sports")) == {kite}


def test_the_whole_market_shows_what_is_newest(merchant: Merchant) -> None:
    """C8: over all shops and buckets, without login."""
    other = open_merchant()
    ids = [seller.sells()["product_id"] for seller in (merchant, other) * 3]

    shown = [one for page in pages("/v1/products?", 100) for one in page]
    assert [one for one in shown if one in ids] == ids[::-1]


def test_a_product_listed_again_is_new_again(merchant: Merchant) -> None:
    """C8: newest by the time of listing."""
    first, second = merchant.sells(), merchant.sells()
    path = f"{merchant.path}/products/{first['product_id']}/listing"

    ok(merchant.client.delete(path))
    without = pages(f"/v1/products?shop_id={merchant.shop_id}&", 5)
    ok(merchant.client.post(path))

    assert without == [[second["product_id"]]]
    assert pages(f"/v1/products?shop_id={merchant.shop_id}&", 5) == [[first["product_id"], second["product_id"]]]


def test_pages_stay_honest_while_things_change(merchant: Merchant) -> None:
    """C8: what is delisted meanwhile is left out, what is listed meanwhile shifts nothing."""
    ids = [merchant.sells()["product_id"] for _ in range(4)]
    path = f"/v1/products?shop_id={merchant.shop_id}&limit=2"

    first = ok(ANYBODY.get(path))
    ok(merchant.client.delete(f"{merchant.path}/products/{ids[1]}/listing"))
    merchant.sells()
    second = ok(ANYBODY.get(f"{path}&cursor={first['next_cursor']}"))

    assert [one["product_id"] for one in first["items"]] == [ids[3], ids[2]]
    assert [one["product_id"] for one in second["items"]] == [ids[0]]


def test_a_late_index_shows_nothing_that_is_delisted(merchant: Merchant, proxy: FaultsProxy) -> None:
    """C8: the index proposes, the product decides; the page is shorter, and goes on where it should."""
    oldest, delisted, newest = (merchant.sells() for _ in range(3))
    proxy.plan(Fault("stale_index"))
    ok(merchant.client.delete(f"{merchant.path}/products/{delisted['product_id']}/listing"))

    found = pages(f"/v1/products?shop_id={merchant.shop_id}&", 2)

    assert proxy.fired["stale_index"]
    assert found == [[newest["product_id"]], [oldest["product_id"]]]


def test_a_late_index_shows_no_product_of_another_category(merchant: Merchant, proxy: FaultsProxy) -> None:
    """C8: a product that moved is judged by where it is now."""
    product = merchant.sells(category_id="books.instruments")
    proxy.plan(Fault("stale_index"))
    ok(merchant.edits(product, category_id="sports.outdoor"))

    found = pages("/v1/products?category_id=books&", 50)

    assert proxy.fired["stale_index"]
    assert product["product_id"] not in found[0]


@pytest.mark.parametrize("change", ["forged", "of another list", "nonsense"])
def test_a_cursor_of_another_hand_is_refused(merchant: Merchant, change: str) -> None:
    """X2: cursors are signed and belong to one list."""
    for _ in range(2):
        merchant.sells()
    cursor = ok(ANYBODY.get(f"/v1/products?shop_id={merchant.shop_id}&limit=1"))["next_cursor"]
    path = {
        "forged": f"/v1/products?shop_id={merchant.shop_id}&cursor={forged(cursor)}",
        "of another list": f"/v1/products?cursor={cursor}",
        "nonsense": f"/v1/products?shop_id={merchant.shop_id}&cursor=%00",
    }[change]

    reply = ANYBODY.get(path)

    assert (reply.status, reply.slug) == (422, "cursor-invalid")


@pytest.mark.parametrize(
    "query",
    [
        *("colour=red", "sort=best", "limit=0", "limit=101", "category_id=no.such", "shop_id=", "category_id="),
        f"shop_id={'s' * 3_000}",  # longer than any key: the engine would refuse to look
        f"shop_id=shp_1&group_id={'g' * 3_000}",
    ],
)
def test_what_browsing_does_not_know_is_refused_and_not_ignored(query: str) -> None:
    """C8: nobody takes an unfiltered list for a filtered one."""
    assert ANYBODY.get(f"/v1/products?{query}").status == 422


def test_a_shop_and_a_category_at_once_are_refused(merchant: Merchant) -> None:
    """C8: no index lists by both, and nothing scans."""
    reply = ANYBODY.get(f"/v1/products?shop_id={merchant.shop_id}&category_id=books")

    assert "not both" in reply.json["detail"]


@pytest.mark.parametrize(
    ("path", "reads"),
    [("/v1/products?shop_id={}&limit=3", 2), ("/v1/products?limit=3", 9), ("/v1/shops/{}/storefront", 3)],
)
def test_a_page_costs_its_buckets_and_one_read_more(
    merchant: Merchant, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch, path: str, reads: int
) -> None:
    """C8: a query a bucket and one batch read; a storefront reads its shop too. Never a scan."""
    monkeypatch.setenv("CATALOG_RULES_FRESH_S", "600")  # else somebody asks now and then whether they have changed
    for _ in range(5):
        merchant.sells()
    proxy.clear(seed=0)

    ok(ANYBODY.get(path.format(merchant.shop_id)))

    assert _operations(proxy).count("Scan") == 0
    assert len(_operations(proxy)) == reads


def _operations(proxy: FaultsProxy) -> list[str]:
    return [call.operation for call in proxy.calls]


@pytest.mark.parametrize("what", ["", "sort=sales&", "sort=price_desc&", f"q={quote('棉布')}&", "group_id={}&"])
def test_a_page_of_giants_ends_early(merchant: Merchant, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """C8: an answer fits through the gateway, in whatever list; the rest comes with the next page."""
    monkeypatch.setattr(browse, "MAX_PAGE_BYTES", 7_000)
    ids = [merchant.sells(skus=[sku(attributes={"码": str(n)}) for n in range(10)])["product_id"] for _ in range(5)]
    body = {"title": "大件", "product_ids": ids[::-1]}
    group_id = ok(merchant.client.post(f"{merchant.path}/groups", body), 201)["group_id"]
    deliver(catalog)

    found = pages(f"/v1/products?shop_id={merchant.shop_id}&{what.format(group_id)}", 10)

    assert found == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


def test_what_has_no_pages_shows_as_much_as_fits(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """C7, C10: a shop's page and a live session leave giants out, rather than not to answer at all."""
    monkeypatch.setattr(browse, "MAX_PAGE_BYTES", 7_000)
    ids = [merchant.sells(skus=[sku(attributes={"码": str(n)}) for n in range(10)])["product_id"] for _ in range(3)]
    shelves = [{"title": "上层", "slot": "manual", "product_ids": ids[:1]}, {"title": "下层", "slot": "newest"}]
    ok(merchant.client.put(f"{merchant.path}/shelves", {"shelves": shelves}))
    body = {"title": "直播", "product_ids": ids}
    session = ok(merchant.client.post(f"{merchant.path}/live-sessions", body), 201)["session_id"]

    shown = ok(ANYBODY.get(f"{merchant.path}/storefront"))["shelves"]
    live = ok(ANYBODY.get(f"/v1/live-sessions/{session}"))

    assert [[one["product_id"] for one in shelf["products"]] for shelf in shown] == [[ids[0]], [ids[2]]]
    assert [one["product_id"] for one in live["products"]] == ids[:2]


def test_members_list_their_products_in_every_status(merchant: Merchant) -> None:
    """C5: newest first, with drafts and what lies in the bin, without what was emptied from it."""
    new, listed, binned, emptied = merchant.creates(), merchant.sells(), merchant.creates(), merchant.creates()
    for one in (binned, emptied):
        merchant.client.delete(f"{merchant.path}/products/{one['product_id']}")
    merchant.client.delete(f"{merchant.path}/products/{emptied['product_id']}?permanently=true")

    first = ok(merchant.client.get(f"{merchant.path}/products?limit=2"))
    second = ok(merchant.client.get(f"{merchant.path}/products?limit=2&cursor={first['next_cursor']}"))

    found = [(one["product_id"], one["status"]) for one in first["items"] + second["items"]]
    assert found == [
        (binned["product_id"], "recycled"),
        (listed["product_id"], "listed"),
        (new["product_id"], "new"),
    ]


def test_a_product_page_is_one_read(merchant: Merchant, proxy: FaultsProxy) -> None:
    """C5: with its styles and their stock."""
    product = merchant.sells()
    proxy.clear(seed=0)

    seen = ok(ANYBODY.get(f"/v1/products/{product['product_id']}"))

    assert len(proxy.calls) == 1
    assert seen["skus"][0]["in_stock"] is True
    assert "initial_stock" not in seen["skus"][0]


def test_a_storefront_shows_a_shop_that_passed(merchant: Merchant) -> None:
    """C8: notice and shelves from the template; a shop that has not passed is not there."""
    product = merchant.sells()

    front = ok(ANYBODY.get(f"{merchant.path}/storefront"))

    assert (front["shop_id"], front["can_sell"]) == (merchant.shop_id, True)
    assert front["notice"]
    assert [one["product_id"] for one in front["shelves"][0]["products"]] == [product["product_id"]]
    assert ANYBODY.get(f"{open_merchant(passed=False).path}/storefront").status == 404


def test_categories_are_a_public_tree_in_two_languages() -> None:
    """C4: at least 60, with licences, deposit, fee, giftable, kinds, seven-day return."""
    body = ok(ANYBODY.get("/v1/categories"))

    by_id = {one["category_id"]: one for one in body["items"]}
    assert len(by_id) == len(body["items"]) >= 60
    assert body["next_cursor"] is None
    assert all(one["parent_id"] is None or one["parent_id"] in by_id for one in by_id.values())
    assert all(one["name"]["zh"] and re.search("[A-Za-z]", one["name"]["en"]) for one in by_id.values())
    assert by_id["food.tea"]["licences"] == ["food_business"]
    assert by_id["digital.phones"]["deposit_fen"] > by_id["clothing.men"]["deposit_fen"] == 100_000
    assert {one["fee_bp"] for one in by_id.values()} == {60}
    excluded = {one for one in by_id if not by_id[one]["giftable"]}
    assert {"jewellery.gold", "education.courses"} <= excluded
    assert by_id["food.fruit"]["seven_day_return"] is False


def test_the_document_of_the_interface_names_every_door() -> None:
    """X2: OpenAPI 3.1, made from the doors."""
    reply: Reply = ANYBODY.get("/openapi.json")

    document = reply.json
    assert document["openapi"].startswith("3.1")
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert all(one["summary"] and one["description"] for one in operations)
    assert "ProductView" in document["components"]["schemas"]
