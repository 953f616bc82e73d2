"""An order as an old shop wrote it down, whatever it wrote it in (M6). Pure; amounts in fen, times in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.orders.order import LineKind, Status


@dataclass(frozen=True)
class OldLine:
    """So many of one style. ``paid_fen``: for all of them after discounts, without freight; None if it is not said."""

    product_id: str
    sku_id: str
    title: str
    quantity: int
    unit_price_fen: int
    paid_fen: int | None = None
    kind: LineKind = "physical"

    @property
    def style_id(self) -> str:
        """What the style is known by there: the product itself, where it has only one. Choices name no style alone."""
        if not self.sku_id:
            return self.product_id
        return f"{self.product_id}|{self.sku_id}" if ":" in self.sku_id else self.sku_id


@dataclass(frozen=True)
class OldParcel:
    """What was sent together: (product, style, pieces); without any it was all that was left."""

    carrier: str
    waybill: str
    at: datetime | None
    parts: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True)
class OldOrder:
    """``status`` is ours. ``buyer`` paid, ``recipient`` was given it: openids. ``address`` in our own shape.

    ``updated_at`` is when it last changed there: of one that is done, when it was received. ``aside``: what we have no
    place for.
    """

    old_id: str
    status: Status
    buyer: str
    created_at: datetime
    updated_at: datetime
    lines: tuple[OldLine, ...]
    payable_fen: int
    freight_fen: int
    channel: str = "direct"
    paid_at: datetime | None = None
    transaction_id: str = ""
    recipient: str | None = None
    address: Mapping[str, str] | None = None
    parcels: tuple[OldParcel, ...] = ()
    sent_at: datetime | None = None
    cancelled_why: str = ""
    aside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def goods_fen(self) -> int:
        return sum(line.unit_price_fen * line.quantity for line in self.lines)
