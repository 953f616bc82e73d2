"""Many at once, over HTTP: nothing is sold twice, nothing happens twice, of two ends exactly one comes."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from typing import TypeVar

import pytest

from infra.cli.api import Caller
from infra.cli.buying import ADDRESS, place
from infra.local.clock import LocalClock, read_offset, write_offset
from tests.e2e.market import Market, Sent, Shop, eventually, key, slug_of

T = TypeVar("T")
THREADS = 32
GIFTS, IN_TIME, TOO_LATE = 20, 6, 4


def at_once(acts: Iterable[Callable[[], T]], threads: int = THREADS) -> list[T]:
    """What the acts returned, in their order; so many run at a time."""
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


@pytest.mark.parametrize("shards", [1, 8])
def test_a_hundred_units_are_sold_a_hundred_times(market: Market, shop: Shop, shards: int) -> None:
    """32 threads, 400 orders, 100 units: 100 accepted, 300 sold out, nothing left, and no other answer."""
    (sku_id,) = shop.offer(100)
    path = f"/orders/v1/shops/{shop.shop_id}/stock/{sku_id}/shards"
    assert len(shop.merchant.post(path, {"shards": shards}, key())["shards"]) == shards
    crowd = [market.newcomer("crowd") for _ in range(THREADS)]

    def press(buyer: Caller) -> str:
        return slug_of(lambda: shop.place(buyer, sku_id))

    answers = at_once(partial(press, buyer) for buyer in itertools.islice(itertools.cycle(crowd), 400))

    assert Counter(answers) == {"": 100, "out-of-stock": 300}
    assert shop.stock(sku_id) == {"on_hand": 0, "held": 100, "sold": 0}


def test_one_key_is_one_order_however_often_it_is_pressed(market: Market, shop: Shop) -> None:
    """50 times at once: 50 equal answers, one order. Another body is refused; another person's key is another key."""
    (sku_id,), buyer, used = shop.offer(10), market.newcomer("anna"), key()

    orders = at_once([partial(place, buyer, shop.basket(sku_id), used)] * 50, 50)

    assert all(order == orders[0] for order in orders)
    assert slug_of(lambda: place(buyer, shop.basket(sku_id, 2), used)) == "idempotency-key-reused"
    others = place(market.newcomer("bob"), shop.basket(sku_id), used)
    assert others["order_id"] != orders[0]["order_id"]
    assert shop.stock(sku_id) == {"on_hand": 8, "held": 2, "sold": 0}


def test_an_answer_that_was_lost_is_given_again(market: Market, shop: Shop) -> None:
    """The order was placed and its buyer never read so: pressed again, it is the same order."""
    (sku_id,), used = shop.offer(10), key()
    wanted = shop.basket(sku_id).body(kind="purchase", address=ADDRESS)
    headers = market.bearer("lost") | {"Idempotency-Key": used, "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", market.running.port)) as line:
        line.request("POST", "/orders/v1/orders", json.dumps(wanted).encode(), headers)
        eventually(lambda: shop.stock(sku_id)["held"], 1)

    again = place(market.person("lost"), shop.basket(sku_id), used)

    assert [order["order_id"] for order in market.person("lost").pages("/orders/v1/orders")] == [again["order_id"]]
    assert shop.stock(sku_id) == {"on_hand": 9, "held": 1, "sold": 0}


def test_of_claim_and_expiry_exactly_one_wins(market: Market, shop: Shop) -> None:
    """The deadline comes while gifts are claimed, every other one in another style: each is claimed or refunded."""
    ordered, other = shop.offer(GIFTS, GIFTS)
    givers = [market.newcomer("giver") for _ in range(GIFTS)]
    gifts = at_once([partial(shop.give, giver, ordered) for giver in givers], 8)
    first, last = deadlines(zip(givers, gifts, strict=True))
    set_clock(market, first - timedelta(minutes=20))
    finished, over = itertools.count(1), threading.Event()

    def claim(number: int) -> str:
        if number >= GIFTS - TOO_LATE:
            over.wait()
        refused = shop.claim(market.newcomer("eager"), gifts[number], other if number % 2 else None)
        if next(finished) == IN_TIME:
            set_clock(market, last)
            over.set()
        return refused

    refusals = at_once([partial(claim, number) for number in range(GIFTS)], 6)

    wanted = {"": "to_ship", "gift-expired": "cancelled"}
    for giver, gift, refused in zip(givers, gifts, refusals, strict=True):
        order = market.becomes(giver, gift.order_id, wanted[refused])
        if refused:
            eventually(lambda: market.order(giver, gift.order_id)["refunded_fen"], order["paid_fen"])  # noqa: B023
    assert refusals.count("") >= IN_TIME
    assert refusals.count("gift-expired") >= TOO_LATE
    sold = {style: sum(not refused for refused in refusals[start::2]) for start, style in enumerate((ordered, other))}
    for style, count in sold.items():
        assert shop.stock(style) == {"on_hand": GIFTS - count, "held": 0, "sold": count}


def deadlines(gifts: Iterable[tuple[Caller, Sent]]) -> tuple[datetime, datetime]:
    """The first and the last moment until which these can be claimed."""
    seen = [giver.get(f"/gifts/v1/orders/{sent.order_id}/gift")["deadline_at"] for giver, sent in gifts]
    moments = sorted(datetime.fromisoformat(one) for one in seen)
    return moments[0], moments[-1]


def set_clock(market: Market, to: datetime) -> None:
    """Move the stack's clock to this moment."""
    data = market.running.data
    write_offset(data, read_offset(data) + (to - LocalClock(data)()))
