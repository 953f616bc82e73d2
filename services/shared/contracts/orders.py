"""What orders says: buying, paying, shipping, money back, stock."""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.shared.contracts.envelope import EventBody, Kind

OrderKind = Literal["purchase", "gift"]


class OrderLine(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    line_no: int
    sku_id: str
    product_id: str
    title: str
    quantity: int
    unit_price_fen: int
    total_fen: int


class LotTerms(BaseModel):
    """A draw among those who enter (G6)."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    draw_after_minutes: int = Field(description="From the payment")
    full_at: int = Field(description="So many entries, and it is drawn at once")
    may_enter: list[str] = Field(default=[], description="Only these persons; empty: whoever holds the link")


class GiftTerms(BaseModel):
    """What the giver asked for. Ciphertexts are for gifts."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    mode: Literal["single", "group", "lot"]
    recipients: int
    to_openid: str | None
    message_cipher: str | None
    giver_name_cipher: str | None
    show_price: bool = False


class _OrderFact(EventBody):
    """Enough of the order for whoever hears it. Subject: the order's id."""

    NAME: ClassVar[str] = ""

    order_id: str
    shop_id: str
    buyer: str
    kind: OrderKind
    lines: list[OrderLine]


class OrderPlaced(_OrderFact):
    """Its goods are held for the buyer, who pays until it expires; where nothing is to be paid, OrderPaid comes too."""

    NAME: ClassVar[str] = "orders.order_placed"

    payable_fen: int
    expires_at: datetime
    channel: str


class OrderPaid(_OrderFact):
    """It is paid for: its goods can be sent, or given. With ``held_for_review`` not before somebody clears it (O19)."""

    NAME: ClassVar[str] = "orders.order_paid"

    paid_fen: int
    paid_at: datetime
    channel: str
    gift: GiftTerms | None = None
    lot: LotTerms | None = Field(default=None, description="How a gift by lot is drawn (G6)")
    grant_id: str | None = Field(default=None, description="Of a merchant's own gift: nothing is paid (G8)")
    no_delivery_regions: list[str] = Field(default=[], description="Where this gift cannot be sent (G2)")
    held_for_review: bool = Field(default=False, description="Somebody has to clear it before it goes on (O19)")


class GiftCleared(OrderPaid):
    """A gift that was held for review may be claimed now; its time is counted from ``paid_at`` (O19).

    The OrderPaid that went before it said nothing of a gift.
    """

    NAME: ClassVar[str] = "orders.gift_cleared"

    kind: Literal["gift"]


class OrderCancelled(_OrderFact):
    """It has ended without its goods, which can be bought again. What was paid goes back, and is told by itself."""

    NAME: ClassVar[str] = "orders.order_cancelled"

    why: Literal["buyer", "expired", "gift_declined", "gift_expired"]
    channel: str = "direct"


class OrderRefused(_OrderFact):
    """Somebody has looked at an order that was held for review, and does not let it go on (O19). It has ended.

    ``paid_fen`` goes back to its buyer in full; ``paid``: whether its time as a paid order had begun, also for nothing.
    """

    NAME: ClassVar[str] = "orders.order_refused"

    paid: bool
    paid_fen: int
    channel: str


class OrderShipped(_OrderFact):
    """One parcel of it is on its way; ``complete``: nothing is left to be sent."""

    NAME: ClassVar[str] = "orders.order_shipped"

    recipient: str | None = Field(description="Who claimed it, for a gift")
    sub_gift_id: str | None = Field(default=None, description="What the recipient claimed, for a gift")
    shipment_no: int
    carrier: str
    waybill: str
    complete: bool


class WaybillCorrected(_OrderFact):
    """A parcel went under another number than OrderShipped said."""

    NAME: ClassVar[str] = "orders.waybill_corrected"

    recipient: str | None = Field(description="Who claimed it, for a gift")
    shipment_no: int
    carrier: str
    waybill: str


class ReceiptExtended(_OrderFact):
    """Who waits for the goods wants them to count as received later."""

    NAME: ClassVar[str] = "orders.receipt_extended"

    recipient: str | None = Field(description="Who claimed it, for a gift")
    receipt_due_at: datetime


class OrderRepriced(_OrderFact):
    """The merchant changed what an unpaid order costs; a payment that was started before pays it no more."""

    NAME: ClassVar[str] = "orders.order_repriced"

    was_fen: int
    payable_fen: int
    expires_at: datetime


class AddressChangeAsked(_OrderFact):
    """Who gets the goods wants them sent elsewhere; the shop answers until the deadline. Nobody is told where."""

    NAME: ClassVar[str] = "orders.address_change_asked"

    recipient: str | None = Field(description="Who claimed it, for a gift")
    deadline_at: datetime


class AddressChangeEnded(_OrderFact):
    """Where the goods go is settled. ``automatic``: by the shop's policy; ``changed_by_shop``: without being asked."""

    NAME: ClassVar[str] = "orders.address_change_ended"

    recipient: str | None = Field(description="Who claimed it, for a gift")
    outcome: Literal["accepted", "rejected", "expired", "automatic", "changed_by_shop"]
    why: str | None


class OrderReceived(_OrderFact):
    """Who got the goods has said so, or by ``auto`` the time for it is over."""

    NAME: ClassVar[str] = "orders.order_received"

    recipient: str | None
    sub_gift_id: str | None = Field(default=None, description="What the recipient claimed, for a gift")
    by: Literal["buyer", "auto"]


class OrderSettled(_OrderFact):
    """Its money became available to the shop (O7)."""

    NAME: ClassVar[str] = "orders.order_settled"

    settled_fen: int
    fee_fen: int


class RefundDue(EventBody):
    """A refund is reserved; orders tells WeChat. Orders hears its own event. Subject: the payment's id."""

    NAME: ClassVar[str] = "orders.refund_due"

    payment_id: str
    refund_id: str


class RefundSucceeded(EventBody):
    """The money is on its way back to the payer. Subject: the order's id."""

    NAME: ClassVar[str] = "orders.refund_succeeded"

    order_id: str
    shop_id: str
    buyer: str
    refund_id: str
    amount_fen: int
    why: Literal["late_payment", "gift_declined", "gift_expired", "aftersale"]
    gift: bool = False
    sub_gift_ids: list[str] = Field(default=[], description="Of a gift for many: those it is for (G6)")
    refused: bool = Field(default=False, description="It was not let go on (O19); ``why`` is ``aftersale`` then")


class RefundDelayed(EventBody):
    """A refund has not gone through for days; it is still asked for. Said once. Subject: the order's id.

    ``trouble`` is WeChat's word (ABNORMAL: the payer's account takes nothing; NOT_ENOUGH: ours is empty) or ours.
    """

    NAME: ClassVar[str] = "orders.refund_delayed"

    order_id: str
    shop_id: str
    buyer: str
    refund_id: str
    amount_fen: int
    trouble: str
    since: datetime


class DifferenceCounts(BaseModel):
    """On how many payments and refunds WeChat and we disagree, by what is wrong."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    missing_here: int = 0
    missing_at_wechat: int = 0
    amount_differs: int = 0
    status_differs: int = 0
    refund_differs: int = 0


class PaymentsDiffer(EventBody):
    """WeChat's bill of a (Beijing) day and our payments and refunds of it disagree.

    Subject: the comparison's id.
    """

    NAME: ClassVar[str] = "orders.payments_differ"

    day: date
    differences: DifferenceCounts


class StyleAnswered(EventBody):
    """Orders' one answer to one StyleAsked (G3). Subject: the order's id."""

    NAME: ClassVar[str] = "orders.style_answered"

    gift_id: str
    sub_gift_id: str
    attempt: int
    sku_id: str
    outcome: Literal["taken", "sold_out", "not_the_same_price", "not_for_sale"]


class GrantRefused(EventBody):
    """A merchant's own gift cannot be had (G8); its pool has it back. Subject: the grant."""

    NAME: ClassVar[str] = "orders.grant_refused"

    grant_id: str
    activity_id: str
    shop_id: str
    giver: str
    why: Literal["out_of_stock", "not_for_sale", "not_giftable", "shop_closed", "price"]


class AvailabilityChanged(EventBody):
    """Whether a style can be bought, as a hint for shelves. Subject: the SKU's id."""

    NAME: ClassVar[str] = "orders.availability_changed"
    KIND: ClassVar[Kind] = "state"

    sku_id: str
    product_id: str
    shop_id: str
    in_stock: bool


class StockMoved(EventBody):
    """Stock moved by no fact about an order: counted, swapped, or watched otherwise. Orders hears its own event.
    Subject: the first SKU's id."""

    NAME: ClassVar[str] = "orders.stock_moved"

    shop_id: str
    sku_ids: list[str]


class StockLow(EventBody):
    """A style fell to its threshold (O1); said once until it was above it again. Subject: the SKU's id."""

    NAME: ClassVar[str] = "orders.stock_low"

    sku_id: str
    product_id: str
    shop_id: str
    title: str
    left: int
