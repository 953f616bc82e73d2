"""Search and the other orders: found by words, judged by the product itself, for bounded work (C8)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from services.catalog import app as catalog
from services.catalog.search.index_product import index_product
from services.catalog.search.tables import PostingRow, list_postings
from services.catalog.tables import STORE
from services.catalog.traffic.fold_traffic import sweep_traffic
from services.shared.contracts.orders import OrderLine, OrderPaid
from services.shared.plumbing import clock, ids
from services.shared.plumbing.tables import Transaction, retrying
from tests.integration.catalog.merchant import ANYBODY, Merchant, hear, ok, open_merchant, sku
from tests.integration.wire import deliver

TITLES = (
    "明前特级西湖龙井茶叶",
    "雨前碧螺春绿茶礼盒",
    "龙井虾仁速冻菜肴",
    "青花瓷茶具一套",
    "Blue enamel teapot 蓝色茶壶",
)


def sells(merchant: Merchant, title: str, **differs: Any) -> str:
    """A product on sale under this title, which search has heard of."""
    product_id = str(merchant.sells(title=title, **differs)["product_id"])
    deliver(catalog)
    return product_id


def begin() -> Transaction:
    """A transaction of nobody's request."""
    return Transaction(STORE, clock.now(), ids.new_id)


def search(q: str, *, titles: bool = False, **asked: object) -> list[str]:
    """Ids, or titles, of all that is found, over all pages."""
    found: list[str] = []
    cursor = ""
    terms = "".join(f"&{name}={value}" for name, value in asked.items())
    while True:
        page = ok(ANYBODY.get(f"/v1/products?q={quote(q)}{terms}{cursor and f'&cursor={cursor}'}"))
        found += [one["title" if titles else "product_id"] for one in page["items"]]
        if not page["next_cursor"]:
            return found
        cursor = page["next_cursor"]


def paid(shop_id: str, product_id: str, pieces: int) -> None:
    """Catalog hears that so many pieces were bought, and adds them up."""
    line = OrderLine(
        line_no=1, sku_id="sku_x", product_id=product_id, title="t", quantity=pieces, unit_price_fen=1, total_fen=pieces
    )
    order_id = ids.new_id("ord")
    body = OrderPaid(
        order_id=order_id,
        shop_id=shop_id,
        buyer="person:x",
        kind="purchase",
        lines=[line],
        paid_fen=pieces,
        paid_at=clock.now(),
        channel="direct",
    )
    hear(body, subject=order_id, sequence=2)
    later = clock.now() + timedelta(minutes=3)
    sweep_traffic(lambda: Transaction(STORE, later, ids.new_id), later)
    deliver(catalog)


def test_words_find_chinese_and_latin(merchant: Merchant) -> None:
    """C8: any two characters of Chinese, the beginning of a Latin word, all words of a query; newest first."""
    tea, spring, prawns, pots, enamel = (sells(merchant, title) for title in TITLES)

    def found(q: str) -> list[str]:
        return search(q, shop_id=merchant.shop_id)

    assert found("龙井") == [prawns, tea]
    assert found("绿茶") == [spring]
    assert found("茶具") == [pots]
    assert found("teap") == [enamel]
    assert found("BLUE 茶壶") == [enamel]
    assert found("龙井 茶叶") == [tea]
    assert found("井龙") == []
    shirt = sells(merchant, "男士纯棉T恤")
    assert found("t恤") == [shirt]
    assert search("碧螺春")[0] == spring


def test_the_marketplace_a_category_and_a_shop_see_their_own(merchant: Merchant) -> None:
    """C8: the same words over all shops, in one, in a branch of the categories."""
    word = f"Zq{ids.new_id('w')[-6:]}"
    mine = sells(merchant, f"{word} guitar", category_id="books.instruments")
    other = open_merchant()
    theirs = sells(other, f"{word} kite", category_id="sports.outdoor")

    assert search(word) == [theirs, mine]
    assert search(word, shop_id=merchant.shop_id) == [mine]
    assert search(word, category_id="books") == [mine]
    assert search(word, category_id="sports.outdoor") == [theirs]


def test_the_longest_title_is_found_by_all_of_it(merchant: Merchant) -> None:
    """C8: by its end, by the whole of it, and after it has become another: more lines than one transaction changes."""
    before, after = ("".join(chr(first + step) for step in range(60)) for first in (0x6000, 0x6100))
    short = "".join(chr(0x6200 + step) for step in range(20))

    def found(*queries: str) -> list[list[str]]:
        return [search(one, shop_id=merchant.shop_id) for one in queries]

    product_id = sells(merchant, before, short_title=short)
    assert found(before, before[-2:], before[44:47], short, short[-2:]) == [[product_id]] * 5

    ok(merchant.client.patch(f"{merchant.path}/products/{product_id}", {"title": after}))
    deliver(catalog, duplicate=True, shuffle=3)
    assert found(after, after[-2:], short[-2:]) == [[product_id]] * 3
    assert found(before[:2], before[-2:]) == [[], []]

    paid(merchant.shop_id, product_id, 40)
    deliver(catalog)
    assert found(after[-2:]) == [[product_id]]
    assert [one.place[:2] for one in list_postings(f"{merchant.shop_id}#{after[-2:]}", 10, None, shop=True)] == ["93"]

    ok(merchant.client.delete(f"{merchant.path}/products/{product_id}/listing"))
    deliver(catalog)
    assert list_postings(f"{merchant.shop_id}#{after[-2:]}", 10, None, shop=True) == []


def test_what_changes_is_found_as_it_is_now(merchant: Merchant) -> None:
    """C8: another title, off sale, on sale again: what is told late or twice or in another order ends right."""
    product_id = sells(merchant, "红色陶瓷花瓶摆件")
    place = f"{merchant.path}/products/{product_id}"

    ok(merchant.client.patch(place, {"short_title": "客厅摆设"}))  # of which others are told nothing
    deliver(catalog, duplicate=True)
    assert search("客厅", shop_id=merchant.shop_id) == [product_id]
    ok(merchant.client.patch(place, {"title": "蓝色玻璃花瓶摆件"}))
    assert search("陶瓷", shop_id=merchant.shop_id) == []  # the lists are late, the product is not
    deliver(catalog, duplicate=True, shuffle=3)
    assert search("玻璃", shop_id=merchant.shop_id) == [product_id]
    assert search("陶瓷", shop_id=merchant.shop_id) == []

    merchant.client.delete(f"{place}/listing")
    assert search("玻璃", shop_id=merchant.shop_id) == []
    deliver(catalog)
    assert list_postings(f"{merchant.shop_id}#玻璃", 10, None, shop=True) == []
    ok(merchant.client.post(f"{place}/listing", key=""))
    deliver(catalog, duplicate=True, shuffle=5)
    assert search("玻璃", shop_id=merchant.shop_id) == [product_id]


def test_what_sells_comes_first(merchant: Merchant) -> None:
    """C8: most sold first, by search and by sort=sales; each order counts once."""
    first, second, third = (sells(merchant, f"Sorted mug {n}") for n in range(3))
    assert search("mug", shop_id=merchant.shop_id) == [third, second, first]

    paid(merchant.shop_id, first, 9)
    paid(merchant.shop_id, second, 3)

    assert search("mug", shop_id=merchant.shop_id) == [first, second, third]
    listed = ok(ANYBODY.get(f"/v1/products?shop_id={merchant.shop_id}&sort=sales&limit=2"))
    assert [one["product_id"] for one in listed["items"]] == [first, second]
    rest = ok(ANYBODY.get(f"/v1/products?shop_id={merchant.shop_id}&sort=sales&cursor={listed['next_cursor']}"))
    assert [one["product_id"] for one in rest["items"]] == [third]


def test_by_price_up_and_down(merchant: Merchant) -> None:
    """C8: by the cheapest style, in a shop, in a category, in the marketplace; a new price moves it."""
    prices = (500, 90, 70_000)
    dear = []
    for fen in prices:
        styles = [sku(fen), sku(fen + 1, attributes={"a": "b"})]
        dear.append(sells(merchant, "A thing to sort", category_id="books.instruments", skus=styles))

    def order(terms: str) -> list[str]:
        page = ok(ANYBODY.get(f"/v1/products?{terms}&limit=100"))
        return [one["product_id"] for one in page["items"] if one["product_id"] in dear]

    assert order(f"shop_id={merchant.shop_id}&sort=price") == [dear[1], dear[0], dear[2]]
    assert order("category_id=books&sort=price_desc") == [dear[2], dear[0], dear[1]]
    assert order("sort=price") == [dear[1], dear[0], dear[2]]

    changed = merchant.edits({"product_id": dear[1]}, skus=[sku(60_000), sku(80_000, attributes={"a": "b"})])
    assert changed.status == 200, changed.text
    deliver(catalog)
    assert order(f"shop_id={merchant.shop_id}&sort=price") == [dear[0], dear[1], dear[2]]


def test_pages_hold_everything_once_while_things_are_added(merchant: Merchant) -> None:
    """X2: a cursor goes on where it was; what is new meanwhile is not shown twice and pushes nothing out."""
    there = [sells(merchant, f"Paged lamp {n}") for n in range(7)]
    first = ok(ANYBODY.get(f"/v1/products?q=lamp&shop_id={merchant.shop_id}&limit=3"))
    sells(merchant, "Paged lamp, new")
    rest = ok(ANYBODY.get(f"/v1/products?q=lamp&shop_id={merchant.shop_id}&limit=100&cursor={first['next_cursor']}"))

    seen = [one["product_id"] for one in first["items"] + rest["items"]]
    assert seen == there[::-1]
    assert ANYBODY.get(f"/v1/products?q=vase&shop_id={merchant.shop_id}&cursor={first['next_cursor']}").slug == (
        "cursor-invalid"
    )


def test_bad_queries_say_what_is_wrong() -> None:
    """X2: too little, too long, an order that words do not have."""
    assert "two characters" in ANYBODY.get(f"/v1/products?q={quote('茶')}").json["detail"]
    assert ANYBODY.get(f"/v1/products?q={'x' * 61}").status == 422
    assert ANYBODY.get("/v1/products?q=tea&sort=price").status == 422
    assert ANYBODY.get("/v1/products?q=tea&category_id=nowhere").status == 422


def test_many_at_once_leave_one_entry(merchant: Merchant) -> None:
    """Eight functions hear of the same product while it changes: its lists hold it once, as it is."""
    product_id = str(merchant.sells(title="Contended kettle one")["product_id"])
    ok(merchant.edits({"product_id": product_id}, title="Contended kettle two"))

    def index(_: int) -> None:
        retrying(lambda: index_product(product_id, begin=begin))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(index, range(16)))

    assert [line.product_id for line in list_postings(f"{merchant.shop_id}#kettl", 10, None, shop=True)] == [product_id]
    assert list_postings(f"{merchant.shop_id}#one", 10, None, shop=True) == []
    deliver(catalog)


def test_lists_can_be_lost_and_told_anew(merchant: Merchant) -> None:
    """X4: without the table's rows nothing is found; told anew, everything is, with what was sold."""
    ids_ = [sells(merchant, f"Rebuilt chair {n}") for n in range(3)]
    paid(merchant.shop_id, ids_[0], 5)
    for row in PostingRow.scan():
        row.delete()
    assert search("chair", shop_id=merchant.shop_id) == []

    for product_id in ids_:
        retrying(lambda one=product_id: index_product(one, begin=begin))  # type: ignore[misc]

    assert search("chair", shop_id=merchant.shop_id) == [ids_[0], ids_[2], ids_[1]]
