"""Doors to a shop's orders: finding them, sending their goods (O4)."""

from services.orders import lists, views
from services.orders import messages as m
from services.orders.carriers import carrier_code
from services.orders.list_shop_orders import list_shop_orders
from services.orders.migrations.messages import OriginView
from services.orders.migrations.old_ids import new_place_in, origin_of
from services.orders.refusals import AddressChangePending, CarrierMissing, UnderReview
from services.orders.service import DESK, SHIPPERS, STAFF, app
from services.orders.ship_order import ship_order
from services.orders.shops_order import order_in
from services.orders.tables import VAULT
from services.shared.plumbing.doors import Answer, Call
from services.shared.plumbing.problems import IllegalTransition


@app.door("GET", "/v1/shops/{shop_id}/orders", STAFF)
def get_shop_orders(call: Call, shop_id: str, query: m.ShopOrdersQuery) -> m.ShopOrdersPage:
    """The shop's orders by their last change, oldest change first (O4).

    An order that changes while somebody pages moves to the end: it is seen again rather than missed.
    """
    return list_shop_orders(shop_id, query, call.now, VAULT)


@app.door("GET", "/v1/shops/{shop_id}/orders/{order_id}", STAFF)
def get_shop_order(call: Call, shop_id: str, order_id: str) -> m.OrderView | Answer:
    """One order of the shop, with the address that the goods go to, which is not for finance.

    The id it had in an old shop leads to it (308).
    """
    return new_place_in(shop_id, "order", order_id) or views.shops_view(
        order_in(shop_id, order_id), call.now, VAULT, call.role
    )


@app.door("GET", "/v1/shops/{shop_id}/orders/{order_id}/origin", DESK)
def get_order_origin(call: Call, shop_id: str, order_id: str) -> OriginView:
    """Where an order was placed that moved here from an old shop, and all of its record that has no place here (M6)."""
    return origin_of(shop_id, order_id)


def shop_order_again(call: Call, stored: dict[str, str]) -> m.OrderView:
    """The shop's order that this key changed."""
    order = lists.stored_order(stored["order_id"])
    return views.order_view(order, call.now, VAULT, sees_address=True)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/shipments",
    SHIPPERS,
    status=201,
    again=shop_order_again,
    problems=(IllegalTransition, UnderReview, AddressChangePending, CarrierMissing),
)
def post_shipment(call: Call, shop_id: str, order_id: str, body: m.ShipmentBody) -> m.OrderView:
    """Send a parcel: all that is left, or the given lines (O4)."""
    order = ship_order(
        shop_id,
        order_id,
        call.person,
        carrier=carrier_code(body.carrier or ""),
        waybill=body.waybill or "",
        parts=[(part.line_no, part.quantity) for part in body.lines],
        begin=call.begin,
        now=call.now,
    )
    return views.order_view(order, call.now, VAULT, sees_address=True)
