"""What staff write about an order (O4): for staff only, newest first, sealed."""

from urllib.parse import quote

from services.orders.tables import VAULT, NoteRow
from services.shared.contracts.catalog import MembershipChanged
from services.shared.plumbing import ids
from services.shared.plumbing.tables import query
from tests.integration.http import Client
from tests.integration.orders.events import tell
from tests.integration.orders.market import Market, person


def staff(market: Market, role: str) -> Client:
    """Somebody who works for the shop."""
    name = ids.new_id("staff")
    body = MembershipChanged(shop_id=market.shop_id, person=f"person:{name}", role=role)  # type: ignore[arg-type]
    tell(body, emitter="catalog", subject=f"{market.shop_id}/person:{name}")
    return person(name)


def test_staff_read_what_staff_wrote(market: Market) -> None:
    """O4: who, when, newest first, in pages; the same key writes once."""
    (sku,) = market.offer(stock=5)
    order_id = market.place(person("anna"), sku)
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/notes"
    helper = staff(market, "support")

    made = [market.merchant.post(path, {"text": f"note {number}"}) for number in range(3)]
    again = [helper.post(path, {"text": "call her"}, key="n" + order_id) for _ in range(2)]

    assert [one.status for one in made] == [201] * 3
    assert again[0].json == again[1].json
    first = helper.get(f"{path}?limit=3").json
    rest = helper.get(f"{path}?limit=3&cursor={quote(first['next_cursor'])}").json
    assert [one["text"] for one in first["items"] + rest["items"]] == ["call her", "note 2", "note 1", "note 0"]
    assert (first["items"][0]["note_id"], rest["next_cursor"]) == (again[0].json["note_id"], None)


def test_nobody_else_reads_them(market: Market) -> None:
    """O4: not the buyer, in no view of the order; finance reads and does not write."""
    buyer = person("anna")
    (sku,) = market.offer(stock=5)
    order_id = market.place(buyer, sku)
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/notes"
    market.merchant.post(path, {"text": "difficult"})
    books = staff(market, "finance")

    assert buyer.get(path).status == 404
    assert "difficult" not in buyer.get(f"/v1/orders/{order_id}").text
    assert (books.get(path).status, books.post(path, {"text": "x"}).status) == (200, 403)


def test_a_note_is_sealed_and_goes_with_its_buyer(market: Market) -> None:
    """X3: it may say anything about a person."""
    name = ids.new_id("anna")
    (sku,) = market.offer(stock=5)
    order_id = market.place(person(name), sku)
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/notes"
    market.merchant.post(path, {"text": "lives at SECRET lane 7"})

    (row,) = query(NoteRow, f"ORD#{order_id}", prefix="NOTE#")
    assert "SECRET" not in str(row.attribute_values)
    VAULT.erase(f"person:{name}")
    assert [one["text"] for one in market.merchant.get(path).json["items"]] == [None]


def test_a_note_says_something(market: Market) -> None:
    """X2: 422 for nothing and for a book."""
    (sku,) = market.offer(stock=5)
    order_id = market.place(person("anna"), sku)
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/notes"

    assert [market.merchant.post(path, {"text": text}).status for text in ("", "  ", "x" * 501)] == [422] * 3
