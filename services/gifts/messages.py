"""What comes in and goes out over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from services.gifts.activity import GrantRefusal, GrantStatus
from services.gifts.gift import Line
from services.gifts.lot import LotState
from services.gifts.sub_gift import Status, Style, SwapState
from services.shared.plumbing.doors import Body, Day, Instant, View
from services.shared.plumbing.shown_text import shown_length

# Shown on a waybill: one line, no control characters.
Text = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
LongText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _on_a_card(text: str) -> str:
    if shown_length(text) > 100 or len(text) > 1_000:
        raise ValueError("at most 100 characters")
    if "<" in text or ">" in text:
        raise ValueError("no markup")
    return text


# No control characters but the line feed, and none that turn a text round.
_PLAIN = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"
CardText = Annotated[str, Field(min_length=1, pattern=_PLAIN), AfterValidator(_on_a_card)]


class Address(Body):
    """Where to send it."""

    name: Text
    phone: str = Field(pattern=r"^[0-9+ -]{5,20}$")
    province: Text
    city: Text
    district: Text | Literal[""] = ""
    detail: LongText
    postcode: str | None = Field(default=None, pattern=r"^[0-9A-Za-z -]{3,10}$")


class ClaimBody(Body):
    """``sku_id`` only for another style than the ordered one."""

    address: Address
    sku_id: str | None = Field(default=None, min_length=1, max_length=64)


class SwapBody(Body):
    """The style that you would rather have."""

    sku_id: str = Field(min_length=1, max_length=64)


class DecisionBody(Body):
    agree: bool


class ActivityBody(Body):
    """A merchant's own gifts: pieces of one style, out of a pool and within a budget in fen."""

    name: Text
    product_id: str = Field(min_length=1, max_length=64)
    sku_id: str = Field(min_length=1, max_length=64)
    pool: int = Field(ge=1, le=1_000_000)
    budget_fen: int = Field(ge=1, le=100_000_000_000)
    ends_at: Instant


class OwnGiftBody(Body):
    """One piece. ``to_openid``: only this person may claim it."""

    to_openid: str | None = Field(default=None, min_length=1, max_length=128)
    message: CardText | None = None
    giver_name: Text | None = Field(default=None, description="Whom the card names")


class NumbersQuery(Body):
    """Beijing days, both included; by default the last thirty."""

    since: Day | None = None
    until: Day | None = None


class PageQuery(Body):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class Goods(View):
    """What each recipient gets. ``unit_price_fen`` is null to whom the giver does not show it."""

    sku_id: str
    title: str
    image: str | None
    attributes: Mapping[str, str]
    quantity: int
    unit_price_fen: int | None

    @classmethod
    def of(cls, line: Line, *, priced: bool, style: Style | None = None) -> "Goods":
        """The line as ordered, or in this style."""
        shown = style or line.ordered
        return cls(
            sku_id=shown.sku_id,
            title=line.title,
            image=line.image,
            attributes=shown.attributes,
            quantity=line.quantity,
            unit_price_fen=line.unit_price_fen if priced else None,
        )


class StyleView(View):
    """A style that the recipient may choose."""

    sku_id: str
    attributes: Mapping[str, str]
    ordered: bool


class SubGiftView(View):
    """One recipient's share, as the giver sees it: no person, no address."""

    sub_gift_id: str
    status: Status
    sku_id: str
    refund_id: str | None = Field(description="In which refund its money went back: what expired shares one")
    refunded_at: datetime | None


class QrView(View):
    """The QR code of a gift's claim link, as SVG and as a PNG of ``width`` pixels in a data URI."""

    url: str
    svg: str
    png: str
    width: int


class GiftView(View):
    """A gift as its giver sees it. Token and link are null once nobody can claim any more."""

    gift_id: str
    order_id: str
    shop_id: str
    mode: Literal["single", "group", "lot"]
    status: Status
    message: str | None
    goods: list[Goods]
    deadline_at: datetime
    claim_token: str | None
    claim_url: str | None
    sub_gifts: list[SubGiftView]
    created_at: datetime
    updated_at: datetime
    version: int


class LotView(View):
    """The draw, as one who holds the link sees it. ``entry_id`` is your own; ``won`` is null until it is drawn."""

    state: LotState
    draw_at: datetime
    full_at: int
    entries: int
    commitment: str
    entry_id: str | None
    won: bool | None


class DrawView(View):
    """All that it takes to check a draw. Entries are ids that only who entered can tell to be their own."""

    gift_id: str
    algorithm: str
    state: LotState
    commitment: str = Field(description="SHA-256 of the seed, published before anybody could enter")
    draw_at: datetime
    full_at: int
    prizes: int
    entries: list[str]
    drawn_at: datetime | None
    seed: str | None
    winners: list[str]


class CardView(View):
    """A gift as the holder of its link sees it; after the end, others than giver and recipient see the status only.

    ``last_refusal`` is the slug of why the style last asked for was not to be had.
    """

    status: Status
    deadline_at: datetime
    addressed: bool = Field(description="The giver sent it to one person; nobody else can claim it")
    giver_name: str | None = None
    message: str | None = None
    shop_name: str | None = None
    goods: list[Goods] = Field(default=[])
    styles: list[StyleView] = Field(default=[])
    last_refusal: str | None = None
    left: int = Field(default=0, description="How many can be claimed still")
    lot: LotView | None = None


class RecipientsSwap(View):
    """Your wish for another style, and what became of it."""

    status: SwapState
    sku_id: str
    decide_by: datetime


class SwapView(View):
    """A recipient's wish for another style, as the merchant sees it."""

    sub_gift_id: str
    order_id: str
    title: str
    status: SwapState
    has: Mapping[str, str] = Field(description="The style that was claimed")
    wants: Mapping[str, str]
    wants_sku_id: str
    decide_by: datetime


class ReceivedView(View):
    """A gift as its recipient sees it, with the address the recipient gave."""

    sub_gift_id: str
    gift_id: str
    order_id: str
    shop_id: str
    status: Status
    giver_name: str | None
    message: str | None
    goods: list[Goods]
    address: Address | None
    claimed_at: datetime | None
    swap: RecipientsSwap | None = None
    retry_after_s: int | None = Field(default=None, description="While it is being claimed: look at the card then")


class WaitView(View):
    """Claims that came within so many seconds of the payment; ``up_to_s`` null: later than all that."""

    up_to_s: int | None
    claims: int


class DayView(View):
    day: date
    sent: int
    claimed: int
    declined: int
    expired: int
    new_buyers: int


class NumbersView(View):
    """What became of the shop's sub-gifts, by events: some seconds behind."""

    since: date
    until: date
    sent: int
    claimed: int
    declined: int
    expired: int
    new_buyers: int = Field(description="Who first received a gift of the shop's goods and then bought there")
    median_claim_s: int | None = Field(description="Half of the claims took at most so long")
    time_to_claim: list[WaitView]
    days: list[DayView] = Field(description="Days on which something happened")


class ActivityView(View):
    """``given`` and ``spent_fen`` count what is given or asked for; what nobody took is in the pool again."""

    activity_id: str
    shop_id: str
    name: str
    product_id: str
    sku_id: str
    pool: int
    given: int
    budget_fen: int
    spent_fen: int
    ends_at: datetime
    created_at: datetime


class OwnGiftView(View):
    """A piece that was given: ``asked`` of stock, ``ready`` as the gift ``gift_id``, or ``refused``, and why."""

    grant_id: str
    activity_id: str
    status: GrantStatus
    refusal: GrantRefusal | None
    gift_id: str | None
    created_at: datetime
