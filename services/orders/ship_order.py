"""The merchant sends the goods, in one parcel or in several (O4)."""

from collections.abc import Sequence
from datetime import datetime

from services.orders import facts
from services.orders.order import Order
from services.orders.shops_order import order_in
from services.orders.tables import save_order
from services.shared.contracts.orders import OrderShipped
from services.shared.plumbing.tables import Begin


def ship_order(
    shop_id: str,
    order_id: str,
    by: str,
    *,
    carrier: str,
    waybill: str,
    parts: Sequence[tuple[int, int]],
    begin: Begin,
    now: datetime,
) -> Order:
    """Record a parcel; without ``parts`` (line number, quantity) it holds all that is left.

    Raises NotFound for another shop's order, IllegalTransition.
    """
    order = order_in(shop_id, order_id)
    sent = order.ship(now, by, carrier, waybill, parts)
    tx = begin()
    save_order(tx, sent, order)
    parcel = sent.shipments[-1]
    body = OrderShipped(
        **facts.of(sent),
        recipient=sent.recipient,
        sub_gift_id=facts.sub_gift_of(sent),
        shipment_no=parcel.shipment_no,
        carrier=carrier,
        waybill=waybill,
        complete=sent.status == "shipped",
    )
    tx.emit(body, **facts.where(sent))
    tx.commit({"order_id": order_id})
    return sent
