"""What orders says of after-sales: they were opened, went on, and ended. Nobody's words."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from services.shared.contracts.envelope import EventBody


class _AftersaleFact(EventBody):
    """Enough of an after-sale for whoever hears it; nobody's words. Subject: the after-sale's id."""

    NAME: ClassVar[str] = ""

    aftersale_id: str
    order_id: str
    shop_id: str
    applicant: str = Field(description="Who keeps the goods: the buyer, or the recipient of a gift")
    payer: str = Field(description="To whom money goes back")
    kind: Literal["refund", "return_refund", "exchange", "reship"]
    reason: str
    title: str = Field(description="Of the first line it is about")
    lines: int
    pieces: int
    amount_fen: int = Field(description="What goes back, or would")


class AftersaleOpened(_AftersaleFact):
    """Somebody applied. ``fast``: it is refunded at once, and waits for nobody."""

    NAME: ClassVar[str] = "orders.aftersale_opened"

    fast: bool
    deadline_at: datetime | None


class AftersaleMoved(_AftersaleFact):
    """It went on. ``by`` ``system``: nobody had acted by the deadline."""

    NAME: ClassVar[str] = "orders.aftersale_moved"

    move: Literal["agree", "reject", "dispute", "uphold", "send_back", "receive", "send_again", "refund_instead"]
    by: Literal["buyer", "merchant", "platform", "system"]
    status: Literal["rejected", "disputed", "awaiting_return", "returning", "to_resend", "resent", "refunding"]
    rejection: str | None
    deadline_at: datetime | None


class AftersaleClosed(_AftersaleFact):
    """It is over. Money of a ``refunded`` one has reached its payer, which RefundSucceeded tells too."""

    NAME: ClassVar[str] = "orders.aftersale_closed"

    outcome: Literal["refunded", "completed", "withdrawn", "closed"]
    by: Literal["buyer", "merchant", "platform", "system"]
