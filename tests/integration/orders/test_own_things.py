"""Everybody sees their own (X1, G9): another's order, payment, stock or money is not there at all."""

import json
from typing import Any

import pytest

from services.orders import app as orders
from services.shared.contracts.catalog import MembershipChanged, Role
from tests.integration.http import Client
from tests.integration.orders.events import tell
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till
from tests.tokens import token_for


def staff(market: Market, role: Role) -> Client:
    """Somebody who works for the shop in this role."""
    name = f"{role}-{market.shop_id}"
    member = MembershipChanged(shop_id=market.shop_id, person=f"person:{name}", role=role)
    tell(member, emitter="catalog", subject=f"{market.shop_id}/person:{name}")
    return person(name)


def test_another_buyers_order_and_payment_are_not_there(market: Market) -> None:
    """404 for whatever one might do with it, and nothing happens."""
    (sku,) = market.offer(stock=5)
    owner, other = person("anna"), person("bert")
    order_id = market.place(owner, sku)
    market.start_paying(owner, order_id)

    answers = [
        other.get(f"/v1/orders/{order_id}"),
        other.get(f"/v1/orders/{order_id}/payment"),
        other.post(f"/v1/orders/{order_id}/payment", {"method": "native"}),
        other.post(f"/v1/orders/{order_id}/cancellation"),
        other.post(f"/v1/orders/{order_id}/receipt"),
        market.merchant.get(f"/v1/orders/{order_id}"),
    ]

    assert [(one.status, one.slug) for one in answers] == [(404, "not-found")] * len(answers)
    assert owner.get(f"/v1/orders/{order_id}").json["status"] == "pending_payment"


def test_another_shops_things_are_not_there(market: Market, till: Till) -> None:
    """404 for orders, stock, flow and money; also under the merchant's own shop's path."""
    (sku,) = market.offer(stock=5)
    order_id = market.place(person("anna"), sku)
    other = open_market(till)
    theirs, ours = f"/v1/shops/{market.shop_id}", f"/v1/shops/{other.shop_id}"

    paths = ["orders", f"orders/{order_id}", f"stock/{sku}", f"stock/{sku}/flow", "ledger", "balance"]
    answers = [other.merchant.get(f"{theirs}/{path}") for path in paths]
    answers += [other.merchant.get(f"{ours}/{path}") for path in paths[1:4]]
    parcel = {"carrier": "SF", "waybill": "1"}
    answers += [
        other.merchant.post(f"{shop}/{path}", body)
        for shop in (theirs, ours)
        for path, body in (
            (f"orders/{order_id}/shipments", parcel),
            (f"stock/{sku}/adjustments", {"mode": "add", "quantity": 1, "reason": "mine"}),
            (f"stock/{sku}/shards", {"shards": 2}),
        )
    ]

    assert [(one.status, one.slug) for one in answers] == [(404, "not-found")] * len(answers)
    assert market.stock(sku) == {"on_hand": 4, "held": 1, "sold": 0, "received": 5}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("operator", {"orders", "stock", "ship", "adjust"}),
        ("support", {"orders", "stock"}),
        ("finance", {"orders", "stock", "ledger", "balance"}),
    ],
)
def test_staff_do_what_their_role_allows(market: Market, role: Role, may: set[str]) -> None:
    """X1: 403 for a member whose role is not enough."""
    (sku,) = market.offer(stock=5)
    order_id = market.place(person("anna"), sku)
    market.paid(person("anna"), order_id)
    member, shop = staff(market, role), f"/v1/shops/{market.shop_id}"

    answers = {
        "orders": member.get(f"{shop}/orders"),
        "stock": member.get(f"{shop}/stock/{sku}"),
        "ledger": member.get(f"{shop}/ledger"),
        "balance": member.get(f"{shop}/balance"),
        "ship": member.post(f"{shop}/orders/{order_id}/shipments", {"carrier": "SF", "waybill": "1"}),
        "adjust": member.post(f"{shop}/stock/{sku}/adjustments", {"mode": "add", "quantity": 1, "reason": "counted"}),
    }

    assert {name for name, reply in answers.items() if reply.status < 300} == may
    assert {reply.status for name, reply in answers.items() if name not in may} == {403}


def test_the_platform_reads_the_books_and_no_more(market: Market) -> None:
    """X1: ledger and balance; goods and addresses are the shop's."""
    (sku,) = market.offer(stock=5)
    operator = Client(orders.app, token_for("person:olga", platform=True))
    shop = f"/v1/shops/{market.shop_id}"

    assert [operator.get(f"{shop}/{path}").status for path in ("ledger", "balance")] == [200, 200]
    assert [operator.get(f"{shop}/{path}").status for path in ("orders", f"stock/{sku}")] == [404, 404]


@pytest.mark.parametrize(
    ("role", "sees"), [("operator", True), ("support", True), ("finance", False), ("platform", False)]
)
def test_an_address_is_for_who_packs_and_helps(
    market: Market, role: Any, sees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X1, X3: finance needs amounts only, and the platform, which may clear an order, neither."""
    rules = [{"since": "2026-01-01T00:00:00Z", "review": {"fen_per_order": 1}}]
    monkeypatch.setenv("ORDERS_RISK_RULES", json.dumps(rules))
    (sku,) = market.offer(stock=5)
    order_id = market.place(person("anna"), sku)
    market.paid(person("anna"), order_id)
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}"
    olga = Client(orders.app, token_for("person:olga", platform=True))
    who = olga if role == "platform" else staff(market, role)

    replies = [who.post(f"{path}/clearance", {"note": ""}, key=""), who.get(path)]

    shown = [reply.json["address"] for reply in replies if reply.status == 200]
    assert shown
    assert {address is not None for address in shown} == {sees}


def test_the_shop_sees_an_address_once_it_is_paid(market: Market) -> None:
    """G9: and never in lists."""
    (sku,) = market.offer(stock=5)
    buyer, shop = person("anna"), f"/v1/shops/{market.shop_id}"
    order_id = market.place(buyer, sku)

    assert market.merchant.get(f"{shop}/orders/{order_id}").json["address"] is None
    market.paid(buyer, order_id)

    assert market.merchant.get(f"{shop}/orders/{order_id}").json["address"]["detail"] == "科技路 1 号"
    assert [one["address"] for one in market.merchant.get(f"{shop}/orders").json["items"]] == [None]
    assert buyer.get(f"/v1/orders/{order_id}").json["address"]["detail"] == "科技路 1 号"
