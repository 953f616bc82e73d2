"""A whole shop moves: catalog leads, orders follows by events, and one place tells all of it (M2, M3)."""

import hashlib
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from infra.load import order_dumps
from services.catalog import app as catalog
from services.catalog.tables import STORE
from services.catalog.traffic.fold_traffic import fold_shop
from services.orders import app as orders
from services.shared.plumbing import clock, ids
from services.shared.plumbing.day import day_of
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.tables import Transaction
from tests.integration.catalog.merchant import Merchant, fresh_name, ok
from tests.integration.catalog.moving import asked, dump, old_product
from tests.integration.catalog.uploads import upload
from tests.integration.http import Client, token_for
from tests.integration.orders.events import ADDRESS
from tests.integration.wire import deliver, discard

LINES = 60  # with a bad one
GOOD = [number for number in range(LINES) if order_dumps.bad_at(number) is None]


@pytest.fixture(autouse=True)
def _both(tables: Callable[[str | Resources], Resources], queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Both services, with a place for files."""
    tables("orders")
    queues("orders")
    discard(catalog, orders)


def product(number: int) -> dict[str, Any]:
    """The product that some of the dump's orders are of."""
    sku = {"sku_id": str(order_dumps.FIRST_SKU + number), "sale_price": 1_990, "stock_num": 5}
    return old_product(0, product_id=str(order_dumps.FIRST_PRODUCT + number), out_product_id="", skus=[sku])


def uploaded(merchant: Merchant, content: bytes) -> str:
    """A dump of orders where orders says; returns the upload's id."""
    client = Client(orders.app, token_for(f"person:{merchant.name}"))
    digest = hashlib.sha256(content).hexdigest()
    body = {
        "purpose": "migration",
        "content_type": "application/x-ndjson",
        "bytes": len(content),
        "sha256": digest,
    }
    place = ok(client.post("/v1/uploads", body), 201)
    request = urllib.request.Request(place["url"], content, place["headers"], method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    return str(place["upload_id"])


def ran(merchant: Merchant, migration_id: str, what: str) -> dict[str, Any]:
    """A run to its end in both services; the migration as catalog tells it."""
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/{what}"))
    deliver(catalog, orders)
    return ok(merchant.client.get(f"/v1/migrations/{migration_id}"))


def test_products_and_their_orders_move_together(merchant: Merchant) -> None:
    """M2, M3: counts of all kinds, what was refused wherever it was read, and orders that name the styles as catalog
    has them, by ids that neither has asked the other for; a rollback takes both out."""
    lines = "".join(one if one.endswith("\n") else f"{one}\n" for one in order_dumps.dump(LINES)).encode()
    files = [
        {"kind": "products", "upload_id": upload(merchant, dump([product(0), product(1), "{no json"]), "migration")},
        {"kind": "orders", "upload_id": uploaded(merchant, lines)},
    ]
    migration_id = asked(merchant, b"{}", files=files, source="channels_shop")
    bad = LINES - len(GOOD)

    tried, moved = ran(merchant, migration_id, "dry-run"), ran(merchant, migration_id, "start")

    for one in (tried, moved):
        assert (one["state"], [part["state"] for part in one["parts"]]) == ("ended", ["ended", "ended"])
        assert [(count["kind"], count["read"], count["moved"], count["refused"]) for count in one["counts"]] == [
            ("products", 3, 2, 1),
            ("orders", LINES, len(GOOD), bad),
        ]
        assert {count["percent"] for count in one["counts"]} == {100}
    refused = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals?limit=100"))["items"]
    assert sorted((one["kind"], one["file"]) for one in refused) == [("orders", 2)] * bad + [("products", 1)]
    [row, *_] = ok(merchant.client.get(f"/v1/migrations/{migration_id}/rows"))["items"]
    style = ok(merchant.client.get(f"{merchant.path}/products/{row['new_id']}"))["skus"][0]["sku_id"]
    seller = Client(orders.app, token_for(f"person:{merchant.name}"))
    old_id = next(order_dumps.FIRST_ORDER + number for number in GOOD if number % order_dumps.PRODUCTS == 0)
    place = seller.get(f"/v1/shops/{merchant.shop_id}/orders/{old_id}")
    assert place.status == 308
    order = ok(seller.get(place.headers["location"].removeprefix("/orders")))
    assert order["lines"][0]["sku_id"] == style

    back = ran(merchant, migration_id, "rollback")
    assert [(count["kind"], count["taken_out"], count["kept"]) for count in back["counts"]] == [
        ("products", 2, 0),
        ("orders", len(GOOD), 0),
    ]


def sold(merchant: Merchant, first: date, days: int = 12) -> dict[str, int]:
    """What the funnel has of so many days of the dump; the last of its orders ended within them."""
    now = clock.now() + timedelta(minutes=5)
    begin = partial(Transaction, STORE, now, ids.new_id)
    while fold_shop(merchant.shop_id, begin=begin, now=now):
        pass
    until = first + timedelta(days=days - 1)
    return dict(ok(merchant.client.get(f"{merchant.path}/funnel?since={first}&until={until}"))["all"])


def test_history_is_counted_on_its_own_days_and_taken_back_with_its_orders(merchant: Merchant) -> None:
    """M2: an order that was paid then is a sale of that day, also where its product never came; nobody is told of it;
    done again it counts no more; after a rollback nothing of it is left."""
    lines = "".join(one if one.endswith("\n") else f"{one}\n" for one in order_dumps.dump(LINES)).encode()
    files = [
        {"kind": "orders", "upload_id": uploaded(merchant, lines)},
        {"kind": "products", "upload_id": upload(merchant, dump([product(0)]), "migration")},
    ]
    migration_id = asked(merchant, b"{}", files=files, source="channels_shop")
    old = [order_dumps.order(number)["order"] for number in GOOD]
    first = day_of(datetime.fromtimestamp(order_dumps.EPOCH, UTC))
    paid = [one for one in old if "pay_info" in one["order_detail"]]
    nothing = {"impressions": 0, "clicks": 0, "orders": 0, "paid": 0, "pieces": 0, "gmv_fen": 0}

    ran(merchant, migration_id, "dry-run")
    assert sold(merchant, first) == nothing
    ran(merchant, migration_id, "start")

    counted = sold(merchant, first)
    goods = [line for one in paid for line in one["order_detail"]["product_infos"]]
    assert counted == nothing | {
        "orders": len(old),
        "paid": len(paid),
        "pieces": sum(line["sku_cnt"] for line in goods),
        "gmv_fen": sum(line["real_price"] for line in goods),
    }
    on_first = [one for one in paid if day_of(datetime.fromtimestamp(one["create_time"] + 60, UTC)) == first]
    assert sold(merchant, first, days=1)["paid"] == len(on_first)
    ran(merchant, migration_id, "start")
    assert sold(merchant, first) == counted
    ran(merchant, migration_id, "rollback")
    assert sold(merchant, first) == nothing


def test_what_was_sold_or_restocked_here_stays(merchant: Merchant) -> None:
    """M3: a product with an order, one that was counted anew, and one with which nothing was done; what stays is named,
    the buyer's order goes on, and all stock is what was received, also of what went out."""
    deliver(catalog, orders)
    content = dump([product(number) for number in range(3)])
    migration_id = asked(merchant, content, source="channels_shop")
    ran(merchant, migration_id, "start")
    moved = [one["new_id"] for one in ok(merchant.client.get(f"/v1/migrations/{migration_id}/rows"))["items"]]
    styles = [ok(merchant.client.get(f"{merchant.path}/products/{one}"))["skus"][0]["sku_id"] for one in moved]
    seller, buyer = (Client(orders.app, token_for(f"person:{name}")) for name in (merchant.name, fresh_name("buyer")))
    body = {"shop_id": merchant.shop_id, "lines": [{"sku_id": styles[0], "quantity": 2}], "address": ADDRESS}
    order_id = ok(buyer.post("/v1/orders", {**body, "channel": "direct"}), 201)["order_id"]
    counted = {"mode": "add", "quantity": 3, "reason": "counted"}
    ok(seller.post(f"{merchant.path}/stock/{styles[1]}/adjustments", counted), 201)
    deliver(catalog, orders)

    back = ran(merchant, migration_id, "rollback")

    assert (back["state"], back["counts"][0]["taken_out"], back["counts"][0]["kept"]) == ("ended", 1, 2)
    rows = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert {(row["new_id"], row["outcome"], row["why"]) for row in rows} == {
        (moved[0], "kept", "orders of it were placed here"),
        (moved[1], "kept", "its stock was changed here"),
    }
    assert [ok(merchant.client.get(f"{merchant.path}/products/{one}"))["status"] for one in moved[:2]] == ["listed"] * 2
    assert merchant.client.get(f"{merchant.path}/products/{moved[2]}").status == 404
    assert ok(buyer.post(f"/v1/orders/{order_id}/cancellation"))["status"] == "cancelled"
    for style, on_hand in zip(styles, (5, 8, 5), strict=True):
        stock = ok(seller.get(f"{merchant.path}/stock/{style}"))
        assert (stock["on_hand"], stock["held"], stock["sold"], stock["received"]) == (on_hand, 0, 0, on_hand)
    deliver(catalog, orders)
    ok(seller.post(f"{merchant.path}/stock/reconciliations"), 202)
    deliver(catalog, orders)
    checked = ok(seller.get(f"{merchant.path}/stock/reconciliation"))
    assert (checked["state"], checked["drifts"]) == ("done", 0)


def test_every_refused_order_is_told_where_the_shop_looks(merchant: Merchant) -> None:
    """M3: also where one chunk refuses more of them than an event names."""
    bad = 120
    files = [{"kind": "orders", "upload_id": uploaded(merchant, b"{no json\n" * bad)}]
    migration_id = asked(merchant, b"{}", files=files, source="channels_shop")

    ran(merchant, migration_id, "dry-run")

    path = f"/v1/migrations/{migration_id}/refusals?limit=100"
    first = ok(merchant.client.get(path))
    rest = ok(merchant.client.get(f"{path}&cursor={first['next_cursor']}"))
    assert [one["line"] for one in first["items"] + rest["items"]] == list(range(1, bad + 1))
