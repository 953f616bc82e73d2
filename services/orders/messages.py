"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from services.orders.gift_terms import message_fault
from services.orders.order import Status
from services.shared.plumbing.doors import Body, View

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


class GiftBody(Body):
    """What the giver asks for (G2). ``to_openid``: only this person may claim it."""

    mode: Literal["single"] = "single"
    recipients: int = Field(default=1, ge=1, le=1)
    message: str | None = None
    giver_name: str | None = Field(default=None, max_length=32)
    to_openid: str | None = Field(default=None, max_length=128)
    show_price: bool = False

    @field_validator("message", "giver_name")
    @classmethod
    def _showable(cls, text: str | None) -> str | None:
        fault = message_fault(text) if text else None
        if fault:
            raise ValueError(fault)
        return text


class QuoteBody(Body):
    shop_id: Id
    lines: list[WantBody] = Field(min_length=1, max_length=200)


class OrderBody(QuoteBody):
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
    """``jsapi`` needs a buyer who signed in through WeChat."""

    method: Literal["native", "jsapi", "h5"] = "native"


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


class ShopOrdersQuery(Paging):
    status: Status | None = Field(default=None, description="Only orders in this state")
    updated_after: AwareDatetime | None = None


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
    paid_fen: int | None
    refunded_fen: int | None
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
