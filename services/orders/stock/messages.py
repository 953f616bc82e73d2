"""What comes in and goes out over HTTP about stock (O1)."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from services.orders.messages import Id, Paging
from services.shared.plumbing.doors import Body, Instant, View

MAX_QUANTITY = 1_000_000_000
Threshold = Field(
    ge=0, le=MAX_QUANTITY, description="Low at so many on hand; null: the shop's own, and without one everybody's (5)"
)


class AdjustmentBody(Body):
    mode: Literal["add", "subtract", "set"]
    quantity: int = Field(ge=0, le=MAX_QUANTITY)
    reason: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _moves(self) -> "AdjustmentBody":
        if self.mode != "set" and self.quantity == 0:
            raise ValueError("nothing to add or subtract")
        return self


class AdjustmentLine(AdjustmentBody):
    sku_id: Id


class AdjustmentsBody(Body):
    lines: list[AdjustmentLine] = Field(min_length=1, max_length=50, description="Each is done or refused by itself")


class SplitBody(Body):
    shards: int = Field(ge=1, le=32)


class LowStockBody(Body):
    low_stock_threshold: int | None = Threshold


class FlowQuery(Paging):
    since: Instant | None = Field(default=None, description="Not earlier than this")
    until: Instant | None = Field(default=None, description="Earlier than this")
    what: Id | None = Field(default=None, description="Only these: initial, add, held, …; a page may then be short")


class StockQuery(Paging):
    low: Literal["true"] | None = Field(default=None, description="true: only styles at or below their threshold")


# ------------------------------------------------------------------------------------------------------------ out


class ShardView(View):
    shard: int
    on_hand: int


class StockView(View):
    """``received = on_hand + held + sold`` over the style's whole life."""

    sku_id: str
    on_hand: int
    held: int
    sold: int
    received: int
    low_stock_threshold: int = Field(description="The one that counts for it: its own, else its shop's")
    low: bool = Field(description="It fell to its threshold, and was not above it since")
    shards: list[ShardView]


class StockLine(View):
    """A style in its shop's list."""

    sku_id: str
    product_id: str
    title: str
    attributes: dict[str, str]
    for_sale: bool
    on_hand: int
    low_stock_threshold: int
    low: bool


class AdjustedLine(View):
    sku_id: str
    outcome: Literal["adjusted", "out-of-stock", "keys-missing", "not-found"]
    on_hand: int | None = Field(description="As it is now; null for a style that the shop does not have")


class AdjustmentsView(View):
    """What became of each line, in their order."""

    adjusted: int = Field(description="How many lines were done")
    lines: list[AdjustedLine]


class StockSettingsView(View):
    low_stock_threshold: int = Field(description="For styles that have none of their own")


class FiguresView(View):
    on_hand: int
    held: int
    sold: int
    received: int = Field(description="All three together")


class DriftView(View):
    """A style whose counters are not what its flow says, or do not hold what its unpaid orders hold."""

    sku_id: str
    at: datetime
    counted: FiguresView
    flow: FiguresView
    held_by_orders: int | None = Field(description="Added up from the unpaid orders; null in what was found long ago")


class ReconciliationView(View):
    """``done`` with no drifts: every style was proven. A check that finds a difference rests for some minutes, since
    what was just sold is written into the flow a little later."""

    state: Literal["never", "running", "done", "failed"]
    job_id: str | None
    styles: int = Field(description="Looked at so far")
    drifts: int = Field(description="Found so far: listed at stock/drifts")
    put_off: int = Field(description="Suspect, and not judged in time: the next check looks again")


class FlowView(View):
    """A movement: how many units more or fewer are on hand (``quantity``), held and sold."""

    at: datetime
    what: str
    quantity: int
    held: int
    sold: int
    ref: str
    by: str
    note: str | None
