"""An order to begin with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.orders.order import Gift, Line, Order, Step
from services.orders.stock.stock import Taken

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def line(number: int = 1, quantity: int = 2, price_fen: int = 1_000, fee_bp: int = 60) -> Line:
    """A line of an order."""
    return Line(
        line_no=number,
        sku_id=f"sku_{number}",
        product_id="prd_1",
        title="桂花茶",
        quantity=quantity,
        unit_price_fen=price_fen,
        fee_bp=fee_bp,
        taken=(Taken(1, 0, quantity),),
    )


def order(*lines: Line, gift: bool = False, **changes: Any) -> Order:
    """An order that was placed at noon; a purchase unless it is a gift."""
    placed = Order(
        order_id="ord_1",
        shop_id="shp_1",
        buyer="person:anna",
        kind="gift" if gift else "purchase",
        status="pending_payment",
        lines=lines or (line(),),
        channel="direct",
        created_at=NOON,
        updated_at=NOON,
        expires_at=NOON + timedelta(minutes=30),
        history=(Step(NOON, None, "pending_payment", "person:anna", "placed"),),
        auto_confirm_days=10,
        settle_days=7,
        gift=Gift("single", 1) if gift else None,
    )
    return replace(placed, **changes)
