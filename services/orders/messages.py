"""What comes in and goes out over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from services.orders.gift_terms import MAX_RECIPIENTS, message_fault
from services.orders.order import Status
from services.shared.plumbing.doors import Body, Day, Instant, Page, View

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
Waybill = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
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
    recipients: int = Field(
        default=1,
        ge=1,
        le=MAX_RECIPIENTS,
        description="How many get one: the line's quantity, and at most 40 unless it is set otherwise",
    )
    lot: LotBody | None = Field(default=None, description="For a lot: when it is drawn, and who may enter")
    message: str | None = None
    giver_name: str | None = Field(default=None, max_length=32)
    to_openid: str | None = Field(default=None, min_length=1, max_length=128)
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

    @field_validator("giver_name")
    @classmethod
    def _one_line(cls, name: str | None) -> str | None:
        if name and "\n" in name:
            raise ValueError("a name is one line")
        return name


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
    """A parcel; without ``lines`` it holds all that is left. What does not travel (a voucher, a card's key) is
    delivered without carrier and waybill."""

    carrier: Text | None = Field(default=None, description="A code of `GET /carriers`, a name, or any other carrier")
    waybill: Waybill | None = None
    lines: list[ShipmentPart] = Field(default=[], max_length=40)

    @model_validator(mode="after")
    def _both_or_neither(self) -> "ShipmentBody":
        if (self.carrier is None) != (self.waybill is None):
            raise ValueError("a parcel has a carrier and a waybill; what does not travel has neither")
        return self


class WaybillBody(Body):
    """Under which number a parcel really went."""

    carrier: Text | None = Field(default=None, description="Left out: as it was")
    waybill: Waybill


class AddressDecisionBody(Body):
    decision: Literal["accept", "reject"]
    why: Literal["packed_already", "too_far", "other"] | None = Field(default=None, description="Told to the buyer")


class AddressChangeBody(Body):
    address: Address


class FulfilmentPolicyBody(Body):
    """What the shop does about another address (O4). ``automatic``: at once where sending costs no more than was paid,
    else it is asked."""

    address_change: Literal["ask", "automatic"]


class NoteBody(Body):
    text: str = Field(min_length=1, max_length=500)


class ExportBody(Body):
    """Orders placed in this time; ``from`` is in it, ``to`` is not."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    status: Status | None = Field(default=None, description="Only orders in this state")
    with_addresses: bool = Field(default=False, description="With buyers, names, phones and addresses")

    @model_validator(mode="after")
    def _some_time(self) -> "ExportBody":
        if self.start >= self.end:
            raise ValueError("from is before to")
        return self


class LinePriceBody(Body):
    line_no: int = Field(ge=1)
    total_fen: int = Field(ge=0)


class PriceBody(Body):
    """Another price for an unpaid order: a new total, shared out over the lines exactly, or some lines' totals.

    Lines only become cheaper than their list price, and at least 1 fen is left to pay. Freight may go either way.
    """

    total_fen: int | None = Field(default=None, ge=1, description="All that is to be paid, with freight")
    lines: list[LinePriceBody] = Field(default=[], max_length=40)
    freight_fen: int | None = Field(default=None, ge=0, le=100_000_000, description="Left out: as it was")

    @model_validator(mode="after")
    def _says_what(self) -> "PriceBody":
        if (self.total_fen is None) == (not self.lines and self.freight_fen is None):
            raise ValueError("name a total, or lines, or the freight")
        if self.total_fen is not None and self.lines:
            raise ValueError("name a total or lines, not both")
        if len({one.line_no for one in self.lines}) < len(self.lines):
            raise ValueError("a line has one price")
        return self


class Paging(Body):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class ChangesQuery(Paging):
    """Times are those of the last change."""

    updated_after: Instant | None = Field(default=None, description="Changed later than this")
    updated_before: Instant | None = Field(default=None, description="Changed earlier than this")


class OffersQuery(Body):
    sku_ids: str = Field(description="Up to 40 ids, separated by commas", pattern=r"^[^,]{1,64}(,[^,]{1,64}){0,39}$")

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(self.sku_ids.split(",")))


class OrdersQuery(Paging):
    status: Status | None = Field(default=None, description="Only orders in this state; a page may then be short")


class ShopOrdersQuery(ChangesQuery):
    """Which of the shop's orders; times are those of the last change."""

    status: Status | None = Field(default=None, description="Only orders in this state")
    kind: Literal["purchase", "gift"] | None = Field(default=None, description="A page may then be short")
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
    kind: str
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


class ShippedLineView(View):
    line_no: int
    quantity: int


class ShipmentView(View):
    """A parcel, or what was delivered without one (``virtual``)."""

    shipment_no: int
    how: Literal["express", "virtual"]
    carrier: str | None
    carrier_name: str | None
    waybill: str | None
    at: datetime
    corrected_at: datetime | None
    lines: list[ShippedLineView]


class CarrierView(View):
    code: str
    zh: str
    en: str


class CarriersView(View):
    items: list[CarrierView]


class AddressChangeView(View):
    """Another address that was asked for. It ends by itself at ``deadline_at``; ``address`` while it waits."""

    status: Literal["asked", "accepted", "rejected", "expired"]
    asked_at: datetime
    deadline_at: datetime
    ended_at: datetime | None
    why: str | None
    address: Address | None
    freight_there_fen: int | None = Field(description="What sending it there would cost; the order's freight stays")


class FulfilmentPolicyView(View):
    address_change: Literal["ask", "automatic"]
    answer_within_hours: int
    version: int


class ExportView(View):
    """An export of orders. ``found``: listed so far; ``orders`` and ``rows``: written."""

    export_id: str
    status: Literal["running", "done", "failed"]
    why: str | None
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    order_status: str | None
    with_addresses: bool
    by: str
    created_at: datetime
    found: int
    orders: int
    rows: int
    url: str | None = Field(description="Works for ten minutes; ask again for another")


class NoteView(View):
    """What staff wrote about an order; nobody else reads it."""

    note_id: str
    by: str
    text: str | None = Field(description="Null once the buyer's data was erased")
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
    overdue: bool = Field(
        description="Its time is over. The state is what it has become by that; an order that somebody may have paid "
        "in time stays pending_payment until WeChat has said so"
    )
    under_review: bool = Field(description="Somebody has to clear it before it is sent, or offered as a gift (O19)")
    payment_id: str | None
    gift_id: str | None
    address: Address | None
    address_change: AddressChangeView | None = Field(description="The last one that was asked for")
    shipments: list[ShipmentView]
    receipt_due_at: datetime | None = Field(description="When it counts as received by itself")
    history: list[StepView]
    settled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class ShopOrdersPage(Page[OrderView]):
    """A page of a shop's orders. All changes up to ``settled_until`` have been listed: once at the end, go on later
    with ``updated_after`` set to it; what changed since may come again."""

    settled_until: datetime


class PaymentView(View):
    payment_id: str
    order_id: str
    out_trade_no: str
    provider: str = "wechat_pay"
    method: str
    status: str
    overdue: bool = Field(description="Its time is over, and WeChat has yet to say whether it was paid in time")
    amount_fen: int
    refunded_fen: int
    code_url: str | None
    h5_url: str | None
    jsapi: dict[str, str] | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class PostingView(View):
    account: str
    amount_fen: int


class EntryView(View):
    entry_id: str
    at: datetime
    cause: str
    ref: str
    order_id: str | None
    postings: list[PostingView]


class BalanceView(View):
    """What the shop calls its own, and what it owes, as positive amounts."""

    shop_id: str
    pending_fen: int = Field(description="Paid, and free some days after the order is done")
    available_fen: int
    withdrawable_fen: int = Field(description="Of `available_fen`: what a withdrawal may take now")
    frozen_fen: int = Field(description="Disputed")
    paying_out_fen: int = Field(description="On its way to the shop's bank account")
    owed_fen: int = Field(description="Went back to buyers after it was withdrawn; the next money repays it")
    advanced_fen: int = Field(description="Refunded by the platform for the shop, and yet to repay")
    deposit_fen: int
    fees_fen: int
    wechat_fen: int
    late_fen: int
    sum_fen: int = Field(description="Of all accounts, signed as in the ledger: always 0")


class DayBody(Body):
    day: Day = Field(description="In Beijing; over, and not longer ago than 90 days")


class DifferenceView(View):
    """One thing on which WeChat's bill and we disagree. `ours` and `theirs` are each side's word for its state."""

    kind: Literal["missing_here", "missing_at_wechat", "amount_differs", "status_differs", "refund_differs"]
    ref: str = Field(description="Our number of the payment or of the refund")
    payment_id: str
    order_id: str | None
    shop_id: str | None
    ours: str | None
    theirs: str | None
    ours_fen: int | None
    theirs_fen: int | None


class ReconciliationPage(Page[DifferenceView]):
    """The latest comparison of a day. At most 1 000 differences of a kind are listed; `differences` counts them all.
    Counts are the platform's: they are null for a shop."""

    day: date
    run: str
    status: str = Field(description="`running`, `done`, or `failed`")
    started_at: datetime
    done_at: datetime | None
    lines: int | None = Field(description="Payments and refunds in WeChat's bill")
    differences: dict[str, int] | None = Field(description="How often, by kind")


class ReconciliationStarted(View):
    run: str
    day: date


class NotificationAnswer(View):
    code: str = "SUCCESS"
    message: str = "OK"
