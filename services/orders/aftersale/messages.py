"""What comes in and goes out over HTTP about after-sales."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.orders.aftersale.aftersale import Kind, Party, Reason, Rejection, Status, Unclaimed
from services.orders.messages import Address, ChangesQuery, Id, Paging, Text, Waybill
from services.shared.plumbing.doors import Body, Page, View

Words = Annotated[str, Field(min_length=1, max_length=500)]
Uploads = Annotated[
    tuple[Id, ...],
    Field(max_length=9, description="Finished uploads of the caller for `aftersale_evidence`"),
]


class AftersaleLine(Body):
    line_no: int = Field(ge=1)
    quantity: int = Field(ge=1, le=100_000)
    amount_fen: int | None = Field(
        default=None,
        ge=1,
        description="Less than the pieces are worth, to make up for something: they stay bought. Only of `refund`",
    )
    sku_id: Id | None = Field(
        default=None, description="Another style of the same product at the same price. Only of `exchange`"
    )


class AftersaleBody(Body):
    """What is asked for (O6). `refund`: money, nothing comes back; `return_refund`: goods come back, then money goes;
    `exchange`: goods come back, then others go; `reship`: what never came, or came broken, is sent again."""

    kind: Kind
    reason: Reason
    lines: list[AftersaleLine] = Field(min_length=1, max_length=40)
    text: Words | None = None
    upload_ids: Uploads = ()

    @model_validator(mode="after")
    def _belongs(self) -> "AftersaleBody":
        if len({line.line_no for line in self.lines}) != len(self.lines):
            raise ValueError("each line once")
        if self.kind != "refund" and any(line.amount_fen is not None for line in self.lines):
            raise ValueError("amount_fen goes with refund")
        if self.kind != "exchange" and any(line.sku_id is not None for line in self.lines):
            raise ValueError("sku_id goes with exchange")
        return self


class DecisionBody(Body):
    """The shop's word. Where goods come back, `return_address` says where to; left out it is the shop's own (`PUT
    …/return-address`). A rejection has a reason."""

    decision: Literal["agree", "reject"]
    reason: Rejection | None = None
    text: Words | None = Field(default=None, description="For the applicant, with a rejection")
    return_address: Address | None = None

    @model_validator(mode="after")
    def _belongs(self) -> "DecisionBody":
        if (self.decision == "reject") != (self.reason is not None):
            raise ValueError("a rejection has a reason, an agreement has none")
        return self


class ReturnAddressBody(Body):
    address: Address


class ReturnAddressView(View):
    address: Address | None = Field(description="Null: none was said yet")


class RulingBody(Body):
    """The platform's word on a dispute; it is the last one."""

    decision: Literal["for_buyer", "for_shop"]
    text: Words | None = None


class ReturnBody(Body):
    carrier: Text = Field(description="A code of `GET /carriers`, a name, or any other carrier")
    waybill: Waybill


class RefundDoneBody(Body):
    """Of an order that moved here: money went back from the old shop, where it was paid."""

    reference: Waybill = Field(description="Under which it went back there")


class JudgementBody(Body):
    """What came back. Only what is `sellable` is for sale again."""

    sellable: bool


class EvidenceBody(Body):
    text: Words | None = None
    upload_ids: Uploads = ()

    @model_validator(mode="after")
    def _something(self) -> "EvidenceBody":
        if not self.text and not self.upload_ids:
            raise ValueError("hand in a text or files")
        return self


class AftersalesQuery(Paging):
    status: Status | None = Field(default=None, description="Only these; a page may then be short, and still go on")


class ShopAftersalesQuery(ChangesQuery):
    """Which of the shop's after-sales; times are those of the last change."""

    status: Status | None = Field(default=None, description="Only these; a page may then be short, and still go on")


class AftersaleLineView(View):
    line_no: int
    sku_id: str
    title: str
    quantity: int
    amount_fen: int | None
    whole: bool = Field(description="False: money to make up for something; the pieces stay bought")


class NewGoodsView(View):
    line_no: int
    sku_id: str
    quantity: int


class ParcelView(View):
    carrier: str
    carrier_name: str
    waybill: str
    at: datetime


class EvidenceView(View):
    evidence_id: str
    by: Party
    at: datetime
    text: str | None
    urls: list[str] = Field(description="Each works for ten minutes")


class TurnView(View):
    at: datetime
    move: str
    to: str
    by: Party
    why: str | None


class RefundView(View):
    """How its money is doing. `trouble`: why WeChat has not paid it out yet; it is asked again until it has."""

    refund_id: str
    status: str
    amount_fen: int | None
    asked_at: datetime
    tries: int
    trouble: str | None


class AftersaleView(View):
    """An after-sale as the caller may see it: words, files and addresses are for who keeps the goods, the shop and the
    platform; amounts not for the recipient of a gift, unless the giver shows them."""

    aftersale_id: str
    order_id: str
    shop_id: str
    kind: Kind
    reason: Reason | Unclaimed
    status: Status
    amount_fen: int | None = Field(description="What goes back, or would; freight comes to it when it is granted")
    lines: list[AftersaleLineView]
    sub_gift_ids: list[str] = Field(
        description="Of `gift_unclaimed`: each that nobody took in time, of a gift for many"
    )
    fast: bool = Field(description="Refunded at once, without asking the shop")
    text: str | None
    evidence: list[EvidenceView]
    rejection: Rejection | None
    rejection_text: str | None
    return_address: Address | None
    returned: ParcelView | None
    sellable: bool | None = Field(description="What the shop said of what came back; null: nobody looked")
    new_goods: list[NewGoodsView]
    resent: ParcelView | None
    refund: RefundView | None
    deadline_at: datetime | None = Field(description="When time itself acts, if nobody does")
    overdue: bool = Field(description="That moment is over, and what time does then is about to be written down")
    history: list[TurnView]
    created_at: datetime
    updated_at: datetime
    version: int


class ShopAftersalesPage(Page[AftersaleView]):
    """A page of a shop's after-sales. All changes up to ``settled_until`` have been listed: once at the end, go on
    later with ``updated_after`` set to it; what changed since may come again."""

    settled_until: datetime


class FastDayView(View):
    """Fast refunds granted on one day (in Beijing)."""

    day: str
    granted: int
    done: int
    done_within_2h: int
    share_within_2h: float = Field(description="Of those granted; 1 is all of them")
