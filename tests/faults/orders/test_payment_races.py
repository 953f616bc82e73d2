"""Paying against everything that may happen at the same moment (O3), in bad weather and in every order.

Whoever comes first: at the end an order is paid by exactly one payment or by none, and what WeChat keeps of the buyer's
money is what our books say.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import requests

from infra.faults import Fault, FaultsProxy
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_order
from services.shared.contracts.orders import OrderCancelled, OrderPaid
from services.shared.plumbing import clock
from tests.faults.orders.books import check
from tests.integration.http import Client, Reply
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Till

PRICE = 700
# (mode, weathers): one of them in `make test`, the rest at length.
ROUNDS = [
    pytest.param("direct", (0,), id="direct"),
    pytest.param("direct", (1, 2, 3), id="direct, other weathers", marks=pytest.mark.slow),
    pytest.param("partner", (0,), id="partner", marks=pytest.mark.slow),
]
WEATHER = [
    Fault("latency", probability=0.3),
    Fault("conflict", probability=0.1),
    Fault("throttle", probability=0.05, code="ThrottlingError"),
    Fault("lose_answer", probability=0.05),
    Fault("fail_before", probability=0.05, how="error"),
]


@dataclass
class Scene:
    """One order that a buyer is about to pay."""

    market: Market
    hands: Hands
    buyer: Client
    sku: str
    order_id: str
    payments: list[str] = field(default_factory=list)

    @property
    def till(self) -> Till:
        return self.market.till

    def start(self, method: str = "native") -> None:
        """Start a payment, however often it takes; the order may be over."""
        path = f"/v1/orders/{self.order_id}/payment"
        reply = patiently(lambda: self.buyer.post(path, {"method": method}))
        if reply.status == 201:
            self.payments.append(reply.json["payment_id"])

    def press(self, number: int = 0, **action: object) -> None:
        """The buyer pays, unless WeChat says that it is too late; its letter is on its way then."""
        url = f"{self.till.url}/sandbox/payments/{self.payments[number]}"
        answer = requests.post(url, json={"action": "pay"} | action, timeout=60)
        assert answer.ok or answer.json()["code"] == "ORDER_CLOSED", answer.text

    def bring(self, number: int = 0) -> None:
        """The letter of a payment, three times."""
        letter = self.till.paid_letter(self.payments[number], trade_state="SUCCESS")
        for _ in range(3):
            patiently(letter.bring)

    def cancel(self) -> None:
        patiently(lambda: self.buyer.post(f"/v1/orders/{self.order_id}/cancellation"))

    def close(self) -> None:
        patiently(lambda: self.buyer.delete(f"/v1/orders/{self.order_id}/payment"))

    def look(self) -> None:
        patiently(lambda: self.buyer.post(f"/v1/orders/{self.order_id}/payment/check"))

    def sweep(self) -> None:
        sweep_orders(clock.now())


def patiently(send: Callable[[], Reply]) -> Reply:
    """Until there is an answer: 503 is none."""
    for _ in range(60):
        reply = send()
        if reply.status != 503:
            assert reply.status < 500, reply.text
            return reply
    raise AssertionError("never answered")


Act = Callable[[Scene], None]


@dataclass(frozen=True)
class Race:
    """Two acts that meet, after what came before them; in which states the order may end."""

    before: tuple[Act, ...]
    acts: tuple[Act, Act]
    ends: frozenset[str]


def paid_in_time_told_in_grace(scene: Scene) -> None:
    """The grace is over with the next second that counts, and nobody has told yet."""
    scene.press(times=0)
    scene.hands.move(minutes=34)


def paid_in_time_told_too_late(scene: Scene) -> None:
    """The letter and the sweep come when the grace is over."""
    scene.press(times=0)
    scene.hands.move(minutes=36)


def paid_too_late(scene: Scene) -> None:
    """Its time was over, the hold still stands."""
    scene.hands.move(minutes=31)
    scene.press(times=0, after_close=True)


START: Act = lambda scene: scene.start()  # noqa: E731 - a table of acts reads better than a page of functions
PRESS: Act = lambda scene: scene.press()  # noqa: E731
PAID: Act = lambda scene: scene.press(times=0)  # noqa: E731
BRING: Act = lambda scene: scene.bring()  # noqa: E731

EITHER, PAID_ONLY, OVER = frozenset({"to_ship", "cancelled"}), frozenset({"to_ship"}), frozenset({"cancelled"})
RACES = {
    "pay against close": Race((START,), (PRESS, Scene.close), frozenset({"to_ship", "cancelled"})),
    "pay against cancel": Race((START,), (PRESS, Scene.cancel), EITHER),
    "letter against close": Race((START, PAID), (BRING, Scene.close), PAID_ONLY),
    "letter against cancel": Race((START, PAID), (BRING, Scene.cancel), PAID_ONLY),
    "letter against another way": Race((START, PAID), (BRING, lambda scene: scene.start("h5")), PAID_ONLY),
    "pay against another way": Race((START,), (PRESS, lambda scene: scene.start("h5")), EITHER),
    "letter against a look": Race((START, PAID), (BRING, Scene.look), PAID_ONLY),
    "two payments": Race(
        (START, lambda scene: scene.start("h5")),
        (lambda scene: scene.press(0, after_close=True), lambda scene: scene.press(1)),
        PAID_ONLY,
    ),
    "letter in grace against sweep": Race((START, paid_in_time_told_in_grace), (BRING, Scene.sweep), PAID_ONLY),
    "letter after grace against sweep": Race((START, paid_in_time_told_too_late), (BRING, Scene.sweep), PAID_ONLY),
    "late letter against sweep": Race((START, paid_too_late), (BRING, Scene.sweep), OVER),
    "sweep against sweep, letter lost": Race(
        (START, paid_in_time_told_too_late), (Scene.sweep, Scene.sweep), PAID_ONLY
    ),
}


@pytest.fixture
def scene(market: Market, hands: Hands) -> Callable[[], Scene]:
    """Another order of the same shop, at the real time."""
    (sku,) = market.offer(stock=12, price_fen=PRICE)

    def fresh() -> Scene:
        hands.moved *= 0
        buyer = person("anna")
        return Scene(market, hands, buyer, sku, market.place(buyer, sku))

    return fresh


@pytest.mark.parametrize("first", [0, 1, None], ids=["in order", "the other way", "together"])
@pytest.mark.parametrize("name", sorted(RACES))
@pytest.mark.parametrize(("mode", "weathers"), ROUNDS, indirect=["mode"])
def test_whoever_comes_first(
    scene: Callable[[], Scene], proxy: FaultsProxy, weathers: tuple[int, ...], name: str, first: int | None
) -> None:
    """O3: rounds, each with other weather; afterwards everything is told, swept and paid back."""
    race, fired = RACES[name], 0
    for seed in weathers:
        one = scene()
        for act in race.before:
            act(one)

        proxy.clear(seed)
        proxy.plan(*WEATHER)
        meet(race.acts, one, first, random.Random(seed))
        fired += sum(proxy.fired.values())
        proxy.clear()
        come_to_rest(one)

        assert status_of(one.buyer, one.order_id) in race.ends
        assert kept_by_wechat(one) == (PRICE if status_of(one.buyer, one.order_id) == "to_ship" else 0)
        told = [len(said(one.order_id, body)) for body in (OrderPaid, OrderCancelled)]
        assert told == ([1, 0] if status_of(one.buyer, one.order_id) == "to_ship" else [0, 1])
        check(one.market, [one.sku], one.payments, {})
    assert fired or len(weathers) == 1, "there was no weather"  # one round may meet none


def meet(acts: tuple[Act, Act], scene: Scene, first: int | None, dice: random.Random) -> None:
    """One after the other, or both from the same moment on."""
    if first is not None:
        for act in (acts[first], acts[1 - first]):
            act(scene)
        return
    start = threading.Barrier(2)

    def run(act: Act) -> None:
        start.wait()
        act(scene)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, dice.sample(acts, 2)))


def come_to_rest(scene: Scene) -> None:
    """Every letter arrives in the end, what is unpaid runs out, and what is owed goes back."""
    for payment_id in dict.fromkeys(scene.payments):
        if scene.till.shown(payment_id)["trade_state"] in ("SUCCESS", "REFUND"):
            assert scene.till.paid_letter(payment_id, trade_state="SUCCESS").bring().status == 200
    for _ in range(3):
        scene.market.settle_events()
        scene.hands.move(minutes=40)
        scene.sweep()
    for payment_id in dict.fromkeys(scene.payments):
        if scene.till.shown(payment_id)["refunds"]:
            assert scene.till.refunded_letter(payment_id).bring().status == 200


def kept_by_wechat(scene: Scene) -> int:
    """What WeChat took from the buyer for this order and has not given back, in fen."""
    kept = 0
    for payment_id in dict.fromkeys(scene.payments):
        shown = scene.till.shown(payment_id)
        if shown["trade_state"] in ("SUCCESS", "REFUND"):
            kept += shown["amount"]["total"] - sum(one["amount"]["refund"] for one in shown["refunds"])
    return kept


@both_modes
def test_the_buyer_hears_of_every_payment(scene: Callable[[], Scene]) -> None:
    """O3: paid by both ways: the order shows both, and what went back of them."""
    one = scene()
    one.start()
    one.start("h5")
    one.press(0, after_close=True, times=0)
    one.press(1, times=0)
    one.bring(1)
    one.bring(0)
    come_to_rest(one)

    order = find_order(one.order_id)
    assert order is not None
    assert {(paid.payment_id, paid.late, paid.refunded_fen) for paid in order.payments} == {
        (one.payments[0], True, PRICE),
        (one.payments[1], False, 0),
    }
