"""A shop's orders as a CSV file (O4): complete, each order once, safe to open, addresses only for who may have them."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from services.orders import export_orders
from services.orders.tables import VAULT, list_shops_orders
from services.shared.contracts.catalog import MembershipChanged
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, files, ids
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client, Reply
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, hear, tell, told_of
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """There is a bucket."""
    queues("orders")


def staff(market: Market, role: str) -> Client:
    """Somebody who works for the shop."""
    name = ids.new_id("staff")
    body = MembershipChanged(shop_id=market.shop_id, person=f"person:{name}", role=role)  # type: ignore[arg-type]
    tell(body, emitter="catalog", subject=f"{market.shop_id}/person:{name}")
    return person(name)


def start(market: Market, by: Client | None = None, **more: Any) -> Reply:
    """Ask for an export of the last day, or of another time."""
    now = clock.now()
    body = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()} | more
    return (by or market.merchant).post(f"/v1/shops/{market.shop_id}/order-exports", body)


def shown(market: Market, export_id: str, by: Client | None = None) -> dict[str, Any]:
    """How far it is."""
    reply = (by or market.merchant).get(f"/v1/shops/{market.shop_id}/order-exports/{export_id}")
    assert reply.status == 200, reply.text
    return dict(reply.json)


def exported(market: Market, **more: Any) -> list[dict[str, str]]:
    """The rows of an export that went through."""
    started = start(market, **more)
    assert started.status == 202, started.text
    market.settle_events()
    done = shown(market, started.json["export_id"])
    assert done["status"] == "done", done
    return rows_at(done["url"])


def rows_at(url: str) -> list[dict[str, str]]:
    """The file behind the link, as a spreadsheet reads it."""
    answer = requests.get(url, timeout=60)
    assert answer.ok, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_order_is_in_it_once(market: Market, till: Till, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: a row a line; over many chunks; another shop's and another time's are not."""
    monkeypatch.setattr(export_orders, "KEYS_A_CHUNK", 2)
    monkeypatch.setattr(export_orders, "ORDERS_A_CHUNK", 3)
    buyer, other = person("anna"), open_market(till)
    other.place(buyer, other.offer(stock=9)[0])
    skus = market.offer(stock=20, styles=2, title="桂花茶, 250g")
    early = market.place(buyer, skus[0])
    market.paid(buyer, early)
    hands.move(days=2)
    begun = clock.now()
    lines = [{"sku_id": sku, "quantity": 2} for sku in skus]
    placed = [
        str(buyer.post("/v1/orders", {"shop_id": market.shop_id, "lines": lines, "address": ADDRESS}).json["order_id"])
        for _ in range(7)
    ]
    market.paid(buyer, placed[3])
    assert market.ship(early).status == 201  # changed within the time, and placed before it

    rows = exported(market, **{"from": begun.isoformat()})

    assert sorted((row["order_id"], row["line_no"]) for row in rows) == sorted(
        (one, str(number)) for one in placed for number in (1, 2)
    )
    (row,) = [row for row in rows if (row["order_id"], row["line_no"]) == (placed[3], "1")]
    assert (row["title"], row["quantity"], row["line_total_fen"]) == ("桂花茶, 250g", "2", "2000")
    assert (row["status"], row["status_code"], row["order_paid_fen"]) == ("to_ship", "20", "4000")
    assert "name" not in row


def test_one_that_changes_meanwhile_is_in_it_once_as_it_is_then(
    market: Market, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O4: it moves to the end of the list while the list is read."""
    monkeypatch.setattr(export_orders, "KEYS_A_CHUNK", 2)
    buyer, (sku,) = person("anna"), market.offer(stock=20)
    placed = []
    for _ in range(5):
        placed.append(market.place(buyer, sku))
        hands.move(seconds=1)
    moving = [placed[0], placed[4]]

    def and_somebody_pays(*asked: Any) -> Any:
        found = list_shops_orders(*asked)
        if moving:
            market.paid(buyer, moving.pop())
            hands.move(seconds=1)
        return found

    monkeypatch.setattr(export_orders, "list_shops_orders", and_somebody_pays)
    rows = exported(market)

    assert [row["order_id"] for row in rows] == placed
    assert {row["order_id"] for row in rows if row["status"] == "to_ship"} == {placed[0], placed[4]}


def test_only_orders_of_a_state(market: Market, hands: Hands) -> None:
    """O4: as time has made them: an unpaid order whose time is over is cancelled."""
    buyer, (sku,) = person("anna"), market.offer(stock=20)
    paid, unpaid = market.place(buyer, sku), market.place(buyer, sku)
    market.paid(buyer, paid)

    assert [row["order_id"] for row in exported(market, status="to_ship")] == [paid]
    hands.move(minutes=31)
    assert exported(market, status="pending_payment") == []
    assert [row["status"] for row in exported(market) if row["order_id"] == unpaid] == ["cancelled"]


def test_a_cell_is_no_formula(market: Market) -> None:
    """O4: what a buyer writes is text in the merchant's spreadsheet."""
    buyer, (sku,) = person("anna"), market.offer(stock=20, title="=HYPERLINK(1)")
    order_id = market.place(buyer, sku, address=ADDRESS | {"name": "@SUM(A1)", "phone": "+8613800000000"})
    market.paid(buyer, order_id)

    (row,) = exported(market, with_addresses=True)

    assert (row["title"], row["name"], row["phone"]) == ("'=HYPERLINK(1)", "'@SUM(A1)", "'+8613800000000")
    assert (row["city"], row["buyer"]) == (ADDRESS["city"], "person:anna")


def test_personal_data_is_for_who_packs_and_helps(market: Market) -> None:
    """X3, O4: finance may neither order such a file nor fetch another's."""
    buyer, (sku,) = person("anna"), market.offer(stock=20)
    market.paid(buyer, market.place(buyer, sku))
    books, packer = staff(market, "finance"), staff(market, "operator")

    refused = start(market, books, with_addresses=True)
    plain = start(market, books)
    full = start(market, packer, with_addresses=True)
    market.settle_events()

    assert (refused.status, refused.slug) == (403, "personal-data-not-yours")
    assert shown(market, plain.json["export_id"], books)["url"]
    assert shown(market, full.json["export_id"], books)["url"] is None
    (row,) = rows_at(shown(market, full.json["export_id"], packer)["url"])
    assert row["detail"] == ADDRESS["detail"]


def test_who_was_erased_is_not_in_it(market: Market) -> None:
    """X3: the row is, without the address; nor is an address of who never paid."""
    name = ids.new_id("anna")
    (sku,) = market.offer(stock=20)
    gone, unpaid = market.place(person(name), sku), market.place(person("bert"), sku)
    market.paid(person(name), gone)
    VAULT.erase(f"person:{name}")

    rows = {row["order_id"]: row for row in exported(market, with_addresses=True)}

    assert (rows[gone]["detail"], rows[unpaid]["detail"]) == ("", "")


def test_a_step_that_is_done_twice_does_no_harm(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: a worker that died after its files and before its checkpoint."""
    monkeypatch.setattr(export_orders, "KEYS_A_CHUNK", 2)
    monkeypatch.setattr(export_orders, "ORDERS_A_CHUNK", 2)
    monkeypatch.setattr("services.shared.plumbing.jobs.STEP_SECONDS", 0.0)
    buyer, (sku,) = person("anna"), market.offer(stock=20)
    placed = [market.place(buyer, sku) for _ in range(5)]
    export_id = start(market).json["export_id"]
    market.settle_events(duplicate=True)
    for told in told_of(export_id):
        if told.name == JobStepDue.NAME:
            hear(told)

    done = shown(market, export_id)

    assert (done["status"], done["orders"], done["rows"]) == ("done", 5, 5)
    assert [row["order_id"] for row in rows_at(done["url"])] == placed


def test_one_that_comes_no_further_fails_and_is_asked_for_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O4: it says so, and has no file."""
    export_id = start(market).json["export_id"]
    with monkeypatch.context() as stuck:
        stuck.setattr("services.shared.plumbing.jobs.MOST_RESTARTS", 0)
        market.settle_events()

    failed = shown(market, export_id)

    assert (failed["status"], failed["url"]) == ("failed", None)
    assert failed["why"] == "it came no further for six hours, by a fault of ours: ask for it again"
    assert exported(market) == []


def test_a_large_file_is_joined_from_parts(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: with one part of it in memory."""
    monkeypatch.setattr(files, "PART_BYTES", 5 << 20)
    keys = [f"orders/exports/{market.shop_id}/{number}" for number in range(3)]
    for number, key in enumerate(keys):
        files.write(key, str(number).encode() * (4 << 20), "text/plain")

    files.join(keys, f"orders/exports/{market.shop_id}/all", "text/plain")

    whole = b"".join(files.chunks(f"orders/exports/{market.shop_id}/all"))
    assert whole == b"0" * (4 << 20) + b"1" * (4 << 20) + b"2" * (4 << 20)


def test_nothing_to_export_is_a_file_with_its_columns(market: Market) -> None:
    """O4."""
    assert exported(market) == []


def test_too_many_are_refused(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: it says what to do."""
    monkeypatch.setattr(export_orders, "MAX_ORDERS", 2)
    buyer, (sku,) = person("anna"), market.offer(stock=20)
    for _ in range(3):
        market.place(buyer, sku)
    export_id = start(market).json["export_id"]
    market.settle_events()

    failed = shown(market, export_id)

    assert (failed["status"], failed["why"], failed["url"]) == (
        "failed", "more than 2 orders: choose a shorter time", None,
    )  # fmt: skip


def test_exports_are_listed_and_are_the_shops_own(market: Market, till: Till) -> None:
    """O4, X1: newest first, in pages; progress while it runs; the same key is the same export."""
    body = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    path, other = f"/v1/shops/{market.shop_id}/order-exports", open_market(till)
    started = [market.merchant.post(path, body, key=f"{key}{market.shop_id}") for key in "aabc"]
    first, *_ = [one.json["export_id"] for one in started]

    assert started[0].headers["location"] == f"/orders{path}/{first}"
    assert (started[0].json["status"], started[0].json["url"]) == ("running", None)
    page = market.merchant.get(f"{path}?limit=2").json
    rest = market.merchant.get(f"{path}?limit=2&cursor={quote(page['next_cursor'])}").json
    found = [one["export_id"] for one in page["items"] + rest["items"]]
    assert found == [started[number].json["export_id"] for number in (3, 2, 0)]
    assert other.merchant.get(f"/v1/shops/{other.shop_id}/order-exports/{first}").status == 404
    assert other.merchant.get(f"/v1/shops/{other.shop_id}/order-exports").json["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00", "to": "2026-02-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00+14:00", "to": "2026-02-01T00:00:00Z"},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "status": "lost"},
    ],
)
def test_it_is_asked_for_properly(market: Market, body: dict[str, str]) -> None:
    """X2: 422."""
    reply = market.merchant.post(f"/v1/shops/{market.shop_id}/order-exports", body)

    assert (reply.status, reply.slug) == (422, "validation")
