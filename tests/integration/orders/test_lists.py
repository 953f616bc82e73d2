"""Lists with cursors (X2): complete, each thing once, and a cursor fits its own list only."""

from typing import Any
from urllib.parse import quote

import pytest

from services.shared.plumbing import ids
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till


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
    forged = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    other = open_market(till)

    answers = [
        market.merchant.get(f"{path}?status=done&cursor={cursor}"),
        market.merchant.get(f"{path}?cursor={forged}"),
        market.merchant.get(f"{path}?cursor=nonsense"),
        market.merchant.get(f"/v1/shops/{market.shop_id}/ledger?cursor={cursor}"),
        other.merchant.get(f"/v1/shops/{other.shop_id}/orders?cursor={cursor}"),
        buyer.get(f"/v1/orders?cursor={cursor}"),
    ]

    assert [(one.status, one.slug) for one in answers] == [(422, "cursor-invalid")] * len(answers)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "status=lost", "updated_after=2026-01-01T00:00:00", "colour=red"]
)
def test_a_list_is_asked_for_properly(market: Market, query: str) -> None:
    """X2: 422; a time without its zone is no time."""
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/orders?{query}").slug == "validation"
