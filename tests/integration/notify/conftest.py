"""Notify with a shop and people of each test's own."""

from collections.abc import Callable
from datetime import datetime

import pytest

from services.notify import app as notify
from services.shared.contracts import catalog, orders
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.plumbing import clock, ids
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client, token_for
from tests.integration.wire import sqs_event, wrapped


@pytest.fixture(autouse=True)
def _notify(tables: Callable[[str | Resources], Resources]) -> None:
    tables("notify")


@pytest.fixture
def buyer() -> str:
    """A person whom no other test knows."""
    return ids.new_id("person")


@pytest.fixture
def shop() -> str:
    """A shop that no other test knows."""
    return ids.new_id("shp")


def client(person: str) -> Client:
    """What this person uses; each thread takes its own."""
    return Client(notify.app, token_for(person))


def event(body: EventBody, *, at: datetime | None = None, sequence: int = 1, event_id: str = "") -> Envelope:
    """An event as its emitter would send it, by default just now."""
    return wrapped(body, subject="subject", sequence=sequence, at=at, event_id=event_id)


def hear(*envelopes: Envelope) -> None:
    """Notify gets these from its queue in one batch and takes them all."""
    answer = notify.consume(sqs_event(*(envelope.model_dump_json() for envelope in envelopes)), None)
    assert answer == {"batchItemFailures": []}


def paid(buyer: str, shop: str, *, title: str = "茶杯", fen: int = 1_00) -> orders.OrderPaid:
    """A purchase was paid: one message for the buyer, one for the shop."""
    return orders.OrderPaid(
        order_id=ids.new_id("ord"),
        shop_id=shop,
        buyer=buyer,
        kind="purchase",
        lines=[
            orders.OrderLine(
                line_no=1, sku_id="sku", product_id="prd", title=title, quantity=1, unit_price_fen=fen, total_fen=fen
            )
        ],
        paid_fen=fen,
        paid_at=clock.now(),
        channel="direct",
    )


def stock_low(shop: str, left: int = 3) -> orders.StockLow:
    """A style runs out: one message for the shop, in another category."""
    return orders.StockLow(sku_id="sku", product_id="prd", shop_id=shop, title="茶杯", left=left)


def staff(shop: str, person: str, role: catalog.Role | None = "operator", sequence: int = 1) -> Envelope:
    """A person may act for the shop, or may no longer."""
    body = catalog.MembershipChanged(shop_id=shop, person=person, role=role)
    return event(body, sequence=sequence)
