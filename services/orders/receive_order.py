"""The goods came: said by who keeps them, or by time itself (O4)."""

from datetime import datetime
from typing import Literal

from services.orders import facts
from services.orders.order import Order
from services.orders.tables import find_order, save_order
from services.shared.contracts.orders import OrderReceived
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def receive_order(order_id: str, person: str, *, begin: Begin, now: datetime) -> Order:
    """The keeper confirms; confirming again is the same answer. Raises NotFound, IllegalTransition."""
    order = find_order(order_id)
    if order is None or order.keeper != person:
        raise NotFound()
    if order.status == "done":
        return order
    return _received(order, "buyer", begin=begin, now=now)


def auto_confirm(order: Order, *, begin: Begin, now: datetime) -> Order:
    """Nobody objected within the days the shop gives (default 10 from shipment)."""
    return _received(order, "auto", begin=begin, now=now)


def _received(order: Order, by: Literal["buyer", "auto"], *, begin: Begin, now: datetime) -> Order:
    done = order.receive(now, by)
    tx = begin()
    save_order(tx, done, order)
    body = OrderReceived(**facts.of(done), recipient=done.recipient, sub_gift_id=facts.sub_gift_of(done), by=by)
    tx.emit(body, **facts.where(done))
    tx.commit({"order_id": order.order_id})
    return done
