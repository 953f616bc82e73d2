"""What orders tells others of a complaint."""

from typing import Any

from services.orders.complaints.complaint import Complaint
from services.orders.order import Order


def facts_of(complaint: Complaint, order: Order) -> dict[str, Any]:
    """The members every fact about a complaint has."""
    return {
        "complaint_id": complaint.complaint_id,
        "order_id": complaint.order_id,
        "shop_id": complaint.shop_id,
        "buyer": complaint.buyer,
        "reason": complaint.reason,
        "title": order.lines[0].title,
        "deadline_at": complaint.deadline_at,
    }
