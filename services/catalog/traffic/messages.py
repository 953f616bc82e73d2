"""Traffic over HTTP."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.catalog.sources.link import Channel
from services.catalog.traffic.funnel import Funnel
from services.catalog.traffic.tally import Counts
from services.shared.plumbing.doors import Body, Day, View

MAX_EVENTS = 500
MAX_DAYS = 31
ShopId = Annotated[str, Field(pattern="^shp_[0-9A-Z]{26}$")]


class TrafficEvent(Body):
    kind: Literal["impression", "click"]
    product_id: str = Field(pattern="^prd_[0-9A-Z]{26}$")
    channel: Channel = "direct"


class CountTraffic(Body):
    batch_id: str = Field(pattern="^[A-Za-z0-9_-]{8,64}$", description="Yours; a batch that is sent again counts once")
    shop_id: ShopId
    events: list[TrafficEvent] = Field(min_length=1, max_length=MAX_EVENTS)


class CountedView(View):
    batch_id: str
    events: int
    again: bool = Field(description="It was counted before, and is not counted twice")


class AskFunnel(Body):
    since: Day = Field(description="The first day, in Beijing's time")
    until: Day = Field(description="The last day")
    channel: Channel | None = None

    @model_validator(mode="after")
    def _span(self) -> Self:
        if not 0 <= (self.until - self.since).days < MAX_DAYS:
            raise ValueError(f"since and until span 1 to {MAX_DAYS} days")
        return self


class CountsView(View):
    """``orders`` and ``paid`` of several products count an order once for each of them."""

    impressions: int
    clicks: int
    orders: int = Field(description="Paid, or ended without: one that still waits for its money is not in yet")
    paid: int
    pieces: int = Field(description="Of paid orders")
    gmv_fen: int

    @classmethod
    def of(cls, counts: Counts) -> Self:
        return cls(**counts._asdict())


class ChannelView(CountsView):
    channel: str


class ProductFunnelView(CountsView):
    product_id: str = Field(description="* stands for what is beyond the lines that are counted apart")
    seldom_bought: bool = Field(description="Bought after fewer than half as many of its clicks as the shop's median")


class DayView(CountsView):
    day: date


class FunnelView(View):
    """What is newer than about seven minutes may be missing."""

    shop_id: str
    all: CountsView
    channels: list[ChannelView]
    days: list[DayView]
    products: list[ProductFunnelView] = Field(description="The 100 most seen")

    @classmethod
    def of(cls, shop_id: str, funnel: Funnel, days: list[tuple[date, Counts]]) -> Self:
        most_seen = sorted(funnel.by_product.items(), key=lambda one: (-one[1].impressions, -one[1].clicks, one[0]))
        return cls(
            shop_id=shop_id,
            all=CountsView.of(funnel.all),
            channels=[
                ChannelView(channel=name, **counts._asdict()) for name, counts in sorted(funnel.by_channel.items())
            ],
            days=[DayView(day=day, **counts._asdict()) for day, counts in days],
            products=[
                ProductFunnelView(product_id=one, seldom_bought=one in funnel.seldom_bought, **counts._asdict())
                for one, counts in most_seen[:100]
            ],
        )
