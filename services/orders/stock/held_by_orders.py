"""What orders themselves hold of a shop's stock, added up anew from their rows (O1).

Only unpaid orders hold, and none for long, so there are few to read however many were ever sold. As of a moment that
has passed, an order's history says whether it held then::

    created ────────── held ────────── paid, cancelled or expired
           ◀ AROUND ▶       ◀ AROUND ▶     a request writes its time a little before its counters
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from services.orders.order import CODES, Order, Status
from services.orders.tables import find_orders, list_shops_orders

PAGE = 100


def held_now(shop_id: str) -> Counter[str]:
    """Units by style, as far as the listing knows by now."""
    held: Counter[str] = Counter()
    for order in _list_orders(shop_id, ["pending_payment"], None):
        if order.status == "pending_payment":
            held.update(_units(order))
    return held


def touched_since(shop_id: str, at: datetime) -> list[Order]:
    """Every order that may have held something at this moment: those unpaid, and those that changed since."""
    found = {order.order_id: order for order in _list_orders(shop_id, ["pending_payment"], None)}
    return list(({order.order_id: order for order in _list_orders(shop_id, list(CODES), at)} | found).values())


def held_at(orders: Iterable[Order], sku_id: str, at: datetime, around: timedelta) -> tuple[int, int]:
    """Of these orders, how many units of the style were held at this moment: at least, and at most.

    An order that got another style after it was paid may have held any: it counts for all styles, at most.
    """
    least = most = 0
    for order in orders:
        since, until = order.created_at, _left_at(order)
        if since > at + around or (until is not None and until < at - around):
            continue
        swapped = until is not None and order.gift is not None and order.updated_at > until
        units = sum(line.quantity for line in order.lines) if swapped else _units(order)[sku_id]
        most += units
        if not swapped and since < at - around and (until is None or until > at + around):
            least += units
    return least, most


def _left_at(order: Order) -> datetime | None:
    """When it began to hold nothing any more."""
    left = (step.at for step in order.history if step.origin == "pending_payment" != step.to)
    return next(left, None)


def _units(order: Order) -> Counter[str]:
    """While it is unpaid, what it took; later after-sales may have brought some of that back."""
    unpaid = order.status == "pending_payment"
    units: Counter[str] = Counter()
    for line in order.lines:
        units[line.sku_id] += sum(taken.quantity for taken in line.taken) if unpaid else line.quantity
    return units


def _list_orders(shop_id: str, statuses: Sequence[Status], since: datetime | None) -> Iterator[Order]:
    seen: dict[str, datetime] = {}
    while True:
        again = sum(at == since for at in seen.values())  # of the moment at which the page before ended
        listed = list_shops_orders(shop_id, statuses, since, None, PAGE + again)
        page = [one for one in listed if one.ident not in seen][:PAGE]
        if not page:
            return
        seen.update((one.ident, one.updated_at) for one in page)
        yield from find_orders(one.ident for one in page)
        since = page[-1].updated_at
