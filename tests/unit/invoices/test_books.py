"""The reconciliation: it balances when the system has done what the file asks for, and no line is blind."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.invoices.books import books
from infra.invoices.deliveries import Tally
from infra.invoices.plan import Plan
from infra.invoices.purchases import Purchase
from infra.invoices.readings import Readings, Stock
from tests.unit.invoices.sheet import Entry, plan

FEE_BP = 60
WAYS = {"done": ["pending_payment", "to_ship", "shipped", "done"], "cancelled": ["pending_payment", "cancelled"]}


@pytest.fixture
def planned() -> Plan:
    """Two orders that stay, one that a credit undoes, one row that is refused."""
    return plan(
        Entry("536365", "85123A", 6, "2.55"),
        Entry("536365", "71053", 1, "3.39"),
        Entry("536366", "71053", 2, "3.39", customer="13047"),
        Entry("C536367", "85123A", -2, "2.55"),
        Entry("536368", "POST", 1, "18.00"),
    )


def ordered(purchase: Purchase, number: int, status: str) -> dict[str, Any]:
    """The order of a purchase that has come to this end."""
    lines = [
        {"sku_id": f"sku-{line.out_sku_id}", "total_fen": line.quantity * line.price_fen} for line in purchase.lines
    ]
    return {
        "order_id": f"ord_{number}",
        "source_token": purchase.token,
        "status": status,
        "paid_fen": purchase.total_fen if status == "done" else 0,
        "refunded_fen": 0,
        "lines": lines,
        "history": [{"to": state} for state in WAYS[status]],
    }


def entries(order: dict[str, Any]) -> list[dict[str, Any]]:
    """A paid order's entries in the ledger."""
    paid = order["paid_fen"]
    fee = (paid * FEE_BP + 5_000) // 10_000
    postings = {"payment": {"wechat": paid, "pending": -paid}, "fee": {"pending": fee, "fees": -fee}}
    return [
        {"cause": cause, "postings": [{"account": name, "amount_fen": fen} for name, fen in moved.items()]}
        for cause, moved in postings.items()
    ]


@pytest.fixture
def found(planned: Plan) -> Readings:
    """What the system says when everything went well."""
    orders = [
        ordered(purchase, number, "cancelled" if purchase.undone_by else "done")
        for number, purchase in enumerate(planned.purchases)
    ]
    ledger = [entry for order in orders if order["paid_fen"] for entry in entries(order)]
    fees = -sum(one["amount_fen"] for entry in ledger for one in entry["postings"] if one["account"] == "fees")
    told = {"orders.order_placed": 3, "orders.order_cancelled": 1, "orders.order_paid": 2}
    told |= {"orders.order_shipped": 2, "orders.order_received": 2}
    return Readings(
        orders=orders,
        ledger=ledger,
        balance={"fees_fen": fees, "pending_fen": 1020 + 339 + 678 - fees, "available_fen": 0, "sum_fen": 0},
        sku_ids={"85123A@255": "sku-85123A@255", "71053@339": "sku-71053@339"},
        stock={
            "sku-85123A@255": Stock(received=6, on_hand=2, held=0, sold=4, fee_bp=FEE_BP),
            "sku-71053@339": Stock(received=3, on_hand=0, held=0, sold=3, fee_bp=FEE_BP),
        },
        shop_messages=told | {"catalog.shop_opened": 1},
        buyer_messages=dict(told),
        shop_events=Tally(40, 40, 40),
        all_events=Tally(50, 50, 50),
        dead_letters=0,
    )


def test_books_of_a_good_run_balance(planned: Plan, found: Readings) -> None:
    """Every line, and the figures are those of the file."""
    closed = books(planned, found, arrived=True)

    told = closed.as_json()
    assert (told["balanced"], told["broken"]) == (True, [])
    assert told["rows"] == {"read": 5, "used": 4, "refused": 1}
    assert told["refused"] == {"not_goods": 1}
    assert told["orders"] == {"planned": 3, "done": 2, "cancelled": 1, "in_shop": 3, "placed_again": 0}
    assert told["money"]["file_fen"] == told["money"]["paid_fen"] == 1020 + 339 + 678
    assert told["money"]["fees_fen"] == 8 + 4  # 13.59 → 8.154, 6.78 → 4.068: rounded once an order
    assert (told["stock"]["received"], told["stock"]["on_hand"], told["stock"]["sold"]) == (9, 2, 7)
    assert told["messages"]["orders.order_placed"] == 6
    assert told["messages"]["catalog.shop_opened"] == 1


Wrong = Callable[[dict[str, Any]], object]

# What may go wrong in the readings, and the section that must notice.
WRONGS: dict[str, tuple[str, Wrong]] = {
    "an order is missing": ("orders", lambda it: it["orders"].pop()),
    "an order is doubled": ("orders", lambda it: it["orders"].append(copy.deepcopy(it["orders"][0]))),
    "an order is of no invoice": ("orders", lambda it: it["orders"][0].update(source_token="invoice:1#1")),
    "an order is not finished": ("orders", lambda it: it["orders"][0].update(status="shipped")),
    "a cancelled order was paid": ("orders", lambda it: it["orders"][1].update(status="done")),
    "a payment is too low": ("money", lambda it: it["orders"][0].update(paid_fen=1)),
    "a refund is not in the ledger": ("money", lambda it: it["orders"][0].update(refunded_fen=1)),
    "an entry is missing": ("money", lambda it: it["ledger"].pop(0)),
    "an entry is doubled": ("money", lambda it: it["ledger"].append(it["ledger"][0])),
    "a fee is not what the rate says": ("money", lambda it: _posting(it, 1, 1).update(amount_fen=-9)),
    "an entry does not sum to zero": ("ledger", lambda it: _posting(it, 0, 1).update(amount_fen=-1)),
    "the balance does not sum to zero": ("ledger", lambda it: it["balance"].update(sum_fen=1)),
    "the balance lags behind": ("ledger", lambda it: it["balance"].update(pending_fen=0)),
    "units were lost": ("stock", lambda it: _restock(it, on_hand=1)),
    "units are still held": ("stock", lambda it: _restock(it, held=1, sold=3)),
    "too many were sold": ("stock", lambda it: _restock(it, sold=5, on_hand=1)),
    "stock was received twice": ("stock", lambda it: _restock(it, received=12, on_hand=8)),
    "a style is missing": ("stock", lambda it: it["sku_ids"].pop("71053@339")),
    "an event was not published": ("events", lambda it: it.update(shop_events=Tally(40, 39, 39))),
    "an event was not consumed": ("events", lambda it: it.update(shop_events=Tally(40, 40, 39))),
    "another shop's event was not consumed": ("events", lambda it: it.update(all_events=Tally(50, 50, 49))),
    "a letter is dead": ("events", lambda it: it.update(dead_letters=1)),
    "the shop was not told": ("messages", lambda it: it["shop_messages"].update({"orders.order_paid": 1})),
    "a buyer was told twice": ("messages", lambda it: it["buyer_messages"].update({"orders.order_paid": 3})),
}


def _posting(it: dict[str, Any], entry: int, number: int) -> dict[str, Any]:
    posting: dict[str, Any] = it["ledger"][entry]["postings"][number]
    return posting


def _restock(it: dict[str, Any], **counters: int) -> None:
    it["stock"]["sku-85123A@255"] = replace(it["stock"]["sku-85123A@255"], **counters)


@pytest.mark.parametrize("wrong", WRONGS, ids=str)
def test_books_notice(planned: Plan, found: Readings, wrong: str) -> None:
    """Whatever goes wrong breaks a rule of its section."""
    section, spoil = WRONGS[wrong]
    readings = copy.deepcopy(vars(found))
    spoil(readings)

    closed = books(planned, Readings(**readings), arrived=True)

    assert not closed.balanced
    assert section in {line.section for line in closed.lines if line.balances is False}


def test_what_is_on_its_way_is_not_compared(planned: Plan, found: Readings) -> None:
    """Before all has arrived, events and messages are only told."""
    early = replace(found, shop_events=Tally(40, 30, 20), all_events=Tally(50, 30, 20), shop_messages={})

    assert books(planned, early, arrived=False).balanced
    assert not books(planned, early, arrived=True).balanced


def test_order_that_nobody_paid_in_time_is_placed_again(planned: Plan, found: Readings) -> None:
    """A run that rested for more than half an hour finds it cancelled; its successor counts, and it is told."""
    late = ordered(planned.purchases[0], 9, "cancelled")
    told = {"orders.order_placed": 4, "orders.order_cancelled": 2}
    again = replace(
        found,
        orders=[late, *found.orders],
        shop_messages={**found.shop_messages, **told},
        buyer_messages={**found.buyer_messages, **told},
    )

    closed = books(planned, again, arrived=True).as_json()

    assert (closed["balanced"], closed["orders"]["placed_again"]) == (True, 1)
