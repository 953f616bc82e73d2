"""What gifts says: a gift is ready, somebody wants it in another style, it was claimed, declined, or nobody came."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from services.shared.contracts.envelope import EventBody


class _GiftFact(EventBody):
    """Subject: the gift's id."""

    NAME: ClassVar[str] = ""

    gift_id: str
    order_id: str
    shop_id: str
    giver: str
    title: str = Field(description="Of the goods given")


class GiftReady(_GiftFact):
    """Paid for; its card can be opened until the deadline (G2)."""

    NAME: ClassVar[str] = "gifts.gift_ready"

    to_openid: str | None
    deadline_at: datetime
    sub_gift_ids: list[str]


class StyleAsked(_GiftFact):
    """A recipient wants another style of the same product at the same price; orders answers once an attempt (G3)."""

    NAME: ClassVar[str] = "gifts.style_asked"

    sub_gift_id: str
    attempt: int
    line_no: int
    sku_id: str
    after_claim: bool = Field(default=False, description="Of what is claimed and not shipped yet (G7)")


class GiftClaimed(_GiftFact):
    """One sub-gift has its recipient. The address is ciphertext for orders."""

    NAME: ClassVar[str] = "gifts.gift_claimed"

    sub_gift_id: str
    recipient: str
    sku_id: str
    address_cipher: str
    recipient_order_id: str | None = Field(default=None, description="The order that this recipient follows")
    waited_s: int | None = Field(default=None, description="Seconds from the payment to the claim")


class GiftDeclined(_GiftFact):
    """The recipient said no (G5): money and stock go back."""

    NAME: ClassVar[str] = "gifts.gift_declined"

    sub_gift_ids: list[str]
    recipient: str
    own: bool = Field(default=False, description="A merchant's own gift: there is no money to go back (G8)")


class GiftExpired(_GiftFact):
    """Nobody claimed these in time (G4): money and stock go back."""

    NAME: ClassVar[str] = "gifts.gift_expired"

    sub_gift_ids: list[str]
    own: bool = Field(default=False, description="A merchant's own gift: there is no money to go back (G8)")


class GiftGranted(EventBody):
    """A merchant gives own goods (G8): orders takes the stock, for nothing, or refuses, once. Subject: the grant."""

    NAME: ClassVar[str] = "gifts.gift_granted"

    grant_id: str
    activity_id: str
    shop_id: str
    giver: str = Field(description="Who of the shop's staff gave it")
    sku_id: str
    most_fen: int = Field(description="What one piece may cost, at most")
    to_openid: str | None


class LotDrawn(_GiftFact):
    """The winners of a lot are drawn, first to last; each may claim until the deadline (G6)."""

    NAME: ClassVar[str] = "gifts.lot_drawn"

    entries: int
    winners: list[str]
    deadline_at: datetime


class StyleSwapAsked(_GiftFact):
    """A recipient would rather have another style of what is claimed; the merchant decides (G7)."""

    NAME: ClassVar[str] = "gifts.style_swap_asked"

    sub_gift_id: str
    recipient: str
    recipient_order_id: str
    sku_id: str
    decide_by: datetime


class StyleSwapEnded(_GiftFact):
    """What became of a wish for another style; unless it is ``swapped`` all stays as it was claimed (G7)."""

    NAME: ClassVar[str] = "gifts.style_swap_ended"

    sub_gift_id: str
    recipient: str
    recipient_order_id: str
    sku_id: str
    outcome: Literal["swapped", "rejected", "lapsed", "sold_out", "not_offered"]
