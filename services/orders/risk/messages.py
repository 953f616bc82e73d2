"""What comes in and goes out over HTTP: what was decided about an order (O19)."""

from datetime import datetime
from typing import Self

from pydantic import Field

from services.orders.order import Order
from services.shared.plumbing.doors import Body, View


class ClearanceBody(Body):
    note: str = Field(
        default="", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Why; no personal data, please"
    )


class RefusalBody(ClearanceBody):
    """The same; the buyer is not told it."""


class JudgementView(View):
    """``why``: the bounds that were broken, or what the judge said; of who has looked at it the note."""

    at: datetime
    act: str = Field(description="`pay`, `gift`, or `clear`: somebody has looked at it")
    verdict: str
    by: str = Field(description="Which judge; of `clear` who")
    amount_fen: int
    why: list[str]


class RiskView(View):
    order_id: str
    under_review: bool
    judgements: list[JudgementView]

    @classmethod
    def of(cls, order: Order) -> Self:
        judgements = [JudgementView.model_validate({**vars(one), "why": list(one.why)}) for one in order.risk]
        return cls(order_id=order.order_id, under_review=order.under_review, judgements=judgements)
