"""What orders held at a moment that has passed, by their histories (O1)."""

from dataclasses import replace
from datetime import timedelta

from services.orders.order import Order
from services.orders.stock.held_by_orders import held_at
from services.orders.stock.stock import Taken
from tests.unit.orders.sample import NOON, line, order

AROUND = timedelta(seconds=30)
SKU = line().sku_id
PAID_AT = NOON + timedelta(minutes=10)


def holding(quantity: int = 3, *, gift: bool = False) -> Order:
    """An order placed at noon that took so many."""
    return order(replace(line(), quantity=quantity, taken=(Taken(1, 0, quantity),)), gift=gift)


def held(one: Order, minutes: float) -> tuple[int, int]:
    """At least and at most, so many minutes after noon."""
    return held_at([one], SKU, NOON + timedelta(minutes=minutes), AROUND)


def test_an_order_holds_from_its_placing_until_it_is_paid() -> None:
    """O1: near either moment it may hold or not, as the request that writes it has begun before it writes."""
    paid = holding().pay(PAID_AT, 5, 0, "pay_1")

    assert [held(paid, minutes) for minutes in (-1, 0, 5, 10, 11)] == [(0, 0), (0, 3), (3, 3), (0, 3), (0, 0)]
    assert held(holding(), 11) == (3, 3)
    assert held_at([paid], "sku_other", NOON + timedelta(minutes=5), AROUND) == (0, 0)


def test_another_price_lets_nothing_go() -> None:
    """O4: it goes on holding."""
    assert held(holding().reprice(PAID_AT, "person:max", holding().lines, 0), 11) == (3, 3)


def test_what_an_unpaid_order_took_counts_and_not_what_it_says_it_wants() -> None:
    """O1: a row that was written by hand is found by that."""
    changed = replace(holding(), lines=(replace(line(), quantity=3, taken=(Taken(1, 0, 2),)),))

    assert held(changed, 5) == (2, 2)


def test_a_gift_in_another_style_may_have_held_either() -> None:
    """G3: which style it held before is not known any more, so it is no proof against any."""
    paid = holding(1, gift=True).pay(PAID_AT, 5, 0, "pay_1")
    swapped = paid.with_style(PAID_AT + timedelta(minutes=1), 1, replace(paid.lines[0], sku_id="sku_other"))

    assert (held(paid, 5), held(swapped, 5)) == ((1, 1), (0, 1))
