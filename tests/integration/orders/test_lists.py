"""Lists with cursors (X2): complete, each thing once, and a cursor fits its own list only."""

from typing import Any
from urllib.parse import quote

import pytest

from services.shared.plumbing import clock, ids
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till
from tests.tokens import forged


@pytest.fixture
def frozen(hands: Hands) -> None:
    """A clock that stands still."""
    now = clock.now()
    clock.use(lambda: now)


def pages(client: Client, path: str, limit: int) -> list[list[Any]]:
    """All pages of a list, to its end."""
    found: list[list[Any]] = []
    cursor = ""
    while len(found) < 50:
        mark = "&" if "?" in path else "?"
        reply = client.get(f"{path}{mark}limit={limit}{cursor}")
        assert reply.status == 200, reply.text
        found.append(reply.json["items"])
        if reply.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={quote(reply.json['next_cursor'])}"
    raise AssertionError("the list does not end")


def ids_of(found: list[list[Any]]) -> list[str]:
    """The orders on these pages."""
    return [item["order_id"] for page in found for item in page]


def test_a_buyers_orders_come_newest_first(market: Market, till: Till, hands: Hands) -> None:
    """From all shops; nobody else's."""
    other = open_market(till)
    buyer = person(ids.new_id("anna"))
    shelves = [(shop, shop.offer(stock=20)[0]) for shop in (market, other)]
    placed = []
    for number in range(7):
        shop, sku = shelves[number % 2]
        placed.append(shop.place(buyer, sku))
        shop.place(person("bert"), sku)
        hands.move(seconds=1)

    found = pages(buyer, "/v1/orders", limit=3)

    assert ids_of(found) == placed[::-1]
    assert [len(page) for page in found if page] == [3, 3, 1]
    assert buyer.get("/v1/orders?limit=100").json["next_cursor"] is None


def test_a_shops_orders_come_by_their_last_change(market: Market, hands: Hands) -> None:
    """O4: whoever goes on from the last change seen misses none."""
    (sku,) = market.offer(stock=20)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    first, second, third = _one_a_second(market, buyer, sku, hands)
    market.paid(buyer, first)
    hands.move(seconds=1)

    assert ids_of(pages(market.merchant, path, limit=2)) == [second, third, first]
    assert ids_of(pages(market.merchant, f"{path}?status=to_ship", limit=2)) == [first]
    assert ids_of(pages(market.merchant, f"{path}?status=done", limit=2)) == []

    seen = market.merchant.get(f"{path}?limit=100").json["items"][-1]["updated_at"]
    assert ids_of(pages(market.merchant, f"{path}?updated_after={quote(seen)}", limit=2)) == []
    buyer.post(f"/v1/orders/{second}/cancellation")
    assert ids_of(pages(market.merchant, f"{path}?updated_after={quote(seen)}", limit=2)) == [second]


def _one_a_second(market: Market, buyer: Client, sku_id: str, hands: Hands) -> list[str]:
    placed = []
    for _ in range(3):
        placed.append(market.place(buyer, sku_id))
        hands.move(seconds=1)
    return placed


def test_an_order_that_changes_while_somebody_pages_is_seen_again(market: Market, hands: Hands) -> None:
    """O4: seen twice, never missed."""
    (sku,) = market.offer(stock=20)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    placed = _one_a_second(market, buyer, sku, hands)

    page = market.merchant.get(f"{path}?limit=1").json
    market.paid(buyer, placed[0])
    rest = market.merchant.get(f"{path}?limit=100&cursor={quote(page['next_cursor'])}").json

    assert [one["order_id"] for one in page["items"] + rest["items"]] == [*placed, placed[0]]


def test_no_order_is_skipped_while_orders_change_between_pages(market: Market, hands: Hands) -> None:
    """O4: whatever moves between the pages, each order is seen, the last time as it is then."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    placed = [one for _ in range(3) for one in _one_a_second(market, buyer, sku, hands)]
    moving = [placed[at] for at in (0, 8, 1, 7, 4)]  # behind the reader, ahead of it, and where it is
    seen: dict[str, str] = {}
    cursor = ""

    for _ in range(40):
        page = market.merchant.get(f"{path}?limit=2{cursor}").json
        seen.update({one["order_id"]: one["status"] for one in page["items"]})
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={quote(page['next_cursor'])}"
        if moving:
            market.paid(buyer, moving.pop(0))
            placed.append(market.place(buyer, sku))
            hands.move(seconds=1)

    assert not moving
    assert set(seen) == set(placed)
    assert seen == {one: buyer.get(f"/v1/orders/{one}").json["status"] for one in placed}


def test_a_state_is_listed_alone_and_stays_complete(market: Market, hands: Hands) -> None:
    """O4: what leaves the state between pages is gone, what stays is neither skipped nor shown twice."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders?status=pending_payment"
    first, *rest = [one for _ in range(2) for one in _one_a_second(market, buyer, sku, hands)]

    page = market.merchant.get(f"{path}&limit=2").json
    market.paid(buyer, first)
    market.paid(buyer, rest[2])
    others = market.merchant.get(f"{path}&limit=100&cursor={quote(page['next_cursor'])}").json

    assert [one["order_id"] for one in page["items"]] == [first, rest[0]]
    assert [one["order_id"] for one in others["items"]] == [one for one in rest[1:] if one != rest[2]]
    assert others["next_cursor"] is None


def test_changes_of_the_same_moment_are_told_apart(market: Market, hands: Hands, frozen: None) -> None:
    """O4: also where a page ends between them."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    placed = {market.place(buyer, sku) for _ in range(5)}

    found = ids_of(pages(market.merchant, path, limit=2))

    assert (set(found), len(found)) == (placed, 5)


def test_the_list_says_up_to_when_it_is_complete(market: Market, hands: Hands) -> None:
    """O4: a change that is written late, with an earlier time, is found by whoever goes on from there."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    _one_a_second(market, buyer, sku, hands)
    hands.move(minutes=5)
    newest = market.place(buyer, sku)

    first = market.merchant.get(f"{path}?limit=2").json
    hands.move(minutes=10)
    rest = market.merchant.get(f"{path}?limit=1&cursor={quote(first['next_cursor'])}").json
    last = market.merchant.get(f"{path}?limit=2&cursor={quote(rest['next_cursor'])}").json

    assert first["settled_until"] == first["items"][-1]["updated_at"]
    assert [one["order_id"] for one in last["items"]] == [newest]
    assert rest["items"][-1]["updated_at"] <= last["settled_until"] <= clock.now().isoformat()
    again = market.merchant.get(f"{path}?updated_after={quote(last['settled_until'])}").json
    assert again["items"] == []
    soon = market.merchant.get(f"{path}?updated_before={quote(last['items'][0]['updated_at'])}").json
    assert newest not in [one["order_id"] for one in soon["items"]]


def test_late_writes_behind_a_page_are_not_called_settled(market: Market, hands: Hands) -> None:
    """O4: the first page that came near the present decides, however long somebody takes for the others."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    _one_a_second(market, buyer, sku, hands)
    first = market.merchant.get(f"{path}?limit=2").json
    hands.move(hours=1)

    last = market.merchant.get(f"{path}?limit=2&cursor={quote(first['next_cursor'])}").json

    assert last["settled_until"] == first["settled_until"] < first["items"][0]["updated_at"]


def test_no_aftersale_is_skipped_while_they_change_between_pages(market: Market, hands: Hands) -> None:
    """O6: as orders: by their last change, each is seen, the last time as it is then; and the list says up to when."""
    (sku,) = market.offer(stock=9, price_fen=10_000)
    buyer, path = person(ids.new_id("anna")), f"/v1/shops/{market.shop_id}/aftersales"
    cases = []
    for order_id in _one_a_second(market, buyer, sku, hands):
        market.paid(buyer, order_id)
        market.ship(order_id)
        body = {"kind": "return_refund", "reason": "quality", "lines": [{"line_no": 1, "quantity": 1}]}
        cases.append(str(buyer.post(f"/v1/orders/{order_id}/aftersales", body).json["aftersale_id"]))
        hands.move(seconds=1)

    seen: list[tuple[str, str]] = []
    moving, page = [cases[0], cases[2], cases[1]], market.merchant.get(f"{path}?limit=1").json
    while True:
        seen += [(one["aftersale_id"], one["status"]) for one in page["items"]]
        if page["next_cursor"] is None:
            break
        if moving:
            buyer.post(f"/v1/aftersales/{moving.pop(0)}/withdrawal")
            hands.move(seconds=1)
        page = market.merchant.get(f"{path}?limit=1&cursor={quote(page['next_cursor'])}").json

    assert dict(seen) == dict.fromkeys(cases, "withdrawn")
    assert page["settled_until"] <= clock.now().isoformat()
    hands.move(minutes=5)
    last = market.merchant.get(f"{path}?limit=100").json
    assert [one["aftersale_id"] for one in last["items"]] == [cases[0], cases[2], cases[1]]
    again = market.merchant.get(f"{path}?updated_after={quote(last['settled_until'])}").json
    assert again["items"] == []
    early = market.merchant.get(f"{path}?updated_before={quote(last['items'][1]['updated_at'])}").json
    assert [one["aftersale_id"] for one in early["items"]] == [cases[0]]


def test_one_order_is_found_by_its_id(market: Market, till: Till) -> None:
    """O4: `q`; another shop's is not."""
    (sku,) = market.offer(stock=5)
    order_id = market.place(person("anna"), sku)
    other = open_market(till)

    def found(shop: Market, query: str) -> list[str]:
        reply = shop.merchant.get(f"/v1/shops/{shop.shop_id}/orders?{query}")
        return [one["order_id"] for one in reply.json["items"]]

    assert found(market, f"q={order_id}") == [order_id]
    assert found(market, f"q={order_id}&status=done") == found(market, "q=ord_none") == []
    assert found(other, f"q={order_id}") == []


def test_gifts_and_purchases_are_listed_apart(market: Market) -> None:
    """O4: `kind`."""
    (sku,) = market.offer(stock=5)
    purchase, gift = market.place(person("anna"), sku), market.give(person("anna"), sku)
    path = f"/v1/shops/{market.shop_id}/orders"

    assert ids_of(pages(market.merchant, f"{path}?kind=gift", limit=1)) == [gift]
    assert ids_of(pages(market.merchant, f"{path}?kind=purchase", limit=1)) == [purchase]


def test_a_list_spread_over_buckets_is_one_list(market: Market, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: buckets may be raised while there are orders."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    early = _one_a_second(market, buyer, sku, hands)
    monkeypatch.setenv("ORDERS_LIST_BUCKETS", "3")
    late = [one for _ in range(2) for one in _one_a_second(market, buyer, sku, hands)]

    assert ids_of(pages(market.merchant, path, limit=2)) == early + late


def test_a_buyers_orders_of_one_state(market: Market, hands: Hands) -> None:
    """O4: newest first; an overdue one is not shown in the state that it has left."""
    (sku,) = market.offer(stock=50)
    buyer = person(ids.new_id("anna"))
    first, second, third = _one_a_second(market, buyer, sku, hands)
    market.paid(buyer, second)

    assert ids_of(pages(buyer, "/v1/orders?status=pending_payment", limit=2)) == [third, first]
    assert ids_of(pages(buyer, "/v1/orders?status=to_ship", limit=2)) == [second]
    hands.move(minutes=31)
    assert ids_of(pages(buyer, "/v1/orders?status=pending_payment", limit=2)) == []
    shop = f"/v1/shops/{market.shop_id}/orders?status=pending_payment"
    assert ids_of(pages(market.merchant, shop, limit=2)) == []
    overdue = buyer.get(f"/v1/orders/{third}").json
    assert (overdue["status"], overdue["status_code"], overdue["overdue"]) == ("cancelled", 250, True)
    assert overdue["history"][-1]["why"] == "expired"


def test_flow_and_ledger_come_in_pages(market: Market, hands: Hands) -> None:
    """O1, O7: newest first, each line once."""
    (sku,) = market.offer(stock=20)
    buyer = person("anna")
    for _ in range(3):
        market.paid(buyer, market.place(buyer, sku))
        hands.move(seconds=1)
    market.settle_events()

    flow = [line for page in pages(market.merchant, _flow(market, sku), limit=2) for line in page]
    assert [line["what"] for line in flow] == ["sold", "held", "sold", "held", "sold", "held", "initial"]
    books = [one for page in pages(market.merchant, f"/v1/shops/{market.shop_id}/ledger", limit=4) for one in page]
    assert [one["cause"] for one in books] == ["fee", "payment"] * 3
    assert len({one["entry_id"] for one in books}) == 6


def _flow(market: Market, sku_id: str) -> str:
    return f"/v1/shops/{market.shop_id}/stock/{sku_id}/flow"


def test_a_cursor_belongs_to_its_list(market: Market, till: Till, hands: Hands) -> None:
    """X2: another's, another list's, another filter's and a forged one are refused."""
    (sku,) = market.offer(stock=20)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    _one_a_second(market, buyer, sku, hands)
    cursor = quote(market.merchant.get(f"{path}?limit=1").json["next_cursor"])
    other = open_market(till)

    answers = [
        market.merchant.get(f"{path}?status=done&cursor={cursor}"),
        market.merchant.get(f"{path}?cursor={forged(cursor)}"),
        market.merchant.get(f"{path}?cursor=nonsense"),
        market.merchant.get(f"/v1/shops/{market.shop_id}/ledger?cursor={cursor}"),
        other.merchant.get(f"/v1/shops/{other.shop_id}/orders?cursor={cursor}"),
        buyer.get(f"/v1/orders?cursor={cursor}"),
    ]

    assert [(one.status, one.slug) for one in answers] == [(422, "cursor-invalid")] * len(answers)


def test_a_list_to_a_moment_is_complete_up_to_it(market: Market, hands: Hands) -> None:
    """O4: whoever goes on from what a list with `updated_before` says misses nothing behind it."""
    (sku,) = market.offer(stock=50)
    buyer, path = person("anna"), f"/v1/shops/{market.shop_id}/orders"
    first, second, third = _one_a_second(market, buyer, sku, hands)
    hands.move(minutes=10)
    before = buyer.get(f"/v1/orders/{second}").json["updated_at"]

    page = market.merchant.get(f"{path}?updated_before={quote(before)}").json
    rest = market.merchant.get(f"{path}?updated_after={quote(page['settled_until'])}").json

    assert ids_of([page["items"], rest["items"]]) == [first, second, third]


@pytest.mark.parametrize(
    "query",
    [
        "updated_after=2026-01-01T00:00:00Z&updated_before=2026-01-01T00:00:00Z",
        "updated_after=2026-02-01T00:00:00Z&updated_before=2026-01-01T00:00:00Z",
    ],
)
def test_a_time_in_which_nothing_can_be_is_an_empty_list(market: Market, query: str) -> None:
    """O4: from a moment to the same, or to an earlier one."""
    (sku,) = market.offer(stock=5)
    market.place(person("anna"), sku)

    reply = market.merchant.get(f"/v1/shops/{market.shop_id}/orders?{query}")

    assert (reply.status, reply.json["items"], reply.json["next_cursor"]) == (200, [], None)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "status=lost",
        "updated_after=2026-01-01T00:00:00",
        "updated_after=0001-01-01T00:00:00%2B14:00",
        "colour=red",
    ],
)
def test_a_list_is_asked_for_properly(market: Market, query: str) -> None:
    """X2: 422; a time without its zone is no time, nor is one that no shop has had."""
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/orders?{query}").slug == "validation"
