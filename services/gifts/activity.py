"""A merchant's own gifts: a pool of pieces and a budget, out of which staff give (G8). Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.gifts.refusals import ActivityOver, BudgetSpent, PoolEmpty

GrantStatus = Literal["asked", "ready", "refused"]
GrantRefusal = Literal["out_of_stock", "not_for_sale", "not_giftable", "shop_closed", "price"]
ASK_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Activity:
    """``given`` pieces and ``spent_fen`` of the budget are given or asked for; what comes back counts no more."""

    activity_id: str
    shop_id: str
    name: str
    product_id: str
    sku_id: str
    pool: int
    budget_fen: int
    ends_at: datetime
    created_at: datetime
    given: int = 0
    spent_fen: int = 0

    def require(self, price_fen: int, now: datetime) -> None:
        """One more piece at this price can be given. Raises ActivityOver, PoolEmpty, BudgetSpent."""
        if now >= self.ends_at:
            raise ActivityOver()
        if self.given >= self.pool:
            raise PoolEmpty()
        if self.spent_fen + price_fen > self.budget_fen:
            raise BudgetSpent(left_fen=self.budget_fen - self.spent_fen)


@dataclass(frozen=True)
class Grant:
    """One piece that was given. ``message`` and ``giver_name`` are sealed for the giver; ``price_fen`` is budgeted."""

    grant_id: str
    activity_id: str
    shop_id: str
    giver: str
    sku_id: str
    price_fen: int
    to_openid: str | None
    message: str | None
    giver_name: str | None
    asked_at: datetime
    created_at: datetime
    version: int = 1
    status: GrantStatus = "asked"
    refusal: GrantRefusal | None = None

    def ask_again(self, now: datetime) -> "Grant":
        """Orders has not answered yet."""
        return self._with(asked_at=now)

    def ready(self) -> "Grant":
        """It is a gift."""
        return self._with(status="ready")

    def refuse(self, why: GrantRefusal) -> "Grant":
        """Orders has not got it."""
        return self._with(status="refused", refusal=why)

    @property
    def ask_again_at(self) -> datetime | None:
        """When the question is put again; None once it is answered."""
        return self.asked_at + ASK_AGAIN_AFTER if self.status == "asked" else None

    def _with(self, **changes: object) -> "Grant":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
