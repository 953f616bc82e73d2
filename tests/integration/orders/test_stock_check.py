"""The check of stock (O1): received = on hand + held + sold, in counters and in the flow; what differs is named."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from infra.operate.ground import UnknownShop
from infra.operate.stock import Drift, check_shops, shops_to_check
from services.orders import app as orders
from services.orders.stock import check_stock, held_by_orders
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import FLOW_KEPT, FlowRow, ShardRow, flow_page, opening_of, shard_key
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import STORE, OrdersRow, order_key
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, jobs
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import get
from tests.integration.http import Client, token_for
from tests.integration.orders.conftest import Hands
from tests.integration.orders.crowd import press
from tests.integration.orders.events import granted, hear
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till
from tests.integration.wire import deliver


def begin_check(market: Market) -> dict[str, Any]:
    """Start it; the answer says where to look."""
    reply = market.merchant.post(f"/v1/shops/{market.shop_id}/stock/reconciliations")
    assert reply.status == 202, reply.text
    assert reply.headers["location"] == f"/orders/v1/shops/{market.shop_id}/stock/reconciliation"
    return dict(reply.json)


def progress(market: Market) -> dict[str, Any]:
    """How far it is."""
    return dict(market.merchant.get(f"/v1/shops/{market.shop_id}/stock/reconciliation").json)


def checked(market: Market, hands: Hands) -> dict[str, Any]:
    """The check, to its end."""
    begin_check(market)
    for _ in range(5):
        deliver(orders)
        if progress(market)["state"] != "running":
            break
        hands.move(minutes=3, seconds=1)
        jobs.restart_stalled(STORE, clock.now(), new_id)
    return {name: value for name, value in progress(market).items() if name != "job_id"}


def drifts(market: Market) -> list[dict[str, Any]]:
    """What it named."""
    items = market.merchant.get(f"/v1/shops/{market.shop_id}/stock/drifts").json["items"]
    return [{name: value for name, value in item.items() if name != "at"} for item in items]


def figures(on_hand: int, held: int, sold: int) -> dict[str, int]:
    """As the answer has them."""
    return {"on_hand": on_hand, "held": held, "sold": sold, "received": on_hand + held + sold}


def miscount(sku_id: str, **changes: int) -> None:
    """Somebody writes into a counter by hand."""
    model, pk, sk = shard_key(sku_id, 1, 0)
    row = model(pk, sk)
    row.update([getattr(ShardRow, name).add(change) for name, change in changes.items()])


def test_a_merchants_own_gift_is_proven_too(market: Market, hands: Hands) -> None:
    """O1, G8: nothing was held for it; it goes from what is on hand to what is sold."""
    (sku,) = market.offer(stock=5)
    hear(granted(market.shop_id, sku))
    market.settle_events()

    sold = [(line["quantity"], line["held"], line["sold"]) for line in market.flow(sku) if line["what"] != "initial"]
    assert [sum(numbers) for numbers in zip(*sold, strict=True)] == [-1, 0, 1]
    assert checked(market, hands) == CLEAN | {"styles": 1}


def test_orders_of_one_moment_are_all_counted(market: Market, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """O1: what unpaid orders hold is added up to the last of them, also when more than a page have the same time."""
    monkeypatch.setattr(held_by_orders, "PAGE", 3)
    (sku,) = market.offer(stock=9)
    hands.stop()
    for _ in range(7):
        market.place(person("anna"), sku)

    assert held_by_orders.held_now(market.shop_id) == {sku: 7}


CLEAN = {"state": "done", "drifts": 0, "put_off": 0}


def test_a_shop_with_every_kind_of_movement_is_proven(market: Market, hands: Hands) -> None:
    """O1: sold, held, cancelled, given back, counted, split: none differs, and all are looked at."""
    first, second = market.offer(stock=20, styles=2)
    (third,) = market.offer(stock=5)
    assert progress(market)["state"] == "never"
    buyer = person("anna")
    market.paid(buyer, market.place(buyer, first, 3))
    buyer.post(f"/v1/orders/{market.place(buyer, first, 2)}/cancellation")
    market.place(buyer, second, 4)
    market.split(first, 4)
    market.split(first, 2)
    gift = market.give(buyer, second)
    market.ask_style(gift, first)
    market.decline(market.give(buyer, second))
    for mode, quantity in (("add", 7), ("subtract", 2), ("set", 11)):
        market.adjust(third, mode, quantity)
    market.settle_events()

    assert checked(market, hands) == CLEAN | {"styles": 3}
    assert drifts(market) == []


@pytest.mark.parametrize(
    ("changes", "counted"),
    [({"on_hand": -1, "received": -1}, figures(5, 3, 1)), ({"held": 2}, figures(6, 5, 1)), ({"received": 1}, None)],
    ids=["one is gone", "held by nobody", "a counter that does not add up"],
)
def test_what_was_written_by_hand_is_named(
    market: Market, hands: Hands, changes: dict[str, int], counted: dict[str, int] | None
) -> None:
    """O1: the style, what its counters say and what its flow says; mended, it is named no more."""
    sound, wrong = market.offer(stock=10, styles=2)
    buyer = person("anna")
    for sku in (sound, wrong):
        market.paid(buyer, market.place(buyer, sku, 1))
        market.place(buyer, sku, 3)
    market.settle_events()
    hands.move(minutes=2)
    miscount(wrong, **changes)

    assert checked(market, hands) == CLEAN | {"styles": 2, "drifts": 1}

    flow = figures(6, 3, 1)
    assert drifts(market) == [{"sku_id": wrong, "counted": counted or flow, "flow": flow, "held_by_orders": 3}]
    miscount(wrong, **{name: -change for name, change in changes.items()})
    assert checked(market, hands) == CLEAN | {"styles": 2}
    assert drifts(market) == []


def rewrite(order_id: str, quantity: int) -> None:
    """Somebody writes into an unpaid order by hand: it took so many."""
    row = get(*order_key(order_id))
    assert row is not None
    doc = json.loads(row.doc or "")
    doc["lines"][0]["taken"] = [[1, 0, quantity]]
    row.update([OrdersRow.doc.set(json.dumps(doc))])


def lose_a_line(sku_id: str) -> None:
    """A line of the flow is gone: of what was held."""
    (line,) = [row for row in flow_page(sku_id, 100, None) if row.what == "held"]
    FlowRow(line.pk, line.sk).delete()


@pytest.mark.parametrize("drifted", ["counter", "flow", "order"])
def test_a_drift_is_named_wherever_it_is(market: Market, hands: Hands, drifted: str) -> None:
    """O1: the counters, the flow and the orders are three accounts of the same units, and each is held against two."""
    (sku,) = market.offer(stock=10)
    order_id = market.place(person("anna"), sku, 3)
    market.settle_events()
    hands.move(minutes=2)
    assert checked(market, hands) == CLEAN | {"styles": 1}
    if drifted == "counter":
        miscount(sku, held=1, on_hand=-1)
    elif drifted == "flow":
        lose_a_line(sku)
    else:
        rewrite(order_id, 2)

    assert checked(market, hands) == CLEAN | {"styles": 1, "drifts": 1}

    (found,) = drifts(market)
    assert (found["counted"]["held"], found["flow"]["held"], found["held_by_orders"]) == {
        "counter": (4, 3, 3),
        "flow": (3, 0, 3),
        "order": (3, 3, 2),
    }[drifted]


def test_no_false_drift_while_orders_go_on(market: Market, hands: Hands) -> None:
    """O1: the crowd buys while the counters are read, and orders hears of it only afterwards."""
    (sku,) = market.offer(stock=100_000)
    market.split(sku, 4)
    market.settle_events()
    hands.move(minutes=2)
    stop, bought = threading.Event(), threading.Event()

    def buy(name: str) -> None:
        buyer = person(name)
        while not stop.is_set():
            status = buyer.post("/v1/orders", market.order(sku)).status
            assert status in (201, 503)
            if status == 201:
                bought.set()

    crowd = [threading.Thread(target=buy, args=(f"buyer{number}",)) for number in range(4)]
    for one in crowd:
        one.start()
    try:
        assert bought.wait(30)
        begin_check(market)
        deliver(orders, only=[JobStepDue.NAME])
        assert progress(market)["state"] == "running"  # it has seen what the flow does not have yet
    finally:
        stop.set()
        for one in crowd:
            one.join()
    market.settle_events()
    press(market, sku, 32)

    assert checked(market, hands) == CLEAN | {"styles": 1}
    assert drifts(market) == []


def test_what_ages_out_of_the_flow_stays_in_the_opening(market: Market, hands: Hands) -> None:
    """O1: after 180 days the lines are gone, and the proof still holds, also against what was written by hand."""
    (sku,) = market.offer(stock=10)
    buyer = person("anna")
    market.paid(buyer, market.place(buyer, sku, 2))
    market.settle_events()
    hands.move(hours=2)
    assert checked(market, hands) == CLEAN | {"styles": 1}
    opening = opening_of(sku)
    assert (opening.on_hand, opening.held, opening.sold) == (8, 0, 2)
    hands.move(days=181)
    lines = flow_page(sku, 100, None)
    assert len(lines) == 3
    assert all(row.ttl < clock.now().timestamp() for row in lines)
    for row in lines:
        FlowRow(row.pk, row.sk).delete()

    assert checked(market, hands) == CLEAN | {"styles": 1}
    miscount(sku, sold=-1, received=-1)
    assert checked(market, hands)["drifts"] == 1
    (drift,) = drifts(market)
    assert (drift["counted"], drift["flow"], drift["held_by_orders"]) == (figures(8, 0, 1), figures(8, 0, 2), 0)
    assert timedelta(days=180) == FLOW_KEPT


def test_the_opening_is_moved_on_and_nothing_is_added_twice(market: Market, hands: Hands) -> None:
    """O1: two checks at the same time, and one every day."""
    (sku,) = market.offer(stock=30)
    buyer = person("anna")
    for _ in range(3):
        market.place(buyer, sku, 2)
        market.settle_events()
        hands.move(hours=2)
        assert checked(market, hands) == CLEAN | {"styles": 1}
        check_stock.fold_up(sku, clock.now())

    opening = opening_of(sku)
    assert Figures(int(opening.on_hand), int(opening.held), int(opening.sold)) == Figures(24, 6, 0)


def test_the_schedule_checks_once_a_day(market: Market, hands: Hands) -> None:
    """O1: nobody has to ask."""
    market.offer(stock=3)
    sweep_orders(clock.now())
    assert progress(market)["state"] == "never"

    hands.move(days=1, minutes=1)
    sweep_orders(clock.now())
    deliver(orders)

    first = progress(market)
    assert (first["state"], first["styles"]) == ("done", 1)
    sweep_orders(clock.now())
    assert progress(market)["job_id"] == first["job_id"]
    hands.move(days=1, minutes=1)
    sweep_orders(clock.now())
    assert progress(market)["job_id"] != first["job_id"]


def test_who_may_ask_and_a_check_that_runs_goes_on(market: Market) -> None:
    """X1: the shop's own people and the platform; a second request joins the first."""
    market.offer(stock=3)
    first = begin_check(market)["job_id"]

    assert begin_check(market)["job_id"] == first
    path = f"/v1/shops/{market.shop_id}/stock"
    platform = Client(orders.app, token_for("person:olga", platform=True))
    assert platform.get(f"{path}/reconciliation").json["job_id"] == first
    assert platform.get(f"{path}/drifts").json == {"items": [], "next_cursor": None}
    other = person("stranger")
    assert [other.get(f"{path}/{one}").status for one in ("reconciliation", "drifts")] == [404, 404]
    assert other.post(f"{path}/reconciliations").status == 404
    deliver(orders)
    assert begin_check(market)["job_id"] != first


def test_the_flow_is_read_by_time_and_kind(market: Market, hands: Hands) -> None:
    """O1: since and until, only some kinds; pages go on where the last one ended."""
    (sku,) = market.offer(stock=10)
    path, moments = f"/v1/shops/{market.shop_id}/stock/{sku}/flow", []
    for quantity in (1, 2, 3, 4):
        hands.move(minutes=10)
        moments.append(clock.now().isoformat().replace("+00:00", "Z"))
        market.adjust(sku, "subtract" if quantity == 2 else "add", quantity)

    def moved(query: str) -> list[int]:
        reply = market.merchant.get(f"{path}?{query}")
        assert reply.status == 200, reply.text
        return [line["quantity"] for line in reply.json["items"]]

    assert moved("") == [4, 3, -2, 1, 10]
    assert moved(f"since={moments[1]}") == [4, 3, -2]
    assert moved(f"until={moments[2]}") == [-2, 1, 10]
    assert moved(f"since={moments[1]}&until={moments[3]}") == [3, -2]
    assert moved("what=subtract") == [-2]
    page = market.merchant.get(f"{path}?limit=2&since={moments[0]}").json
    rest = market.merchant.get(f"{path}?limit=2&since={moments[0]}&cursor={page['next_cursor']}").json
    assert [line["quantity"] for line in page["items"] + rest["items"]] == [4, 3, -2, 1]
    assert market.merchant.get(f"{path}?limit=2&cursor={page['next_cursor']}").slug == "cursor-invalid"
    assert market.merchant.get(f"{path}?since=yesterday").slug == "validation"


def test_the_operators_check_names_each_shop_that_differs(market: Market, till: Till, hands: Hands) -> None:
    """O1: shops are checked side by side; one that differs is not proven, with the style and both figures."""
    market.offer(stock=4)
    other = open_market(till)
    (wrong,) = other.offer(stock=6)
    hands.move(minutes=2)
    miscount(wrong, held=1)
    assert {market.shop_id, other.shop_id} <= set(shops_to_check(None))
    assert shops_to_check(other.shop_id) == [other.shop_id]
    with pytest.raises(UnknownShop, match="no shop shp_mistyped"):  # it would be found to be without a fault
        shops_to_check("shp_mistyped")

    def pause() -> None:
        deliver(orders)
        hands.move(minutes=3, seconds=1)
        jobs.restart_stalled(STORE, clock.now(), new_id)

    *running, found = check_shops([market.shop_id, other.shop_id], clock.now, pause)

    assert {one.state for one in running[0]} == {"running"}
    sound, drifted = found
    assert (sound.proven, sound.styles, list(sound.drifts)) == (True, 1, [])
    assert (drifted.proven, drifted.state) == (False, "done")
    assert list(drifted.drifts) == [Drift(wrong, Figures(6, 1, 0), Figures(6, 0, 0), 0)]
