"""A sub-gift: one recipient's share of a gift sheet, its states and legal moves (G3–G5). Pure.

                 ┌────── refuse ──────┐
                 ▼                    │
    make ─▶ claimable ──── ask ──▶ claiming
              │ │ │                   │ take
              │ │ └──── claim ───▶ claimed
              │ └────── decline ─▶ declined ─┐
              └──────── expire ──▶ expired ──┴─ refund ─▶ with refunded_at

Who may make a move, and until when, is the gift's to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self

from services.gifts.refusals import StyleNotOffered, StyleSoldOut
from services.shared.plumbing.problems import Conflict, IllegalTransition

State = Literal["claimable", "claiming", "claimed", "declined", "expired"]
Status = Literal["claimable", "claiming", "claimed", "declined", "expired", "refunded"]
Refusal = Literal["sold_out", "not_the_same_price", "not_for_sale"]
Ending = Literal["declined", "expired"]

ASK_AGAIN_AFTER = timedelta(minutes=1)
REFUSED: Mapping[Refusal, type[Conflict]] = {
    "sold_out": StyleSoldOut,
    "not_the_same_price": StyleNotOffered,
    "not_for_sale": StyleNotOffered,
}


@dataclass(frozen=True)
class Style:
    """One style of the product that is given."""

    sku_id: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class SubGift:
    """``style``: what the recipient gets. ``address``: sealed for the recipient. ``attempt``: questions put so far."""

    sub_gift_id: str
    style: Style
    updated_at: datetime
    version: int = 1
    state: State = "claimable"
    attempt: int = 0
    recipient: str | None = None  # who is claiming it, has claimed it or has declined it
    address: str | None = None
    asked_at: datetime | None = None
    refusal: Refusal | None = None
    ended_at: datetime | None = None
    refunded_at: datetime | None = None

    def claim(self, recipient: str, address: str, now: datetime) -> Self:
        """Taken as the giver ordered it."""
        return self._move("claimable", "claimed", now, recipient=recipient, address=address, refusal=None, ended_at=now)

    def ask(self, recipient: str, address: str, style: Style, now: datetime) -> Self:
        """Wanted in another style: nobody else can have it until that is answered."""
        asked = {"recipient": recipient, "address": address, "style": style, "refusal": None}
        return self._move("claimable", "claiming", now, **asked, attempt=self.attempt + 1, asked_at=now)

    def ask_again(self, now: datetime) -> Self:
        """The same question once more, because no answer has come."""
        return self._move("claiming", "claiming", now, asked_at=now)

    def take(self, now: datetime) -> Self:
        """The style was there and is the recipient's."""
        return self._move("claiming", "claimed", now, asked_at=None, ended_at=now)

    def refuse(self, why: Refusal, ordered: Style, now: datetime) -> Self:
        """The style was not to be had: all is as before the question, but for its trace."""
        empty = {"recipient": None, "address": None, "asked_at": None}
        return self._move("claiming", "claimable", now, **empty, style=ordered, refusal=why)

    def decline(self, person: str, now: datetime) -> Self:
        """The recipient said no."""
        return self._move("claimable", "declined", now, recipient=person, ended_at=now)

    def expire(self, now: datetime) -> Self:
        """Nobody came in time."""
        return self._move("claimable", "expired", now, ended_at=now)

    def refund(self, now: datetime) -> Self:
        """The giver's money is on its way back."""
        if self.state not in ("declined", "expired") or self.refunded_at:
            raise IllegalTransition(f"A sub-gift that is {self.status} is not refunded")
        return replace(self, refunded_at=now, updated_at=now, version=self.version + 1)

    @property
    def status(self) -> Status:
        """The state as people are told it."""
        return "refunded" if self.refunded_at else self.state

    def due_at(self, deadline_at: datetime) -> datetime | None:
        """When time has to act on it; None once it has ended."""
        if self.state == "claiming" and self.asked_at:
            return self.asked_at + ASK_AGAIN_AFTER
        return deadline_at if self.state == "claimable" else None

    def _move(self, origin: State, to: State, now: datetime, **changes: object) -> Self:
        if self.state != origin:
            raise IllegalTransition(f"A sub-gift that is {self.status} cannot become {to}")
        moved: Self = replace(self, state=to, updated_at=now, version=self.version + 1, **changes)  # type: ignore[arg-type]
        return moved
