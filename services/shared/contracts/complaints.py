"""What orders says of complaints. Nobody's words."""

from datetime import datetime
from typing import ClassVar, Literal

from services.shared.contracts.envelope import EventBody


class _ComplaintFact(EventBody):
    """Subject: the complaint's id."""

    NAME: ClassVar[str] = ""

    complaint_id: str
    order_id: str
    shop_id: str
    buyer: str
    reason: str
    title: str
    deadline_at: datetime | None


class ComplaintOpened(_ComplaintFact):
    """A buyer complains; the shop answers until the deadline, or the platform decides (O15)."""

    NAME: ClassVar[str] = "orders.complaint_opened"


class ComplaintMoved(_ComplaintFact):
    """It went on, or ended. ``by`` ``system``: nobody had acted by the deadline."""

    NAME: ClassVar[str] = "orders.complaint_moved"

    status: Literal["answered", "escalated", "resolved", "upheld", "dismissed", "withdrawn"]
    by: Literal["buyer", "merchant", "platform", "system"]
