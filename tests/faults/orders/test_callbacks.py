"""WeChat's letters against a bad network and an engine under load (O3): paid once, refunded once, whatever happens."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.orders import OrderPaid, RefundSucceeded
from tests.faults.orders.world import orders_of
from tests.integration.orders.events import hear, said, told_of
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Letter, Letterbox, Till

WEATHER = {
    "conflicts": [Fault("conflict", probability=0.7)],
    "throttling": [Fault("throttle", probability=0.7, code="ThrottlingError")],
    "lost answers": [Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.6)],
    "failures": [Fault("fail_before", probability=0.25, how="error")],
    "all of it": [
        Fault("latency", probability=0.3),
        Fault("conflict", probability=0.1),
        Fault("lose_answer", probability=0.05),
        Fault("fail_before", probability=0.05),
    ],
}


class Tried(NamedTuple):
    """A letter, and how often it had to be brought until it was received."""

    letter: Letter
    times: int


def courier(letter: Letter) -> Tried:
    """Bring a letter until it is received, as WeChat does."""
    for times in range(1, 30):
        status = letter.bring().status
        if status == 200:
            return Tried(letter, times)
        assert status == 503
    raise AssertionError("never received")


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("weather", sorted(WEATHER))
def test_every_letter_three_times_shuffled_in_bad_weather(
    market: Market, till: Till, letterbox: Letterbox, proxy: FaultsProxy, weather: str, seed: int
) -> None:
    """Six couriers at once; two orders are paid, one was paid by both its payments, one after it had been cancelled."""
    (sku,) = market.offer(stock=9, price_fen=500)
    buyer = person("anna")
    plain, twice, cancelled = (market.place(buyer, sku) for _ in range(3))
    payments = [market.start_paying(buyer, plain), market.start_paying(buyer, twice)]
    payments += [market.start_paying(buyer, twice, "h5"), market.start_paying(buyer, cancelled)]
    buyer.post(f"/v1/orders/{cancelled}/cancellation")
    for payment_id in payments:
        till.phone(payment_id, times=3, after_close=True)
    letters = letterbox.take(12)
    random.Random(seed).shuffle(letters)

    proxy.clear(seed)
    proxy.plan(*WEATHER[weather])
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(courier, letters))
    assert proxy.fired
    proxy.clear()
    _refund_all(payments, letterbox)

    assert [status_of(buyer, one) for one in (plain, twice, cancelled)] == ["to_ship", "to_ship", "cancelled"]
    assert [len(said(one, OrderPaid)) for one in (plain, twice, cancelled)] == [1, 1, 0]
    assert [len(said(one, RefundSucceeded)) for one in (plain, twice, cancelled)] == [0, 1, 1]
    assert market.stock(sku) == {"on_hand": 7, "held": 0, "sold": 2, "received": 9}
    assert market.balance() | {"wechat_fen": 1_000, "late_fen": 0, "fees_fen": 6} == market.balance()
    assert sum(one.paid_fen for one in orders_of(market)) == 1_000


def _refund_all(payments: list[str], letterbox: Letterbox) -> None:
    """Let orders hear that refunds are due, and WeChat tell that they are done."""
    due = [event for payment_id in payments for event in told_of(payment_id)]
    for event in due:
        hear(event)
    for letter in letterbox.take(len(due)):
        assert letter.bring().status == 200
