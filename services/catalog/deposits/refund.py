"""A part of a shop's deposit that it asks back (C3). Pure.

asked ─ paid ─▶ paid
  └── reject ─▶ rejected     (the amount is part of the deposit again)
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.shared.plumbing.problems import IllegalTransition

Status = Literal["asked", "paid", "rejected"]
Outcome = Literal["paid", "rejected"]


@dataclass(frozen=True)
class Refund:
    """``amount_fen`` is not part of the deposit while it is asked for. ``by``: who asked; empty for the end of a closed
    shop. ``note``: the bank's reference of what was paid, or why it was not."""

    refund_id: str
    shop_id: str
    amount_fen: int
    by: str
    created_at: datetime
    updated_at: datetime
    status: Status = "asked"
    note: str = ""
    version: int = 1

    def end(self, outcome: Outcome, note: str, now: datetime) -> "Refund":
        """The platform's word; the same again changes nothing. Raises IllegalTransition for another one."""
        if (self.status, self.note) == (outcome, note):
            return self
        if self.status != "asked":
            raise IllegalTransition(f"The refund is {self.status}", legal=[])
        return replace(self, status=outcome, note=note, updated_at=now, version=self.version + 1)
