"""A crowd that presses at once: real threads, each press with a key of its own, repeated as the answer asks."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from services.shared.plumbing import ids
from tests.integration.http import Client, Reply
from tests.integration.orders.market import Market, person

THREADS = 32


def patiently(act: Callable[[], Reply]) -> Reply:
    """The first answer that is not "too busy", by which nothing was changed; the twentieth, whatever it is."""
    for _ in range(19):
        if (reply := act()).status != 503:
            return reply
    return act()


class Press(NamedTuple):
    """One press: every answer it got, the last of them definite."""

    answers: list[Reply]

    @property
    def last(self) -> Reply:
        return self.answers[-1]


def at_once(count: int, act: Callable[[int], Reply]) -> list[Reply]:
    """So many threads, all at the same moment."""
    start = threading.Barrier(count)

    def run(number: int) -> Reply:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def press(market: Market, sku_id: str, presses: int, quantity: int = 1) -> list[Press]:
    """So many presses for this style, each by a person of its own, from 32 threads. A 503 is repeated after its
    Retry-After, with the same key."""
    buyers = [person(f"crowd-{number}") for number in range(presses)]
    start = threading.Barrier(THREADS)

    def run(number: int) -> list[Press]:
        start.wait()
        return [_pressed(buyers[one], market, sku_id, quantity) for one in range(number, presses, THREADS)]

    with ThreadPoolExecutor(THREADS) as pool:
        return [one for part in pool.map(run, range(THREADS)) for one in part]


def _pressed(buyer: Client, market: Market, sku_id: str, quantity: int) -> Press:
    key, answers = ids.new_id("key"), list[Reply]()
    while True:
        answers.append(buyer.post("/v1/orders", market.order(sku_id, quantity), key=key))
        if answers[-1].status != 503 or len(answers) == 20:
            return Press(answers)
        time.sleep(float(answers[-1].headers["retry-after"]))


def outcome(presses: list[Press]) -> Counter[str]:
    """How it ended for how many: 201, or the refusal's slug. Fails for a 5xx that is not a 503 with Retry-After."""
    for one in presses:
        for reply in one.answers:
            assert reply.status < 500 or (reply.status == 503 and "retry-after" in reply.headers), reply.text
    return Counter(one.last.slug or str(one.last.status) for one in presses)
