"""Every verb of orders as one act that may be repeated: the same key, the same letter, the same event."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from services.orders import app as orders
from services.orders.aftersale.act_when_due import act_when_due
from services.orders.claim_gift import return_gift
from services.orders.decide_address import expire_address
from services.orders.expire_order import expire_order
from services.orders.gift_sheet import all_of
from services.orders.payments.reconcile import reconcile_yesterday
from services.orders.payments.refund import send_refund
from services.orders.receive_order import auto_confirm
from services.orders.settle_order import settle_order
from services.orders.stock.split_stock import fold_epochs
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_order, own_begin
from services.shared.contracts.catalog import MembershipChanged, ProductWithdrawn, ShopChanged
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.orders import OrderCancelled, OrderPaid, OrderPlaced, OrderRefused, RefundDue, StockMoved
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, ids
from services.shared.plumbing.day import BEIJING, day_of
from tests.faults.orders.world import state_of
from tests.integration.http import Client, token_for
from tests.integration.orders import events
from tests.integration.orders.conftest import Hands
from tests.integration.orders.market import Market, person
from tests.integration.verbs.scenario import Act, Scenarios, answered, brought

A_DAY = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
ELSEWHERE = events.ADDRESS | {"detail": "别处 7 号"}
LONG = "明前特级西湖龙井茶叶礼盒装春茶绿茶新茶送礼佳品二百五十克"


@dataclass
class Scene:
    """A shop with two styles of one product, and somebody who has never been here before."""

    market: Market
    hands: Hands
    buyer: Client = field(default_factory=lambda: person(ids.new_id("buyer")))
    skus: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    key: str = field(default_factory=lambda: ids.new_id("key"))
    afterwards: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        self.skus = self.market.offer(stock=9, price_fen=1_000, styles=2, title=LONG)

    def ordered(self) -> str:
        """An order of both styles."""
        lines = [{"sku_id": sku, "quantity": 2} for sku in self.skus]
        reply = self.buyer.post("/v1/orders", self.market.order(self.skus[0]) | {"lines": lines})
        assert reply.status == 201, reply.text
        return str(reply.json["order_id"])

    def paid(self) -> str:
        """The same, paid."""
        order_id = self.ordered()
        self.payments.append(self.market.paid(self.buyer, order_id))
        return order_id

    def shipped(self) -> str:
        """The same, sent."""
        order_id = self.paid()
        assert self.market.ship(order_id).status == 201
        return order_id

    def given(self) -> str:
        """A gift of the first style, paid."""
        return self.market.give(self.buyer, self.skus[0], message="hi")

    def told(self, subject: str, body: type[EventBody]) -> Envelope:
        """What orders told of this."""
        return next(event for event in events.told_of(subject) if event.name == body.NAME)

    def state(self) -> dict[str, Any]:
        """All that orders and WeChat know of it."""
        return state_of(self.market, self.skus, self.payments)


verb = Scenarios[Scene]("orders")
_days = count(1_000)  # from that of a comparison on; nobody else trades that late


@contextmanager
def risk_rules(**bounds: dict[str, int]) -> Iterator[None]:
    """The platform's rules for what is done in here."""
    before = os.environ.pop("ORDERS_RISK_RULES", None)
    os.environ["ORDERS_RISK_RULES"] = json.dumps([{"since": "2026-01-01T00:00:00Z", **bounds}])
    try:
        yield
    finally:
        del os.environ["ORDERS_RISK_RULES"]
        os.environ |= {"ORDERS_RISK_RULES": before} if before else {}


def heard(envelope: Envelope) -> Act:
    """Bring an event as its queue does."""
    return brought(orders.consume, envelope)


@verb("post_order")
def place(scene: Scene) -> Act:
    """By somebody who has no key here yet."""
    lines = [{"sku_id": sku, "quantity": 2} for sku in scene.skus]
    body = scene.market.order(scene.skus[0]) | {"lines": lines}
    return lambda: answered(scene.buyer.post("/v1/orders", body, key=scene.key))


@verb("post_order")
def place_again(scene: Scene) -> Act:
    """By somebody who has bought here before."""
    scene.ordered()
    return place(scene)


@verb("post_order")
def place_found_done(scene: Scene) -> Act:
    """The same key again."""
    act = place(scene)
    act()
    return act


@verb("post_order")
def place_scattered(scene: Scene) -> Act:
    """From all of eight shards."""
    scene.market.split(scene.skus[0], 8)
    return lambda: answered(scene.buyer.post("/v1/orders", scene.market.order(scene.skus[0], 9), key=scene.key))


@verb("post_order")
def place_sold_out(scene: Scene) -> Act:
    """Refused; the shelf hears of it."""
    scene.market.adjust(scene.skus[0], "set", 0)
    return lambda: answered(scene.buyer.post("/v1/orders", scene.market.order(scene.skus[0]), key=scene.key))


@verb("post_order")
def place_after_an_overdue_hold(scene: Scene) -> Act:
    """The hold ends first."""
    scene.hands.move(minutes=36)
    sweep_orders(clock.now())  # what other tests have left unpaid is not in its way
    scene.market.place(person(ids.new_id("anna")), scene.skus[0], 9)
    scene.hands.move(minutes=31)
    return lambda: answered(scene.buyer.post("/v1/orders", scene.market.order(scene.skus[0]), key=scene.key))


@verb("post_payment")
def pay(scene: Scene) -> Act:
    """Start a payment."""
    path = f"/v1/orders/{scene.ordered()}/payment"
    return lambda: answered(scene.buyer.post(path, {"method": "native"}, key=scene.key))


@verb("post_payment")
def pay_another_way(scene: Scene) -> Act:
    """Close one payment and start another."""
    order_id = scene.ordered()
    scene.payments.append(scene.market.start_paying(scene.buyer, order_id))
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/payment", {"method": "h5"}, key=scene.key))


@verb("post_payment_check")
def look_for_payment(scene: Scene) -> Act:
    """Its letter was lost, and the buyer asks."""
    order_id = scene.ordered()
    scene.payments.append(scene.market.pay(scene.buyer, order_id, times=0))
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/payment/check"))


@verb("delete_payment")
def close_payment(scene: Scene) -> Act:
    """Nobody can pay it any more."""
    order_id = scene.ordered()
    scene.payments.append(scene.market.start_paying(scene.buyer, order_id))
    return lambda: answered(scene.buyer.delete(f"/v1/orders/{order_id}/payment"))


@verb("post_notification")
def confirm(scene: Scene) -> Act:
    """WeChat's letter."""
    payment_id = scene.market.pay(scene.buyer, scene.ordered(), times=0)
    letter = scene.market.till.paid_letter(payment_id)
    return lambda: answered(letter.bring())


@verb("post_notification")
def confirm_late(scene: Scene) -> Act:
    """WeChat's letter about money that came too late."""
    payment_id = scene.market.start_paying(scene.buyer, scene.ordered())
    scene.hands.move(minutes=31)
    scene.market.till.phone(payment_id, after_close=True, times=0)
    letter = scene.market.till.paid_letter(payment_id)
    return lambda: answered(letter.bring())


@verb("post_cancellation")
def cancel(scene: Scene) -> Act:
    """With a payment to close."""
    order_id = scene.ordered()
    scene.market.start_paying(scene.buyer, order_id)
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/cancellation"))


@verb("post_cancellation")
def cancel_after_a_split(scene: Scene) -> Act:
    """Its shards are closed."""
    order_id = scene.ordered()
    scene.market.split(scene.skus[0], 3)
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/cancellation"))


@verb("sweep")
def expire(scene: Scene) -> Act:
    """With a payment to close."""
    order_id = scene.ordered()
    scene.market.start_paying(scene.buyer, order_id)
    scene.hands.move(minutes=36)
    return lambda: expire_order(order_id, begin=own_begin(clock.now()), now=clock.now())


@verb("sweep")
def expire_what_was_paid(scene: Scene) -> Act:
    """The letter was lost: the order is paid."""
    order_id = scene.ordered()
    scene.market.pay(scene.buyer, order_id, times=0)
    scene.hands.move(minutes=36)
    return lambda: expire_order(order_id, begin=own_begin(clock.now()), now=clock.now())


@verb("post_shipment")
def ship(scene: Scene) -> Act:
    """A parcel with a part of it."""
    order_id = scene.paid()
    return lambda: answered(scene.market.ship(order_id, [(1, 1)], key=scene.key))


@verb("post_receipt")
def receive(scene: Scene) -> Act:
    """By the buyer."""
    order_id = scene.shipped()
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/receipt"))


@verb("sweep")
def receive_by_itself(scene: Scene) -> Act:
    """By time."""
    order_id = scene.shipped()

    def act() -> None:
        order = find_order(order_id)
        if order is not None and order.due_at(timedelta()) is not None and order.status == "shipped":
            auto_confirm(order, begin=own_begin(clock.now()), now=clock.now())

    return act


@verb("sweep")
def settle(scene: Scene) -> Act:
    """By time."""
    order_id = scene.shipped()
    scene.buyer.post(f"/v1/orders/{order_id}/receipt")

    def act() -> None:
        order = find_order(order_id)
        if order is not None and order.due_at(timedelta()) is not None:
            settle_order(order, begin=own_begin(clock.now()), now=clock.now())

    return act


@verb("post_adjustment")
def adjust_add(scene: Scene) -> Act:
    """To a style whose shelf says that it is gone."""
    scene.market.adjust(scene.skus[0], "set", 0)
    scene.buyer.post("/v1/orders", scene.market.order(scene.skus[0]))
    return lambda: answered(scene.market.adjust(scene.skus[0], "add", 5, key=scene.key))


@verb("post_adjustment")
def adjust_subtract(scene: Scene) -> Act:
    """From several shards."""
    scene.market.split(scene.skus[0], 4)
    return lambda: answered(scene.market.adjust(scene.skus[0], "subtract", 8, key=scene.key))


@verb("post_adjustment")
def adjust_set(scene: Scene) -> Act:
    """Over several shards."""
    scene.market.split(scene.skus[0], 4)
    return lambda: answered(scene.market.adjust(scene.skus[0], "set", 3, key=scene.key))


@verb("post_adjustments")
def adjust_many(scene: Scene) -> Act:
    """Two styles, and one that is not there."""
    line = {"mode": "add", "quantity": 2, "reason": "count"}
    body = {"lines": [line | {"sku_id": sku} for sku in (*scene.skus, "sku_none")]}
    path = f"/v1/shops/{scene.market.shop_id}/stock/adjustments"
    return lambda: answered(scene.market.merchant.post(path, body, key=scene.key))


@verb("patch_stock")
def set_low_stock(scene: Scene) -> Act:
    """To more than there is."""
    path = f"/v1/shops/{scene.market.shop_id}/stock/{scene.skus[0]}"
    return lambda: answered(scene.market.merchant.patch(path, {"low_stock_threshold": 40}))


@verb("put_stock_settings")
def set_shops_low_stock(scene: Scene) -> Act:
    """For all styles."""
    path = f"/v1/shops/{scene.market.shop_id}/stock-settings"
    return lambda: answered(scene.market.merchant.put(path, {"low_stock_threshold": 40}))


@verb("orders.stock_moved")
def hear_moved_to_low(scene: Scene) -> Act:
    """Counted down to its threshold: the shop is told."""
    scene.market.adjust(scene.skus[0], "set", 3)
    return heard(scene.told(scene.skus[0], StockMoved))


@verb("orders.stock_moved")
def hear_moved_up(scene: Scene) -> Act:
    """From two to enough: the next fall is told again."""
    scene.market.adjust(scene.skus[0], "set", 2)
    scene.market.settle_events()
    scene.market.adjust(scene.skus[0], "add", 30)
    return heard(events.told_of(scene.skus[0])[1])


@verb("orders.order_placed")
def hear_placed_to_low(scene: Scene) -> Act:
    """Orders hears itself: the flow of stock, of which little is left."""
    order_id = scene.market.place(scene.buyer, scene.skus[0], 6)
    return heard(scene.told(order_id, OrderPlaced))


@verb("post_stock_check")
def start_stock_check(scene: Scene) -> Act:
    """Of two styles."""
    path = f"/v1/shops/{scene.market.shop_id}/stock/reconciliations"
    return lambda: answered(scene.market.merchant.post(path, key=scene.key))


@verb("plumbing.job_step_due")
def check_stock(scene: Scene) -> Act:
    """Two styles whose counters are what their flow says."""
    start_stock_check(scene)()
    path = f"/v1/shops/{scene.market.shop_id}/stock/reconciliation"
    return heard(scene.told(scene.market.merchant.get(path).json["job_id"], JobStepDue))


@verb("sweep")
def fold_a_drained_epoch(scene: Scene) -> Act:
    """The schedule, after a split that left nothing held."""
    scene.market.split(scene.skus[0], 2)
    return lambda: fold_epochs(scene.skus[0], clock.now())


@verb("get_stock_list")
def list_stock(scene: Scene) -> Act:
    """Of two styles."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/stock")


@verb("get_stock_settings")
def show_stock_settings(scene: Scene) -> Act:
    """As they are for everybody."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/stock-settings")


@verb("get_stock_check")
def show_stock_check(scene: Scene) -> Act:
    """Of one that has begun."""
    start_stock_check(scene)()
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/stock/reconciliation")


@verb("get_stock_drifts")
def list_drifts(scene: Scene) -> Act:
    """None."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/stock/drifts")


@verb("post_shards")
def split(scene: Scene) -> Act:
    """With units held."""
    scene.ordered()
    return lambda: answered(scene.market.split(scene.skus[0], 5, key=scene.key))


@verb("gifts.gift_claimed")
def claim(scene: Scene) -> Act:
    """A gift, by somebody who has no key here yet."""
    order_id = scene.given()
    return heard(events.claimed(scene.market.shop_id, order_id, scene.skus[0], ids.new_id("rita")))


@verb("gifts.gift_granted")
def grant_gift(scene: Scene) -> Act:
    """A merchant's own, of a style that is there."""
    return heard(events.granted(scene.market.shop_id, scene.skus[0]))


@verb("gifts.gift_declined")
def return_declined(scene: Scene) -> Act:
    """A gift, declined."""
    return heard(events.declined(scene.market.shop_id, scene.given()))


@verb("gifts.gift_expired")
def return_expired(scene: Scene) -> Act:
    """A gift, expired."""
    return heard(events.expired(scene.market.shop_id, scene.given()))


@verb("gifts.gift_expired")
def return_unclaimed(scene: Scene) -> Act:
    """What nobody took of a gift for three: one after-sale, which lists it (G6)."""
    body = scene.market.gift(scene.skus[0], mode="group", recipients=3)
    body["lines"][0]["quantity"] = 3
    order_id = str(scene.buyer.post("/v1/orders", body).json["order_id"])
    scene.market.paid(scene.buyer, order_id)
    sheet = find_order(order_id)
    return heard(events.expired(scene.market.shop_id, order_id, all_of(sheet)[1:] if sheet else ()))


@verb("gifts.style_asked")
def style(scene: Scene) -> Act:
    """Another style."""
    return heard(events.style_asked(scene.market.shop_id, scene.given(), scene.skus[1]))


@verb("gifts.style_asked")
def style_sold_out(scene: Scene) -> Act:
    """Another style, which is gone."""
    scene.market.adjust(scene.skus[1], "set", 0)
    return heard(events.style_asked(scene.market.shop_id, scene.given(), scene.skus[1]))


@verb("orders.refund_due")
def refund(scene: Scene) -> Act:
    """Asked of WeChat by its event; its letter comes after it."""
    due = _refund_due(scene)
    scene.afterwards = lambda: answered(scene.market.till.refunded_letter(due.open(RefundDue).payment_id).bring())
    return heard(due)


@verb("sweep")
def refund_by_the_sweep(scene: Scene) -> Act:
    """Found done at WeChat: its letter was lost."""
    due = _refund_due(scene)
    heard(due)()
    scene.market.till.letterbox.take()
    scene.hands.move(minutes=1)  # the next turn
    payment_id, refund_id = due.open(RefundDue).payment_id, due.open(RefundDue).refund_id
    return lambda: send_refund(payment_id, refund_id, begin=own_begin(clock.now()), now=clock.now())


@verb("post_notification")
def refunded(scene: Scene) -> Act:
    """WeChat's letter that it is done."""
    heard(_refund_due(scene))()
    (letter,) = scene.market.till.letterbox.take()
    return lambda: answered(letter.bring())


def _refund_due(scene: Scene) -> Envelope:
    order_id = scene.given()
    heard(events.declined(scene.market.shop_id, order_id))()
    payment_id = str(scene.buyer.get(f"/v1/orders/{order_id}").json["payment_id"])
    return scene.told(payment_id, RefundDue)


@verb("orders.order_placed")
def hear_placed(scene: Scene) -> Act:
    """Orders hears itself: the flow of stock."""
    return heard(scene.told(scene.ordered(), OrderPlaced))


@verb("orders.order_cancelled")
def hear_cancelled(scene: Scene) -> Act:
    """Orders hears itself: the flow of stock, and the shelves."""
    order_id = scene.market.place(scene.buyer, scene.skus[0], 9)
    person(ids.new_id("anna")).post("/v1/orders", scene.market.order(scene.skus[0]))
    scene.buyer.post(f"/v1/orders/{order_id}/cancellation")
    return heard(scene.told(order_id, OrderCancelled))


@verb("orders.order_refused")
def hear_refused(scene: Scene) -> Act:
    """Orders hears itself: the flow of stock, and the shelves."""
    with risk_rules(review={"fen_per_order": 0}):
        order_id = scene.paid()
    _refuse(scene, order_id)()
    return heard(scene.told(order_id, OrderRefused))


@verb("orders.order_paid")
def hear_paid(scene: Scene) -> Act:
    """Orders hears itself: the flow of stock."""
    return heard(scene.told(scene.paid(), OrderPaid))


@verb("catalog.shop_changed")
def take_shop(scene: Scene) -> Act:
    """The shop may not sell any more."""
    shop_id = scene.market.shop_id
    body = ShopChanged(shop_id=shop_id, name="小店", status="passed", can_sell=False, settle_days=3)
    return heard(events.envelope(body, "catalog", shop_id, sequence=2))


@verb("catalog.membership_changed")
def take_membership(scene: Scene) -> Act:
    """Somebody works for the shop."""
    shop_id = scene.market.shop_id
    body = MembershipChanged(shop_id=shop_id, person="person:max", role="operator")
    return heard(events.envelope(body, "catalog", f"{shop_id}/person:max"))


@verb("catalog.product_withdrawn")
def withdraw_offers(scene: Scene) -> Act:
    """Both styles are off the shelf."""
    product_id = scene.market.product_of(scene.skus[0])
    body = ProductWithdrawn(product_id=product_id, shop_id=scene.market.shop_id, reason="merchant")
    return heard(events.envelope(body, "catalog", product_id, sequence=2))


@verb("catalog.product_offered")
def take_offers(scene: Scene) -> Act:
    """A product with a changed style, a new one and without the other one."""
    product_id, fresh = scene.market.product_of(scene.skus[0]), events.style(3, stock=4, price_fen=700)
    kept = events.style(1, stock=99, price_fen=800).model_copy(update={"sku_id": scene.skus[0]})
    scene.skus.append(fresh.sku_id)
    body = events.offered(scene.market.shop_id, product_id, [kept, fresh])
    return heard(events.envelope(body, "catalog", product_id, sequence=2))


@verb("post_quote")
def quote(scene: Scene) -> Act:
    """Both styles."""
    lines = [{"sku_id": sku, "quantity": 2} for sku in scene.skus]
    body = {"shop_id": scene.market.shop_id, "lines": lines, "destination": {"province": "广东省", "city": "深圳市"}}
    return lambda: answered(scene.buyer.post("/v1/quotes", body, key=""))


@verb("get_offers")
def show_offers(scene: Scene) -> Act:
    """Both styles."""
    return _reads(scene.market.stranger(), f"/v1/offers?sku_ids={','.join(scene.skus)}")


@verb("get_orders")
def list_orders(scene: Scene) -> Act:
    """Three of a buyer's."""
    for _ in range(3):
        scene.ordered()
    return _reads(scene.buyer, "/v1/orders?limit=3")


@verb("get_order")
def show_order(scene: Scene) -> Act:
    """To its buyer."""
    return _reads(scene.buyer, f"/v1/orders/{scene.ordered()}")


PLATFORM = "/v1/payment-reconciliations"


def _traded(scene: Scene) -> str:
    """A day of its own, on which an order was paid and another one's letter was lost; it is the next noon."""
    scene.hands.move(days=3 * next(_days))
    paid, unheard = scene.ordered(), scene.ordered()
    scene.market.paid(scene.buyer, paid)
    scene.market.pay(scene.buyer, unheard, times=0)
    day = day_of(clock.now()).isoformat()
    scene.hands.move(days=1)
    scene.hands.move(hours=12 - clock.now().astimezone(BEIJING).hour)
    return day


def _operator() -> Client:
    return Client(orders.app, token_for("person:olga", platform=True))


def _started(scene: Scene) -> str:
    """The day of a comparison that was started by hand; its job's first step is due."""
    day = _traded(scene)
    assert _operator().post(PLATFORM, {"day": day}).status == 202
    return day


def _compared(scene: Scene) -> str:
    """The same, done."""
    day = _started(scene)
    compare_by_hand(scene, day)()
    return day


def compare_by_hand(scene: Scene, day: str) -> Act:
    """The whole comparison, which fits into a step."""
    run = _operator().get(f"{PLATFORM}/{day}").json["run"]
    return heard(scene.told(run, JobStepDue))


@verb("reconcile")
def start_comparing(scene: Scene) -> Act:
    """Yesterday, once."""
    _traded(scene)
    return lambda: reconcile_yesterday(clock.now(), own_begin(clock.now()))


@verb("post_reconciliation")
def start_comparing_by_hand(scene: Scene) -> Act:
    """Any day."""
    day = _traded(scene)
    return lambda: answered(_operator().post(PLATFORM, {"day": day}, key=scene.key))


@verb("plumbing.job_step_due")
def compare(scene: Scene) -> Act:
    """WeChat's bill of two payments with ours: one difference."""
    return compare_by_hand(scene, _started(scene))


@verb("get_reconciliation")
def show_reconciliation(scene: Scene) -> Act:
    """To the platform."""
    return _reads(_operator(), f"{PLATFORM}/{_compared(scene)}")


@verb("get_shop_reconciliation")
def show_shops_reconciliation(scene: Scene) -> Act:
    """To the shop."""
    day = _compared(scene)
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/payment-reconciliations/{day}")


@verb("get_payment")
def show_payment(scene: Scene) -> Act:
    """To who pays."""
    order_id = scene.ordered()
    scene.market.start_paying(scene.buyer, order_id)
    return _reads(scene.buyer, f"/v1/orders/{order_id}/payment")


@verb("get_shop_orders")
def list_the_shops_orders(scene: Scene) -> Act:
    """Three."""
    for _ in range(3):
        scene.ordered()
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/orders?limit=3")


@verb("get_shop_order")
def show_the_shops_order(scene: Scene) -> Act:
    """To its merchant."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/orders/{scene.ordered()}")


@verb("get_stock")
def show_stock(scene: Scene) -> Act:
    """Of a style with one counter."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/stock/{scene.skus[0]}")


@verb("get_flow")
def show_flow(scene: Scene) -> Act:
    """Of an adjusted style."""
    scene.market.adjust(scene.skus[0], "add", 5)
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/stock/{scene.skus[0]}/flow")


@verb("get_ledger")
def show_ledger(scene: Scene) -> Act:
    """Of one sale."""
    scene.paid()
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/ledger")


@verb("get_balance")
def show_balance(scene: Scene) -> Act:
    """After one sale."""
    scene.paid()
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/balance")


def _reads(client: Client, path: str) -> Act:
    return lambda: answered(client.get(path))


def _template(scene: Scene, **terms: Any) -> dict[str, Any]:
    rate = {"first_fen": 800, "more_fen": 200}
    return {"name": "快递", "default_rate": rate, "not_served": ["西藏自治区"]} | terms


@verb("post_freight_template")
def write_freight_template(scene: Scene) -> Act:
    """The shop's first one, its default."""
    path = f"/v1/shops/{scene.market.shop_id}/freight-templates"
    return lambda: answered(scene.market.merchant.post(path, _template(scene, is_default=True), key=scene.key))


@verb("put_freight_template")
def change_freight_template(scene: Scene) -> Act:
    """By weight from now on."""
    path = f"/v1/shops/{scene.market.shop_id}/freight-templates/{scene.market.freight()}"
    return lambda: answered(scene.market.merchant.put(path, _template(scene, charge_by="weight")))


@verb("delete_freight_template")
def delete_freight_template(scene: Scene) -> Act:
    """One that no product names."""
    path = f"/v1/shops/{scene.market.shop_id}/freight-templates/{scene.market.freight()}"
    return lambda: answered(scene.market.merchant.delete(path))


@verb("post_payment")
def pay_for_the_first_time(scene: Scene) -> Act:
    """By somebody of whom nothing is remembered yet; another payment of it is not judged again."""
    order_id = scene.ordered()
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/payment", {"method": "h5"}, key=scene.key))


@verb("post_payment")
def pay_denied(scene: Scene) -> Act:
    """What is denied is written down, once."""
    (dear,) = scene.market.offer(stock=9, price_fen=1_000_000_000)
    scene.skus.append(dear)
    order_id = scene.market.place(scene.buyer, dear)

    def act() -> None:
        with risk_rules(deny={"fen_per_order": 999_999_999}):
            answered(scene.buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"}, key=scene.key))

    return act


@verb("post_clearance")
def clear_gift(scene: Scene) -> Act:
    """A gift that is paid: gifts hears of it now."""
    with risk_rules(review={"fen_per_order": 0}):
        order_id = scene.given()
    path = f"/v1/shops/{scene.market.shop_id}/orders/{order_id}/clearance"
    return lambda: answered(scene.market.merchant.post(path, {"note": "regular"}, key=""))


def _refuse(scene: Scene, order_id: str) -> Act:
    path = f"/v1/shops/{scene.market.shop_id}/orders/{order_id}/refusal"
    return lambda: answered(scene.market.merchant.post(path, {"note": "strange"}, key=""))


@verb("post_refusal")
def refuse_order(scene: Scene) -> Act:
    """A purchase that is paid: its stock, its money and its event."""
    with risk_rules(review={"fen_per_order": 0}):
        return _refuse(scene, scene.paid())


@verb("post_refusal")
def refuse_unpaid_order(scene: Scene) -> Act:
    """Somebody may be paying it: WeChat is asked, and closes."""
    order_id = scene.ordered()
    with risk_rules(review={"fen_per_order": 0}):
        scene.payments.append(scene.market.start_paying(scene.buyer, order_id))
    return _refuse(scene, order_id)


@verb("sweep")
def return_gift_that_nobody_cleared(scene: Scene) -> Act:
    """A day after its payment."""
    with risk_rules(review={"fen_per_order": 0}):
        order_id = scene.given()
    scene.hands.move(hours=25)

    def act() -> None:
        order = find_order(order_id)
        if order is not None and order.due_at(timedelta()) is not None:
            now = clock.now()
            return_gift(order_id, all_of(order), "gift_expired", begin=own_begin(now), now=now)

    return act


@verb("get_risk")
def show_risk(scene: Scene) -> Act:
    """Of an order that was judged."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/orders/{scene.paid()}/risk")


@verb("post_order")
def place_with_freight_and_a_limit(scene: Scene) -> Act:
    """What its buyer has of it is counted."""
    template_id = scene.market.freight()
    scene.skus += scene.market.offer(stock=9, freight_template_id=template_id, max_per_buyer=2)
    return lambda: answered(scene.buyer.post("/v1/orders", scene.market.order(scene.skus[-1], 2), key=scene.key))


@verb("post_cancellation")
def cancel_with_a_limit(scene: Scene) -> Act:
    """Its buyer may have as many again."""
    scene.skus += scene.market.offer(stock=9, max_per_buyer=2)
    order_id = scene.market.place(scene.buyer, scene.skus[-1], 2)
    return lambda: answered(scene.buyer.post(f"/v1/orders/{order_id}/cancellation"))


@verb("get_freight_templates")
def list_freight_templates(scene: Scene) -> Act:
    """Two of them."""
    scene.market.freight(), scene.market.freight()
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/freight-templates")


@verb("get_freight_template")
def show_freight_template(scene: Scene) -> Act:
    """One of them."""
    path = f"/v1/shops/{scene.market.shop_id}/freight-templates/{scene.market.freight()}"
    return _reads(scene.market.merchant, path)


@verb("patch_shipment")
def correct_a_waybill(scene: Scene) -> Act:
    """The parcel went under another number."""
    path = f"/v1/shops/{scene.market.shop_id}/orders/{scene.shipped()}/shipments/1"
    return lambda: answered(scene.market.merchant.patch(path, {"waybill": "SF2"}))


@verb("post_receipt_extension")
def extend_receipt(scene: Scene) -> Act:
    """By the buyer."""
    path = f"/v1/orders/{scene.shipped()}/receipt-extension"
    return lambda: answered(scene.buyer.post(path))


@verb("post_price")
def change_price(scene: Scene) -> Act:
    """While somebody is about to pay the old one."""
    order_id = scene.ordered()
    scene.payments.append(scene.market.start_paying(scene.buyer, order_id))
    path = f"/v1/shops/{scene.market.shop_id}/orders/{order_id}/price"
    return lambda: answered(scene.market.merchant.post(path, {"total_fen": 3_001}, key=scene.key))


@verb("post_address_change")
def ask_for_another_address(scene: Scene) -> Act:
    """The shop is asked."""
    return _ask_address(scene, scene.paid())


@verb("post_address_change")
def take_another_address(scene: Scene) -> Act:
    """The shop takes it at once."""
    scene.market.merchant.put(_policy_of(scene), {"address_change": "automatic"})
    return _ask_address(scene, scene.paid())


@verb("post_address_decision")
def accept_another_address(scene: Scene) -> Act:
    """In time."""
    order_id = scene.paid()
    _ask_address(scene, order_id)()
    path = f"/v1/shops/{scene.market.shop_id}/orders/{order_id}/address-change/decisions"
    return lambda: answered(scene.market.merchant.post(path, {"decision": "accept"}, key="d" + scene.key))


@verb("sweep")
def let_an_address_wait(scene: Scene) -> Act:
    """Nobody answered in time."""
    order_id = scene.paid()
    _ask_address(scene, order_id)()
    scene.hands.move(hours=25)

    def sweep() -> None:
        order = find_order(order_id)
        assert order is not None
        if order.as_of(clock.now()) is not order:
            expire_address(order, begin=own_begin(clock.now()), now=clock.now())

    return sweep


@verb("post_address")
def change_an_address(scene: Scene) -> Act:
    """By the merchant."""
    path = f"/v1/shops/{scene.market.shop_id}/orders/{scene.paid()}/address"
    return lambda: answered(scene.market.merchant.post(path, {"address": ELSEWHERE}, key=scene.key))


@verb("put_fulfilment_policy")
def set_a_policy(scene: Scene) -> Act:
    """Automatic from now on."""
    return lambda: answered(scene.market.merchant.put(_policy_of(scene), {"address_change": "automatic"}))


@verb("get_fulfilment_policy")
def show_a_policy(scene: Scene) -> Act:
    """The usual one."""
    return _reads(scene.market.merchant, _policy_of(scene))


@verb("post_note")
def write_a_note(scene: Scene) -> Act:
    """About an order."""
    path = _notes_on(scene, scene.ordered())
    return lambda: answered(scene.market.merchant.post(path, {"text": "call her first"}, key=scene.key))


@verb("get_notes")
def read_notes(scene: Scene) -> Act:
    """Two."""
    path = _notes_on(scene, scene.ordered())
    for _ in range(2):
        scene.market.merchant.post(path, {"text": "call her first"})
    return _reads(scene.market.merchant, path)


def _ask_address(scene: Scene, order_id: str) -> Act:
    path = f"/v1/orders/{order_id}/address-change"
    return lambda: answered(scene.buyer.post(path, {"address": ELSEWHERE}, key=scene.key))


def _policy_of(scene: Scene) -> str:
    return f"/v1/shops/{scene.market.shop_id}/fulfilment-policy"


def _notes_on(scene: Scene, order_id: str) -> str:
    return f"/v1/shops/{scene.market.shop_id}/orders/{order_id}/notes"


@verb("post_order_export")
def start_an_export(scene: Scene) -> Act:
    """Of a day."""
    return lambda: answered(scene.market.merchant.post(_exports_of(scene), A_DAY, key=scene.key))


@verb("get_order_exports")
def list_exports(scene: Scene) -> Act:
    """Two."""
    for _ in range(2):
        scene.market.merchant.post(_exports_of(scene), A_DAY)
    return _reads(scene.market.merchant, _exports_of(scene))


@verb("get_order_export")
def show_an_export(scene: Scene) -> Act:
    """One that has just begun."""
    started = scene.market.merchant.post(_exports_of(scene), A_DAY)
    return _reads(scene.market.merchant, f"{_exports_of(scene)}/{started.json['export_id']}")


def _exports_of(scene: Scene) -> str:
    return f"/v1/shops/{scene.market.shop_id}/order-exports"


def _asked(scene: Scene, order_id: str, kind: str, **more: Any) -> dict[str, Any]:
    """An after-sale of one piece of the first line."""
    line = {"line_no": 1, "quantity": 1} | more
    body = {"kind": kind, "reason": "quality", "lines": [line], "text": "broken"}
    reply = scene.buyer.post(f"/v1/orders/{order_id}/aftersales", body)
    assert reply.status == 201, reply.text
    return dict(reply.json)


def _case(scene: Scene, kind: str = "return_refund", *steps: str, **more: Any) -> str:
    """An after-sale of goods that were sent, so far on its way; returns its id."""
    case = str(_asked(scene, scene.shipped(), kind, **more)["aftersale_id"])
    acts = {
        "agree": lambda: _of_shop(scene, case, "decision", {"decision": "agree", "return_address": events.ADDRESS}),
        "reject": lambda: _of_shop(scene, case, "decision", {"decision": "reject", "reason": "used"}),
        "dispute": lambda: _of_buyer(scene, case, "dispute"),
        "send_back": lambda: _of_buyer(scene, case, "return-shipment", PARCEL),
        "receive": lambda: _of_shop(scene, case, "receipt", {"sellable": True}),
        "send_again": lambda: _of_shop(scene, case, "shipment", PARCEL),
    }
    for step in steps:
        acts[step]()()
    return case


PARCEL = {"carrier": "SF", "waybill": "SF7"}


def _of_buyer(scene: Scene, case: str, what: str, body: dict[str, Any] | None = None) -> Act:
    key = f"{what}{scene.key}"
    return lambda: answered(scene.buyer.post(f"/v1/aftersales/{case}/{what}", body, key=key))


def _of_shop(scene: Scene, case: str, what: str, body: dict[str, Any]) -> Act:
    path = f"/v1/shops/{scene.market.shop_id}/aftersales/{case}/{what}"
    key = f"{what}{scene.key}"
    return lambda: answered(scene.market.merchant.post(path, body, key=key))


def _by_time(scene: Scene, case: str, **later: float) -> Act:
    scene.hands.move(**later)
    return lambda: act_when_due(case, begin=own_begin(clock.now()), now=clock.now())


@verb("post_aftersale")
def open_an_aftersale(scene: Scene) -> Act:
    """The shop is asked."""
    line = {"line_no": 1, "quantity": 1}
    path = f"/v1/orders/{scene.shipped()}/aftersales"
    body = {"kind": "return_refund", "reason": "quality", "lines": [line], "text": "broken"}
    return lambda: answered(scene.buyer.post(path, body, key=scene.key))


@verb("post_aftersale")
def refund_at_once(scene: Scene) -> Act:
    """One of two pieces that were not sent."""
    path = f"/v1/orders/{scene.paid()}/aftersales"
    body = {"kind": "refund", "reason": "changed_mind", "lines": [{"line_no": 1, "quantity": 1}]}
    return lambda: answered(scene.buyer.post(path, body, key=scene.key))


@verb("post_aftersale")
def refund_on_trust(scene: Scene) -> Act:
    """A small amount for what was sent."""
    path = f"/v1/orders/{scene.shipped()}/aftersales"
    body = {"kind": "refund", "reason": "damaged", "lines": [{"line_no": 1, "quantity": 1}]}
    return lambda: answered(scene.buyer.post(path, body, key=scene.key))


@verb("post_notification")
def refunded_at_once(scene: Scene) -> Act:
    """WeChat's letter ends the after-sale; the platform has advanced the money."""
    order_id = scene.paid()
    _asked(scene, order_id, "refund")
    heard(scene.told(scene.payments[-1], RefundDue))()
    (letter,) = scene.market.till.letterbox.take()
    return lambda: answered(letter.bring())


@verb("sweep")
def repay_an_advance(scene: Scene) -> Act:
    """A day later."""
    order_id = scene.paid()
    case = _asked(scene, order_id, "refund")["aftersale_id"]
    heard(scene.told(scene.payments[-1], RefundDue))()
    (letter,) = scene.market.till.letterbox.take()
    answered(letter.bring())
    return _by_time(scene, case, hours=25)


@verb("post_aftersale_decision")
def agree_to_an_aftersale(scene: Scene) -> Act:
    """The goods are to come back."""
    case = _case(scene)
    return _of_shop(scene, case, "decision", {"decision": "agree", "return_address": events.ADDRESS})


@verb("post_aftersale_decision")
def agree_to_an_exchange(scene: Scene) -> Act:
    """The new goods are taken."""
    case = _case(scene, "exchange", sku_id=scene.skus[1])
    return _of_shop(scene, case, "decision", {"decision": "agree", "return_address": events.ADDRESS})


@verb("post_aftersale_decision")
def reject_an_aftersale(scene: Scene) -> Act:
    """With a reason."""
    return _of_shop(scene, _case(scene), "decision", {"decision": "reject", "reason": "used", "text": "worn"})


@verb("post_return_shipment")
def send_goods_back(scene: Scene) -> Act:
    """By the buyer."""
    return _of_buyer(scene, _case(scene, "return_refund", "agree"), "return-shipment", PARCEL)


@verb("post_return_receipt")
def receive_goods_back(scene: Scene) -> Act:
    """They can be sold again; the money is set aside."""
    return _of_shop(scene, _case(scene, "return_refund", "agree", "send_back"), "receipt", {"sellable": True})


@verb("post_aftersale_shipment")
def send_other_goods(scene: Scene) -> Act:
    """In exchange."""
    case = _case(scene, "exchange", "agree", "send_back", "receive", sku_id=scene.skus[1])
    return _of_shop(scene, case, "shipment", PARCEL)


@verb("post_aftersale_receipt")
def confirm_other_goods(scene: Scene) -> Act:
    """They came."""
    case = _case(scene, "reship", "agree", "send_again")
    return lambda: answered(scene.buyer.post(f"/v1/aftersales/{case}/receipt"))


@verb("post_dispute")
def dispute_a_rejection(scene: Scene) -> Act:
    """In time."""
    return _of_buyer(scene, _case(scene, "return_refund", "reject"), "dispute")


@verb("post_ruling")
def rule_for_the_shop(scene: Scene) -> Act:
    """That ends it."""
    case = _case(scene, "return_refund", "reject", "dispute")
    path, body = f"/v1/aftersales/{case}/decision", {"decision": "for_shop", "text": "worn"}
    return lambda: answered(_operator().post(path, body, key=scene.key))


@verb("post_withdrawal_of_aftersale")
def withdraw_an_exchange(scene: Scene) -> Act:
    """The goods that were kept for it are for sale again."""
    case = _case(scene, "exchange", "agree", sku_id=scene.skus[1])
    return lambda: answered(scene.buyer.post(f"/v1/aftersales/{case}/withdrawal"))


@verb("post_evidence")
def hand_evidence_in(scene: Scene) -> Act:
    """Words."""
    return _of_buyer(scene, _case(scene), "evidence", {"text": "see the photo"})


@verb("post_shop_evidence")
def hand_the_shops_evidence_in(scene: Scene) -> Act:
    """Words."""
    return _of_shop(scene, _case(scene), "evidence", {"text": "packed well"})


@verb("sweep")
def agree_by_silence(scene: Scene) -> Act:
    """The shop has not answered in two days."""
    return _by_time(scene, _case(scene), hours=49)


@verb("sweep")
def receive_by_silence(scene: Scene) -> Act:
    """Nobody has said what came back in ten days."""
    return _by_time(scene, _case(scene, "return_refund", "agree", "send_back"), days=11)


@verb("sweep")
def refund_what_is_not_sent_again(scene: Scene) -> Act:
    """The shop has not sent it in two days."""
    return _by_time(scene, _case(scene, "reship", "agree"), hours=49)


@verb("sweep")
def close_what_is_not_sent_back(scene: Scene) -> Act:
    """The buyer has kept it."""
    return _by_time(scene, _case(scene, "return_refund", "agree"), days=8)


@verb("sweep")
def confirm_by_silence(scene: Scene) -> Act:
    """Nobody has missed it in ten days."""
    return _by_time(scene, _case(scene, "reship", "agree", "send_again"), days=11)


@verb("get_aftersale")
def show_an_aftersale(scene: Scene) -> Act:
    """To its applicant."""
    return _reads(scene.buyer, f"/v1/aftersales/{_case(scene)}")


@verb("get_order_aftersales")
def list_an_orders_aftersales(scene: Scene) -> Act:
    """One."""
    order_id = scene.shipped()
    _asked(scene, order_id, "return_refund")
    return _reads(scene.buyer, f"/v1/orders/{order_id}/aftersales")


@verb("get_shop_aftersales")
def list_a_shops_aftersales(scene: Scene) -> Act:
    """Two."""
    _case(scene), _case(scene)
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/aftersales")


@verb("get_shop_aftersale")
def show_a_shops_aftersale(scene: Scene) -> Act:
    """One."""
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/aftersales/{_case(scene)}")


@verb("get_fast_refunds")
def show_fast_refunds(scene: Scene) -> Act:
    """Of a day."""
    _asked(scene, scene.paid(), "refund")
    return _reads(scene.market.merchant, f"/v1/shops/{scene.market.shop_id}/fast-refunds")


@verb("post_upload")
def ask_for_a_place_for_a_file(scene: Scene) -> Act:
    """A picture."""
    asked = {"purpose": "aftersale_evidence", "content_type": "image/jpeg", "bytes": 3, "sha256": "0" * 64}
    return lambda: answered(scene.buyer.post("/v1/uploads", asked, key=scene.key))
