"""A qualification that a shop hands in (C2). Pure.

submitted ─ pass ──▶ passed ─ reject ─▶ rejected     (a passed one is revoked by rejecting it)
    └───── reject ──────────────────────▲
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.catalog.shops.licence import Certificate, first_moment_after
from services.shared.plumbing.problems import IllegalTransition

Kind = Literal[
    "food_business", "drug_business", "medical_device_business", "publication_business", "education", "brand"
]
Status = Literal["submitted", "passed", "rejected"]
Decision = Literal["pass", "reject"]


@dataclass(frozen=True)
class Qualification:
    """A document with its number. It holds through the day ``expires_on``, in Beijing; without one it does not end.

    ``document`` is an upload; ``brand`` whose certificate it is, where it is one.
    """

    qualification_id: str
    shop_id: str
    kind: Kind
    number: str
    document: str
    created_at: datetime
    updated_at: datetime
    brand: str = ""
    expires_on: date | None = None
    status: Status = "submitted"
    reason: str = ""
    version: int = 1

    def decide(self, decision: Decision, reason: str, now: datetime) -> "Qualification":
        """The platform's word. The same word again changes nothing; a rejected one is handed in anew instead."""
        status: Status = "passed" if decision == "pass" else "rejected"
        if (self.status, self.reason) == (status, reason):
            return self
        if self.status in ("rejected", status):
            raise IllegalTransition(f"A {self.status} qualification is not decided on again; hand in another", legal=[])
        return replace(self, status=status, reason=reason, updated_at=now, version=self.version + 1)

    def over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_on is not None and now >= first_moment_after(self.expires_on)

    def certificate(self) -> Certificate:
        """What the shop has of it once it is passed."""
        return Certificate(self.qualification_id, self.kind, self.brand, self.expires_on)
