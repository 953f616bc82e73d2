"""What comes in and goes out over HTTP: refunds of deposits."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from services.catalog.deposits.refund import Outcome, Refund, Status
from services.shared.plumbing.doors import Body, View


class AskRefund(Body):
    amount_fen: int = Field(gt=0, le=100_000_000, description="At most the shop's `deposit_free_fen`")


class EndRefund(Body):
    outcome: Outcome
    note: str = Field(
        default="", max_length=200, description="The bank's reference of what was paid; why it was rejected"
    )

    @model_validator(mode="after")
    def _note(self) -> Self:
        if self.outcome == "rejected" and not self.note.strip():
            raise ValueError("note: say why it is rejected")
        return self


class DepositRefundView(View):
    """A part of the deposit that goes back to the shop."""

    refund_id: str
    shop_id: str
    amount_fen: int
    status: Status
    by: str = Field(description="Who asked; empty for what goes back by itself after a shop was closed")
    note: str = Field(description="The bank's reference, or why it was rejected")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, refund: Refund) -> Self:
        return cls.model_validate({name: getattr(refund, name) for name in cls.model_fields})
