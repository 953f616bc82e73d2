"""What numbers have to know of old orders: which products were sold when, through which channel (M2)."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from services.orders.order import Order
from services.shared.contracts.migration import HistoryMoved, MigrationChanged, MovedSales
from services.shared.plumbing.day import day_of
from services.shared.plumbing.tables import Transaction

MOST_SALES = 60  # an event: who counts them writes a row for each in one transaction
Key = tuple[date, str, str]


def sales_of(order: Order, times: int = 1) -> tuple[MovedSales, ...]:
    """The order by its products, on the day of its payment, or of its end without one. ``times``: -1 takes it back."""
    paid = bool(order.payments)
    day = day_of(order.payments[0].paid_at if paid else order.history[-1].at)
    found = []
    for product_id in dict.fromkeys(line.product_id for line in order.lines):
        lines = [line for line in order.lines if line.product_id == product_id] if paid else []
        sold = {
            "pieces": times * sum(line.quantity for line in lines),
            "gmv_fen": times * sum(line.total_fen for line in lines),
        }
        one = MovedSales(
            day=day, product_id=product_id, channel=order.channel, orders=times, paid=times * int(paid), **sold
        )
        found.append(one)
    return tuple(found)


class Sales:
    """Sales added up by day, product and channel."""

    def __init__(self) -> None:
        self._found: dict[Key, MovedSales] = {}

    def would_be(self, more: Iterable[MovedSales]) -> int:
        """How many there would be with these."""
        return len(self._found.keys() | {_key(one) for one in more})

    def add(self, more: Iterable[MovedSales]) -> None:
        for one in more:
            before = self._found.get(_key(one))
            self._found[_key(one)] = _sum(before, one) if before else one

    def __iter__(self) -> Iterator[MovedSales]:
        return iter(self._found.values())


def tell_sales(tx: Transaction, said: MigrationChanged, sales: Sales) -> None:
    """Say so in the transaction that writes their orders; one order of many products is said in parts."""
    rest, part_no = iter(sales), 0
    while part := list(islice(rest, MOST_SALES)):
        body = HistoryMoved(migration_id=said.migration_id, shop_id=said.shop_id, run=said.run, sales=part)
        tx.emit(body, subject=said.migration_id, sequence=part_no, shop=said.shop_id)
        part_no += 1


def _key(one: MovedSales) -> Key:
    return one.day, one.product_id, one.channel


def _sum(one: MovedSales, other: MovedSales) -> MovedSales:
    return one.model_copy(
        update={name: getattr(one, name) + getattr(other, name) for name in ("orders", "paid", "pieces", "gmv_fen")}
    )
