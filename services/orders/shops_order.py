"""An order as its shop asks for it (X1)."""

from services.orders.order import Order
from services.orders.tables import find_order
from services.shared.plumbing.problems import NotFound


def order_in(shop_id: str, order_id: str) -> Order:
    """An order of this shop, as it is stored. Raises NotFound for another's."""
    order = find_order(order_id)
    if order is None or order.shop_id != shop_id:
        raise NotFound()
    return order
