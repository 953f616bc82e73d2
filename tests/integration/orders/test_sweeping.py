"""All that time does is found by its due time: a sweep reads and writes what is due, and nothing else (O4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.orders.sweep_orders import sweep_orders
from services.orders.tables import DUE_BUCKETS
from services.shared.plumbing import clock, ids
from services.shared.plumbing.tables import connection
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS
from tests.integration.orders.market import Market, person, status_of


@contextmanager
def asked() -> Iterator[list[tuple[str, str]]]:
    """What is asked of the engine inside: operation, and the request as text."""
    calls: list[tuple[str, str]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, str(params)))

    events = connection().client.meta.events
    events.register("before-parameter-build.dynamodb", note, unique_id="asked")
    try:
        yield calls
    finally:
        events.unregister("before-parameter-build.dynamodb", unique_id="asked")


def in_every_state(market: Market, buyer: Client) -> dict[str, str]:
    """An order in each state on which time may act, by what it waits for."""
    (sku,) = market.offer(stock=50)
    waits = ("payment", "shop", "address", "receipt", "settlement")
    orders = {wait: market.place(buyer, sku) for wait in waits}
    for order_id in list(orders.values())[1:]:
        market.paid(buyer, order_id)
    asking = buyer.post(f"/v1/orders/{orders['address']}/address-change", {"address": ADDRESS | {"detail": "x"}})
    assert asking.status == 200, asking.text
    for wait in ("receipt", "settlement"):
        assert market.ship(orders[wait]).status == 201
    assert buyer.post(f"/v1/orders/{orders['settlement']}/receipt").status == 200
    return orders


def sweep_all() -> None:
    """Until nothing is due: what other tests have left is out of the way."""
    for _ in range(3):
        sweep_orders(clock.now())


def test_what_is_not_due_is_neither_read_nor_written(market: Market, hands: Hands) -> None:
    """O4: whatever it waits for; each is touched when its own time has come, and what is due then alone."""
    sweep_all()
    orders = in_every_state(market, person(ids.new_id("anna")))
    came: dict[str, str] = {}

    for move in ({"minutes": 1}, {"minutes": 31}, {"hours": 24}, {"days": 7}, {"days": 3}, {"days": 60}):
        hands.move(**move)
        with asked() as calls:
            sweep_orders(clock.now())
        touched = {wait for wait, order_id in orders.items() if any(order_id in text for _, text in calls)}
        for wait in touched:
            came[wait] = came.get(wait, "") + "+".join(f"{number} {unit}" for unit, number in move.items()) + "; "

    assert came == {
        "payment": "31 minutes; ",
        "address": "24 hours; ",
        "settlement": "7 days; ",
        "receipt": "3 days; 60 days; ",  # received after ten, and settled later
    }


def test_a_sweep_with_nothing_to_do_costs_a_look_into_each_bucket(market: Market, hands: Hands) -> None:
    """O4: however many orders there are, none of them is read."""
    in_every_state(market, person(ids.new_id("anna")))
    sweep_all()

    with asked() as calls:
        done = sweep_orders(clock.now())

    assert (done["acted"], done["waiting"]) == (0, 0)
    assert [operation for operation, _ in calls] == ["Query"] * 2 * DUE_BUCKETS


def test_what_a_sweep_does_has_a_time_of_its_own_each(market: Market, hands: Hands) -> None:
    """O4: a shop's list goes by the last change; its cursor names what has the same one, and has to fit into a URL."""
    (sku,) = market.offer(stock=50)
    placed = {market.place(person("anna"), sku) for _ in range(12)}
    hands.move(minutes=31)
    hands.stop()

    sweep_all()

    listed = market.merchant.get(f"/v1/shops/{market.shop_id}/orders?status=cancelled&limit=100").json["items"]
    assert {one["order_id"] for one in listed} == placed
    assert len({one["updated_at"] for one in listed}) == len(placed)


def test_a_check_that_is_not_done_is_looked_after_later_and_not_started_again(market: Market, hands: Hands) -> None:
    """O1, O4: what says that it acted has moved on, or who sweeps until nothing is due would never end."""
    market.offer(stock=3)
    sweep_all()
    hands.move(days=1, minutes=1)
    sweep_all()  # starts the check, whose job nobody does
    hands.move(days=1, minutes=1)

    first, second = sweep_orders(clock.now()), sweep_orders(clock.now())

    assert first["waiting"] >= 1
    assert second == {"acted": 0, "waiting": 0}


def test_sweeping_until_nothing_is_due_comes_to_an_end(market: Market, hands: Hands) -> None:
    """O4: whatever time acts on, and a split and a refund besides; each act takes what it acted on off the list."""
    buyer = person(ids.new_id("anna"))
    in_every_state(market, buyer)
    (sku,) = market.offer(stock=9)
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)
    assert market.split(sku, 2).status == 201
    hands.move(hours=1)
    market.till.phone(payment_id, after_close=True, times=0)
    hands.move(days=30)

    sweeps = [sweep_orders(clock.now()) for _ in range(6)]

    assert sweeps[0]["acted"] >= 5
    assert sweeps[-1] == {"acted": 0, "waiting": 0}


def test_an_overdue_order_is_shown_as_what_it_has_become_before_it_is_written(market: Market, hands: Hands) -> None:
    """O4: in its own view, in the shop's, and in lists; the sweep then writes just that."""
    buyer = person(ids.new_id("anna"))
    orders = in_every_state(market, buyer)
    shop = f"/v1/shops/{market.shop_id}/orders"
    hands.move(days=11)

    seen = {wait: status_of(buyer, order_id) for wait, order_id in orders.items()}
    listed = {one["order_id"]: one["status"] for one in buyer.get("/v1/orders?limit=100").json["items"]}
    shops = {one["order_id"]: one["status"] for one in market.merchant.get(f"{shop}?limit=100").json["items"]}
    sweep_all()

    assert seen == {
        "payment": "cancelled", "shop": "to_ship", "address": "to_ship", "receipt": "done", "settlement": "done",
    }  # fmt: skip
    assert listed == shops == {orders[wait]: status for wait, status in seen.items()}
    assert {wait: status_of(buyer, order_id) for wait, order_id in orders.items()} == seen


def test_an_overdue_payment_is_not_shown_as_one_that_can_be_paid(market: Market, hands: Hands) -> None:
    """O3, O4: nothing to scan any more; whether it was paid in time is yet to be heard."""
    buyer = person(ids.new_id("anna"))
    (sku,) = market.offer(stock=3)
    order_id = market.place(buyer, sku)
    market.start_paying(buyer, order_id)
    path = f"/v1/orders/{order_id}/payment"
    before = buyer.get(path).json

    hands.move(minutes=31)
    after = buyer.get(path).json

    assert (before["overdue"], bool(before["code_url"])) == (False, True)
    assert (after["status"], after["overdue"], after["code_url"]) == ("open", True, None)
