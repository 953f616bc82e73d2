"""What comes in and goes out about complaints (O15)."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from services.orders.complaints.complaint import Reason, Status
from services.shared.plumbing.doors import Body, View

ABOUT_UPLOADS = "Finished uploads with the purpose `complaint_evidence`"


class ComplaintBody(Body):
    reason: Reason
    text: str = Field(min_length=1, max_length=1_000)
    upload_ids: list[str] = Field(default=[], max_length=9, description=ABOUT_UPLOADS)


class StatementBody(Body):
    """Words, files, or both."""

    text: str | None = Field(default=None, min_length=1, max_length=1_000)
    upload_ids: list[str] = Field(default=[], max_length=9, description=ABOUT_UPLOADS)

    @model_validator(mode="after")
    def _something(self) -> "StatementBody":
        if not self.text and not self.upload_ids:
            raise ValueError("say something, or hand something in")
        return self


class MoveBody(Body):
    move: Literal["accept", "escalate", "withdraw"]


class DecisionBody(Body):
    decision: Literal["uphold", "dismiss"]
    why: str = Field(min_length=1, max_length=500)


class RatingBody(Body):
    score: int = Field(ge=1, le=5)


class SaidView(View):
    at: datetime
    party: str
    text: str | None
    urls: list[str] = Field(description="Of the files; each works for ten minutes")


class StepView(View):
    at: datetime
    move: str
    to: str
    party: str
    why: str | None


class ComplaintView(View):
    complaint_id: str
    order_id: str
    shop_id: str
    reason: Reason
    status: Status
    deadline_at: datetime | None = Field(description="Until when somebody is waited for; then time decides")
    overdue: bool = Field(description="That moment is over, and what time decides is about to be written down")
    said: list[SaidView]
    history: list[StepView]
    score: int | None
    created_at: datetime
    updated_at: datetime
    version: int


class RatesView(View):
    """Of the last 30 days, in Beijing. Rates are null where there is nothing to divide by."""

    shop_id: str
    paid_orders: int
    complaints: int
    disputed: int = Field(description="Went to the platform")
    complaint_rate: float | None = Field(description="complaints / paid_orders")
    dispute_rate: float | None = Field(description="disputed / paid_orders")
    rated: int
    satisfaction: float | None = Field(description="Mean of the scores, 1 to 5")
