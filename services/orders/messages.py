"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from services.orders.gift_terms import MAX_RECIPIENTS, message_fault
from services.orders.order import Status
from services.shared.plumbing.doors import Body, Page, View

Channel = Literal[
    "official_account",
    "channels_video",
    "channels_live",
    "mini_program",
    "search",
    "moments",
    "chat",
    "group_chat",
    "qr",
    "direct",
]


Id = Annotated[str, Field(min_length=1, max_length=64)]
# Shown on a waybill: one line, no control characters.
Text = Annotated[str, Field(max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
LongText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Address(Body):
    """Where goods go."""

    name: Text
    phone: str = Field(pattern=r"^[0-9+\- ]{5,20}$")
    province: Text
    city: Text
    district: Text | Literal[""] = ""
    detail: LongText
    postcode: str | None = Field(default=None, pattern=r"^[0-9A-Za-z -]{3,10}$")


class WantBody(Body):
    sku_id: Id
    quantity: int = Field(ge=1, le=100_000)


class LotBody(Body):
    """A draw (G6). It is drawn ``draw_after_minutes`` after the payment, or as soon as ``full_at`` have entered."""

    draw_after_minutes: int = Field(default=720, ge=1, le=1_380, description="Winners then have until 24 h are over")
    full_at: int = Field(default=1_000, ge=1, le=1_000)
    may_enter: list[Id] = Field(default=[], max_length=200, description="Only these openids; empty: all with the link")


class GiftBody(Body):
    """What the giver asks for (G2, G6). ``to_openid``: only this person may claim it.

    ``group``: whoever comes first, one each; ``lot``: drawn among those who enter.
    """

    mode: Literal["single", "group", "lot"] = "single"
    recipients: int = Field(default=1, ge=1, le=MAX_RECIPIENTS, description="How many get one; the line's quantity")
    lot: LotBody | None = Field(default=None, description="For a lot: when it is drawn, and who may enter")
    message: str | None = None
    giver_name: str | None = Field(default=None, max_length=32)
    to_openid: str | None = Field(default=None, max_length=128)
    show_price: bool = False

    @model_validator(mode="after")
    def _mode_fits(self) -> "GiftBody":
        if self.mode == "single" and self.recipients != 1:
            raise ValueError("a single gift has one recipient")
        if self.mode != "single" and self.to_openid is not None:
            raise ValueError("a gift for many is not addressed to one person")
        if self.lot is not None and (self.mode != "lot" or self.lot.full_at < self.recipients):
            raise ValueError("only a lot is drawn, and at least as many can enter as can win")
        return self

    @field_validator("message", "giver_name")
    @classmethod
    def _showable(cls, text: str | None) -> str | None:
        fault = message_fault(text) if text else None
        if fault:
            raise ValueError(fault)
        return text


class WantsBody(Body):
    shop_id: Id
    lines: list[WantBody] = Field(min_length=1, max_length=200, description="At most 40 styles, once merged")


class Destination(Body):
    """As much of an address as decides whether and for how much goods are sent there."""

    province: Text
    city: Text


class QuoteBody(WantsBody):
    destination: Destination | None = Field(
        default=None, description="Where to; without it, and for a gift, freight is by the default rates (O13)"
    )


class OrderBody(WantsBody):
    """An order to place. A purchase needs an address, a gift must not have one."""

    kind: Literal["purchase", "gift"] = "purchase"
    address: Address | None = None
    coupon_id: None = Field(default=None, description="There are no coupons yet")
    channel: Channel = "direct"
    source_token: str | None = Field(default=None, max_length=128)
    expected_total_fen: int | None = Field(default=None, ge=0)
    gift: GiftBody | None = None

    @model_validator(mode="after")
    def _kind_fits(self) -> "OrderBody":
        if self.kind == "purchase" and (self.address is None or self.gift is not None):
            raise ValueError("a purchase needs an address and no gift")
        if self.kind == "gift" and self.address is not None:
            raise ValueError("a gift takes no address: its recipient gives one")
        return self


class PaymentBody(Body):
    """``jsapi`` needs a buyer who signed in through WeChat, or the payer's ``openid``."""

    method: Literal["native", "jsapi", "h5"] = "native"
    openid: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        default=None, description="Who pays, where it is not the buyer; only for `jsapi`"
    )
    h5_type: Literal["iOS", "Android", "Wap"] | None = Field(
        default=None, description="On what the page is opened; only for `h5`, where it is `Wap` by default"
    )

    @model_validator(mode="after")
    def _belongs(self) -> "PaymentBody":
        if self.openid is not None and self.method != "jsapi":
            raise ValueError("openid goes with jsapi")
        if self.h5_type is not None and self.method != "h5":
            raise ValueError("h5_type goes with h5")
        return self


class ShipmentPart(Body):
    line_no: int = Field(ge=1)
    quantity: int = Field(ge=1)


class ShipmentBody(Body):
    """A parcel; without ``lines`` it holds all that is left."""

    carrier: str = Field(min_length=1, max_length=50)
    waybill: str = Field(min_length=1, max_length=64)
    lines: list[ShipmentPart] = Field(default=[], max_length=40)


class AdjustmentBody(Body):
    mode: Literal["add", "subtract", "set"]
    quantity: int = Field(ge=0, le=1_000_000_000)
    reason: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _moves(self) -> "AdjustmentBody":
        if self.mode != "set" and self.quantity == 0:
            raise ValueError("nothing to add or subtract")
        return self


class SplitBody(Body):
    shards: int = Field(ge=1, le=32)


class Paging(Body):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class OffersQuery(Body):
    sku_ids: str = Field(description="Up to 40 ids, separated by commas", pattern=r"^[^,]{1,64}(,[^,]{1,64}){0,39}$")

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(self.sku_ids.split(",")))


class OrdersQuery(Paging):
    status: Status | None = Field(default=None, description="Only orders in this state; a page may then be short")


class ShopOrdersQuery(Paging):
    """Which of the shop's orders; times are those of the last change."""

    status: Status | None = Field(default=None, description="Only orders in this state")
    kind: Literal["purchase", "gift"] | None = Field(default=None, description="A page may then be short")
    updated_after: AwareDatetime | None = Field(default=None, description="Changed later than this")
    updated_before: AwareDatetime | None = Field(default=None, description="Changed earlier than this")
    q: Id | None = Field(default=None, description="An order's id")


# ------------------------------------------------------------------------------------------------------- out


class OfferView(View):
    """A live price and availability. ``left`` is exact as of one moment for nobody but the one who gets it."""

    sku_id: str
    product_id: str
    shop_id: str
    title: str
    attributes: dict[str, str]
    price_fen: int
    original_price_fen: int
    max_per_buyer: int = Field(description="Pieces of all styles of its product; 0: any number")
    for_sale: bool
    left: int


class OffersView(View):
    items: list[OfferView]


class DiscountView(View):
    """What one promotion took off one line."""

    promotion_id: str
    kind: str
    amount_fen: int


class QuoteLineView(View):
    sku_id: str
    quantity: int
    unit_price_fen: int
    discounts: list[DiscountView]
    discount_fen: int
    total_fen: int


class QuoteView(View):
    """What an order of these would cost now."""

    lines: list[QuoteLineView]
    goods_fen: int
    discount_fen: int
    freight_fen: int
    payable_fen: int


class LineView(View):
    line_no: int
    sku_id: str
    product_id: str
    title: str
    quantity: int
    shipped: int
    unit_price_fen: int | None
    discounts: list[DiscountView] | None
    discount_fen: int | None
    total_fen: int | None


class StepView(View):
    at: datetime
    from_: str | None = Field(serialization_alias="from")
    to: str
    by: str
    why: str


class ShipmentView(View):
    shipment_no: int
    carrier: str
    waybill: str
    at: datetime


class PaidView(View):
    """A payment that was made for an order. A late one came after the order's deadline, its end or another payment."""

    payment_id: str
    amount_fen: int
    refunded_fen: int
    late: bool = Field(description="It never counts, and goes back in full")
    paid_at: datetime


class OrderView(View):
    """An order as the caller may see it (G9): the address is for who keeps the goods and for the shop; what it cost is
    not for the recipient of a gift, unless the giver shows it."""

    order_id: str
    shop_id: str
    buyer: str = Field(description="Whose order it is; `giver` for the recipient of a gift")
    kind: str
    status: str
    status_code: int
    lines: list[LineView]
    goods_fen: int | None
    discount_fen: int | None
    freight_fen: int | None
    payable_fen: int | None
    paid_fen: int | None = Field(description="All that was paid for it, also what came too late")
    refunded_fen: int | None = Field(description="All that went back, also of what came too late")
    payments: list[PaidView] | None = Field(description="What it was paid by; whether it counts or goes back")
    channel: str
    source_token: str | None
    expires_at: datetime
    overdue: bool = Field(description="Its time is over; it is about to end or to be paid by what was paid in time")
    payment_id: str | None
    gift_id: str | None
    address: Address | None
    shipments: list[ShipmentView]
    history: list[StepView]
    settled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class ShopOrdersPage(Page[OrderView]):
    """A page of a shop's orders. All changes up to ``settled_until`` have been listed: once at the end, go on later with
    ``updated_after`` set to it; what changed since may come again."""

    settled_until: datetime


class PaymentView(View):
    payment_id: str
    order_id: str
    out_trade_no: str
    provider: str = "wechat_pay"
    method: str
    status: str
    amount_fen: int
    refunded_fen: int
    code_url: str | None
    h5_url: str | None
    jsapi: dict[str, str] | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


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
    shards: list[ShardView]


class FlowView(View):
    at: datetime
    what: str
    quantity: int
    ref: str
    by: str
    note: str | None


class PostingView(View):
    account: str
    amount_fen: int


class EntryView(View):
    entry_id: str
    at: datetime
    cause: str
    ref: str
    order_id: str
    postings: list[PostingView]


class BalanceView(View):
    """Signed as in the ledger, and what the shop calls its own as positive amounts."""

    shop_id: str
    pending_fen: int
    available_fen: int
    fees_fen: int
    wechat_fen: int
    late_fen: int
    sum_fen: int = Field(description="Of all accounts: always 0")


class NotificationAnswer(View):
    code: str = "SUCCESS"
    message: str = "OK"
