"""A live session: products in the order in which they are shown, one of them pinned (C10). Pure.

planned ─ start ─▶ live ─ end ─▶ ended
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.shared.plumbing.problems import IllegalTransition, Invalid

Status = Literal["planned", "live", "ended"]
MAX_PRODUCTS = 100  # so that a session is shown in two reads

MOVES: Mapping[str, frozenset[Status]] = {
    "edit": frozenset({"planned", "live"}),
    "pin": frozenset({"live"}),
    "start": frozenset({"planned"}),
    "end": frozenset({"live"}),
}


@dataclass(frozen=True)
class LiveSession:
    """A session as it is. Its id is the source token that orders carry."""

    session_id: str
    shop_id: str
    title: str
    product_ids: tuple[str, ...]
    planned_for: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    status: Status = "planned"
    pinned: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def edit(
        self, title: str | None, product_ids: Sequence[str] | None, planned_for: datetime | None, now: datetime
    ) -> "LiveSession":
        """With other words, products or another time; what is pinned stays while it is shown."""
        products = self.product_ids if product_ids is None else tuple(dict.fromkeys(product_ids))
        pinned = self.pinned if self.pinned in products else None
        return self._move(
            "edit",
            now,
            title=self.title if title is None else title,
            product_ids=products,
            planned_for=planned_for or self.planned_for,
            pinned=pinned,
        )

    def pin(self, product_id: str | None, now: datetime) -> "LiveSession":
        """With this product, or none, in front. Raises Invalid for one that the session does not show."""
        if product_id is not None and product_id not in self.product_ids:
            why = "the session does not show it"
            raise Invalid(f"product_id: {why}", errors=[{"at": "product_id", "why": why}])
        return self._move("pin", now, pinned=product_id)

    def start(self, now: datetime) -> "LiveSession":
        """On air. A live session stays as it is."""
        return self if self.status == "live" else self._move("start", now, status="live", started_at=now)

    def end(self, now: datetime) -> "LiveSession":
        """Over. An ended session stays as it is."""
        return self if self.status == "ended" else self._move("end", now, status="ended", ended_at=now, pinned=None)

    def _move(self, move: str, now: datetime, **changes: Any) -> "LiveSession":
        if self.status not in MOVES[move]:
            legal = sorted(name for name, states in MOVES.items() if self.status in states)
            raise IllegalTransition(f"A session that is {self.status} cannot {move}", legal=legal)
        if replace(self, **changes) == self:
            return self
        return replace(self, version=self.version + 1, updated_at=now, **changes)
