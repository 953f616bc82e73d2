"""What orders tells others of an order: the bodies of its events."""

from typing import Any

from services.orders.order import Order
from services.shared.contracts.orders import OrderLine
from services.shared.plumbing.ids import derived_id


def of(order: Order) -> dict[str, Any]:
    """The members every fact about an order has."""
    return {
        "order_id": order.order_id,
        "shop_id": order.shop_id,
        "buyer": order.buyer,
        "kind": order.kind,
        "lines": [
            OrderLine(
                line_no=line.line_no,
                sku_id=line.sku_id,
                product_id=line.product_id,
                title=line.title,
                quantity=line.quantity,
                unit_price_fen=line.unit_price_fen,
                total_fen=line.total_fen,
            )
            for line in order.lines
        ],
    }


def sub_gift_of(order: Order) -> str | None:
    """What the recipient of a gift has claimed, by gifts' name for it."""
    return order.sub_gift_id or (derived_id("sub", order.order_id) if order.recipient else None)


def where(order: Order) -> dict[str, Any]:
    """Under which subject and sequence a fact about an order travels."""
    return {"subject": order.order_id, "sequence": order.version, "shop": order.shop_id}
