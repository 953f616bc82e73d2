"""What verbs cost is committed in budgets.py, and does not rise unseen."""

from collections.abc import Callable

import pytest

from services.orders.receive_order import auto_confirm
from services.orders.settle_order import settle_order
from services.orders.tables import find_order, own_begin
from services.shared.contracts.orders import OrderCancelled, OrderPaid, OrderPlaced
from services.shared.plumbing import clock, ids
from tests.integration.http import Client
from tests.integration.orders.budgets import COSTS, PLACING, Cost
from tests.integration.orders.events import hear, told_of
from tests.integration.orders.market import Market, person
from tests.integration.orders.meter import Bill, metered
from tests.integration.orders.till import Letterbox

LONG = "明前特级西湖龙井茶叶礼盒装春茶绿茶新茶送礼佳品二百五十克"
Act = Callable[[], object]


class Stand:
    """A shop with two styles, and a buyer. A verb is prepared on it first, then counted alone."""

    def __init__(self, market: Market, title: str = LONG) -> None:
        self.market, self.buyer = market, person(ids.new_id("buyer"))
        self.skus = market.offer(stock=50, styles=2, title=title)

    def body(self) -> dict[str, object]:
        """An order of one each of two styles."""
        lines = [{"sku_id": sku, "quantity": 1} for sku in self.skus]
        return self.market.order(self.skus[0]) | {"lines": lines}

    def placed(self, buyer: Client | None = None) -> str:
        """Such an order, placed."""
        reply = (buyer or self.buyer).post("/v1/orders", self.body())
        assert reply.status == 201, reply.text
        return str(reply.json["order_id"])

    def paid(self) -> str:
        """The same, paid."""
        order_id = self.placed()
        self.market.paid(self.buyer, order_id)
        return order_id

    def shipped(self) -> str:
        """The same, sent."""
        order_id = self.paid()
        assert self.market.ship(order_id).status == 201
        return order_id


def place_first_time(stand: Stand) -> Act:
    """By somebody who has no key here yet."""
    return lambda: stand.placed(person(ids.new_id("new")))


def place(stand: Stand) -> Act:
    """By somebody whose key is at hand."""
    stand.placed()
    return stand.placed


def place_with_a_limit(stand: Stand) -> Act:
    """Two products of which a buyer may have so many, with freight, by somebody whose key is at hand."""
    market, titles = stand.market, [LONG, LONG]
    market.freight(is_default=True, rates=[{"regions": ["西藏自治区"], "first_fen": 1, "more_fen": 1}])
    stand.skus = [sku for title in titles for sku in market.offer(stock=50, title=title, max_per_buyer=9)]
    return place(stand)


def place_again_with_the_same_key(stand: Stand) -> Act:
    """Found done."""
    key, body = ids.new_id("key"), stand.body()
    stand.buyer.post("/v1/orders", body, key=key)
    return lambda: stand.buyer.post("/v1/orders", body, key=key)


def refused_as_sold_out(stand: Stand) -> Act:
    """The shelf has heard of it already."""
    stand.market.adjust(stand.skus[0], "set", 0)
    stand.buyer.post("/v1/orders", stand.body())
    return lambda: stand.buyer.post("/v1/orders", stand.body())


def start_paying(stand: Stand) -> Act:
    """By QR code."""
    order_id = stand.placed()
    return lambda: stand.market.start_paying(stand.buyer, order_id)


def confirm(stand: Stand) -> Act:
    """WeChat's letter."""
    payment_id = stand.market.pay(stand.buyer, stand.placed(), times=0)
    return stand.market.till.paid_letter(payment_id).bring


def cancel(stand: Stand) -> Act:
    """Nobody had started to pay."""
    order_id = stand.placed()
    return lambda: stand.buyer.post(f"/v1/orders/{order_id}/cancellation")


def ship(stand: Stand) -> Act:
    """All of it."""
    order_id = stand.paid()
    return lambda: stand.market.ship(order_id)


def receive(stand: Stand) -> Act:
    """By the buyer."""
    order_id = stand.shipped()
    return lambda: stand.buyer.post(f"/v1/orders/{order_id}/receipt")


def receive_by_itself(stand: Stand) -> Act:
    """By time."""
    order = find_order(stand.shipped())
    assert order is not None
    return lambda: auto_confirm(order, begin=own_begin(clock.now()), now=clock.now())


def settle(stand: Stand) -> Act:
    """By time."""
    order_id = stand.shipped()
    stand.buyer.post(f"/v1/orders/{order_id}/receipt")
    order = find_order(order_id)
    assert order is not None
    return lambda: settle_order(order, begin=own_begin(clock.now()), now=clock.now())


def read_an_order(stand: Stand) -> Act:
    """By its buyer."""
    order_id = stand.placed()
    return lambda: stand.buyer.get(f"/v1/orders/{order_id}")


def list_orders(stand: Stand) -> Act:
    """Three of a buyer's."""
    for _ in range(3):
        stand.placed()
    return lambda: stand.buyer.get("/v1/orders?limit=3")


def list_the_shops_orders(stand: Stand) -> Act:
    """Three of a shop's."""
    for _ in range(3):
        stand.placed()
    return lambda: stand.market.merchant.get(f"/v1/shops/{stand.market.shop_id}/orders?limit=3")


def hear_placed(stand: Stand) -> Act:
    """Orders hears itself."""
    return _hearing(stand.placed(), OrderPlaced.NAME)


def hear_paid(stand: Stand) -> Act:
    """Orders hears itself."""
    return _hearing(stand.paid(), OrderPaid.NAME)


def hear_cancelled(stand: Stand) -> Act:
    """Orders hears itself."""
    order_id = stand.placed()
    stand.buyer.post(f"/v1/orders/{order_id}/cancellation")
    return _hearing(order_id, OrderCancelled.NAME)


def _hearing(order_id: str, name: str) -> Act:
    event = next(one for one in told_of(order_id) if one.name == name)
    return lambda: hear(event)


VERBS = (
    place, place_with_a_limit, place_first_time, place_again_with_the_same_key, refused_as_sold_out, start_paying,
    confirm, cancel, ship, receive, receive_by_itself, settle, read_an_order, list_orders, list_the_shops_orders,
    hear_placed, hear_paid, hear_cancelled,
)  # fmt: skip


def counted(act: Act) -> tuple[Bill, Cost]:
    """What it took."""
    with metered() as bill:
        act()
    return bill, Cost(sum(bill.calls.values()), bill.write_units, bill.read_units)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_a_verb_costs_what_is_committed(market: Market, letterbox: Letterbox, verb: Callable[[Stand], Act]) -> None:
    """A rise needs a reason and a new line in budgets.py; so does a fall, or it could rise again unseen."""
    bill, cost = counted(verb(Stand(market)))

    assert cost == COSTS[verb.__name__], (bill.calls, bill.writes)


def test_placing_two_lines_keeps_the_designs_budget(market: Market) -> None:
    """O2: one transaction and at most one batched read; within 20 write units, also for a first-time buyer."""
    known, (_, first) = counted(place(Stand(market))), counted(place_first_time(Stand(market)))
    bill, cost = known

    assert bill.calls == {"BatchGetItem": 1, "TransactWriteItems": 1}
    limited = counted(place_with_a_limit(Stand(market)))[1]
    for one in (cost, limited):
        assert all(spent <= allowed for spent, allowed in zip(one, PLACING, strict=True)), one
    assert first.write_units - cost.write_units == 1  # the person's key, once per person


def test_placing_costs_the_same_however_many_orders_there_are(market: Market) -> None:
    """O2: nothing grows with the table."""
    stand = Stand(market)
    act = place(stand)

    assert {counted(act)[1] for _ in range(8)} == {COSTS["place"]}
