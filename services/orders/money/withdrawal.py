"""A withdrawal: a recorded instruction to pay a shop's money to its bank account (O7). Pure.

requested ─ handed over, once ─▶ handed ─ arrived ─▶ paid
                                   └──── bounced ──▶ failed: the money is the shop's to withdraw again
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.shared.plumbing.problems import IllegalTransition

Status = Literal["requested", "handed", "paid", "failed"]
Outcome = Literal["paid", "failed"]

MOVES: Mapping[Status, frozenset[Status]] = {
    "requested": frozenset({"handed"}),
    "handed": frozenset({"paid", "failed"}),
    "paid": frozenset(),
    "failed": frozenset(),
}


@dataclass(frozen=True)
class Withdrawal:
    """So many fen to where the shop's money went when it was asked for. ``account_sealed``: that, as ciphertext."""

    withdrawal_id: str
    shop_id: str
    amount_fen: int
    status: Status
    by: str
    account_sealed: str
    account_shown: str
    created_at: datetime
    updated_at: datetime
    version: int = 1
    payout_id: str | None = None
    handed_at: datetime | None = None
    ended_at: datetime | None = None
    why: str | None = None

    def hand_over(self, at: datetime, payout_id: str) -> "Withdrawal":
        """It is in this payout, and in no other. Raises IllegalTransition."""
        return self._move("handed", at, payout_id=payout_id, handed_at=at)

    def end(self, at: datetime, outcome: Outcome, why: str | None) -> "Withdrawal":
        """What became of it at the bank. Raises IllegalTransition."""
        return self._move(outcome, at, ended_at=at, why=why)

    def _move(self, to: Status, at: datetime, **changes: object) -> "Withdrawal":
        if to not in MOVES[self.status]:
            detail = f"A withdrawal that is {self.status} cannot become {to}"
            raise IllegalTransition(detail, state=self.status, legal=sorted(MOVES[self.status]))
        return replace(self, status=to, updated_at=at, version=self.version + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class BankAccount:
    """Where a shop's money goes."""

    holder: str
    bank: str
    number: str

    @property
    def shown(self) -> str:
        """As much of it as need be seen."""
        return f"{self.bank} •••• {self.number[-4:]}"
