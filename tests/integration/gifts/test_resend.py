"""Said again to a service that has lost its tables, or to one that has lost nothing: it ends as it was."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from services.gifts import app as gifts
from services.gifts.tables import GiftsRow
from services.notify import app as notify
from services.notify.tables import NotifyRow
from services.orders import app as orders
from services.orders.tables import OrdersRow
from services.shared.plumbing import clock, history
from services.shared.plumbing.resources import Resources
from tests.integration.gifts.test_with_orders import Journey, journey
from tests.integration.http import Client, token_for
from tests.integration.orders.conftest import Hands, hands, letterbox, market, mode, open_till, till
from tests.integration.resent import forget, remember, told
from tests.integration.wire import deliver

__all__ = ["Hands", "hands", "journey", "letterbox", "market", "mode", "open_till", "till"]

TABLES = {gifts: GiftsRow, orders: OrdersRow, notify: NotifyRow}


@pytest.fixture(autouse=True)
def _nothing_yet(tables: Callable[[str | Resources], Resources]) -> None:
    tables("notify")
    tables("gifts")
    tables("orders")
    for service, table in TABLES.items():
        forget(service, table, service.app.store.outbox)
        history.note_hearing(service.app.store, clock.now())


@pytest.fixture
def past(journey: Journey) -> Journey:
    """A purchase that was sent and received, one that was cancelled, gifts claimed, declined, expired and refunded."""
    market, anna = journey.market, journey.anna
    bought = market.place(anna, journey.red)
    market.paid(anna, bought)
    market.ship(bought)
    assert anna.post(f"/v1/orders/{bought}/receipt").status == 200
    assert anna.post(f"/v1/orders/{market.place(anna, journey.red)}/cancellation").status == 200
    assert journey.claim(journey.give()) == 200
    declined, expired = journey.give(), journey.give()
    token = journey.gift(declined)["claim_token"]
    assert Client(gifts.app, token_for(journey.bo)).post(f"/v1/claims/{token}/decline", key="").status == 200
    journey.hands.move(hours=25)
    journey.sweep()
    deliver(gifts, orders, notify)
    for order_id in (declined, expired):
        journey.refunded(order_id)
    deliver(gifts, orders, notify)
    remember(gifts, orders)
    return journey


def stored(table: Any) -> dict[tuple[str, str], Any]:
    """Everything in this table, by its keys."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table.Meta.table_name)
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


def test_a_notify_that_lost_everything_has_the_same_messages_again(past: Journey) -> None:
    """The same ids, texts, times and unread counts, whoever was told."""
    before = stored(NotifyRow)
    names = {key[0] for key in before}
    assert {f"SHOP#{past.market.shop_id}", "PERSON#person:anna", f"PERSON#{past.bo}"} <= names
    assert len([sk for _, sk in before if sk.startswith("MSG#")]) >= 15

    forget(notify, NotifyRow)
    told(gifts, notify)
    told(orders, notify)

    assert stored(NotifyRow) == before


def test_a_gift_that_waits_is_made_again_and_no_other(past: Journey) -> None:
    """With the same card and the same link; who claimed the others nobody but gifts has ever known."""
    waiting = past.give()
    remember(gifts, orders)
    before = past.gift(waiting)
    assert before["message"] == "生日快乐"

    forget(gifts, GiftsRow)
    past.hear_offer()
    told(orders, gifts)

    assert past.gift(waiting) == before
    sheets = [key for key in stored(GiftsRow) if key[1] == "SHEET"]
    assert len(sheets) == 1
    assert past.claim(waiting) == 200
    deliver(gifts, orders)
    assert past.order(waiting)["status"] == "to_ship"


def test_a_gift_that_was_held_for_review_is_made_again_as_it_was_cleared(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O19: with the deadline that it got then; one that is still held is made by nobody."""
    rules = '[{"since": "2026-01-01T00:00:00Z", "review": {"fen_per_order": 0}}]'
    monkeypatch.setenv("ORDERS_RISK_RULES", rules)
    held, cleared = journey.give(), journey.give()
    journey.hands.move(hours=5)
    path = f"/v1/shops/{journey.market.shop_id}/orders/{cleared}/clearance"
    assert journey.market.merchant.post(path, {}, key="").status == 200
    deliver(gifts, orders)
    remember(gifts, orders)
    before = journey.gift(cleared)
    assert before["message"] == "生日快乐"

    forget(gifts, GiftsRow)
    journey.hear_offer()
    told(orders, gifts)

    assert journey.gift(cleared) == before
    assert journey.gift(held)["status"] == 404


@pytest.mark.parametrize("days", [1, 61, 400])
def test_who_knows_everything_changes_nothing(past: Journey, days: int) -> None:
    """Neither while the inbox marks are there nor after: who hears since before a fact has heard it by then."""
    past.give()
    deliver(notify, gifts, orders)
    remember(gifts, orders)
    before = {service: stored(table) for service, table in TABLES.items()}
    past.hands.move(days=days)

    for owner in (gifts, orders):
        for consumer in TABLES:
            assert told(owner, consumer)

    assert {service: stored(table) for service, table in TABLES.items()} == before
