"""A sub-gift: one recipient's share of a gift sheet, its states and legal moves (G3–G7). Pure.

                 ┌────── refuse ──────┐
                 ▼                    │
    make ─▶ claimable ──── ask ──▶ claiming
              │ │ │                   │ take
              │ │ └──── claim ───▶ claimed
              │ └────── decline ─▶ declined ─┐
              └──────── expire ──▶ expired ──┴─ refund ─▶ with refunded_at

What was taken for a recipient who was erased meanwhile is forsaken: from claiming to declined. Who may make a move,
and until when, is the gift's to say. What is claimed may be swapped for another style once::

    asked ─ the merchant agrees ─▶ agreed ─ orders has it ─▶ swapped | refused
      └─ rejected | lapsed: all stays as it was claimed
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Self

from services.gifts.refusals import StyleNotOffered, StyleSoldOut, SwapAlreadyAsked, SwapNotOpen
from services.shared.plumbing.problems import Conflict, IllegalTransition

State = Literal["claimable", "claiming", "claimed", "declined", "expired"]
Status = Literal["claimable", "claiming", "claimed", "declined", "expired", "refunded"]
Refusal = Literal["sold_out", "not_the_same_price", "not_for_sale"]
Ending = Literal["declined", "expired"]
SwapState = Literal["asked", "agreed", "swapped", "rejected", "lapsed", "refused"]

ASK_AGAIN_AFTER = timedelta(minutes=1)
DECIDE_WITHIN = timedelta(hours=24)  # what the merchant says nothing to until then stays as it was claimed
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
class Swap:
    """A recipient's one wish for another style after the claim, and what became of it (G7)."""

    state: SwapState
    style: Style
    decide_by: datetime
    refusal: Refusal | None = None


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
    refund_id: str | None = None  # one for all of a gift that expired together
    reserved_for: str | None = None  # who has won it by lot
    swap: Swap | None = None

    def claim(self, recipient: str, address: str, now: datetime) -> Self:
        """Taken as the giver ordered it."""
        return self._move("claimable", "claimed", now, recipient=recipient, address=address, refusal=None, ended_at=now)

    def ask(self, recipient: str, address: str, style: Style, now: datetime) -> Self:
        """Wanted in another style: nobody else can have it until that is answered."""
        asked = {"recipient": recipient, "address": address, "style": style, "refusal": None}
        return self._move("claimable", "claiming", now, **asked, attempt=self.attempt + 1, asked_at=now)

    def ask_again(self, now: datetime) -> Self:
        """The same question once more, because no answer has come."""
        if self.asked_at is None:
            raise IllegalTransition(f"Nothing is asked about a sub-gift that is {self.status}")
        return replace(self, asked_at=now, updated_at=now, version=self.version + 1)

    def take(self, now: datetime) -> Self:
        """The style was there and is the recipient's."""
        return self._move("claiming", "claimed", now, asked_at=None, ended_at=now)

    def refuse(self, why: Refusal, ordered: Style, now: datetime) -> Self:
        """The style was not to be had: all is as before the question, but for its trace."""
        empty = {"recipient": None, "address": None, "asked_at": None}
        return self._move("claiming", "claimable", now, **empty, style=ordered, refusal=why)

    def forsake(self, now: datetime) -> Self:
        """The style was there, and nobody knows any more where to send it: its recipient was erased meanwhile (X3)."""
        return self._move("claiming", "declined", now, address=None, asked_at=None, ended_at=now)

    def reserve(self, person: str, now: datetime) -> Self:
        """Won by this person, who alone may claim it."""
        return self._move("claimable", "claimable", now, reserved_for=person)

    def decline(self, person: str, now: datetime) -> Self:
        """The recipient said no."""
        return self._move("claimable", "declined", now, recipient=person, ended_at=now)

    def expire(self, now: datetime) -> Self:
        """Nobody came in time."""
        return self._move("claimable", "expired", now, ended_at=now)

    def refund(self, now: datetime, refund_id: str | None = None) -> Self:
        """The giver's money is on its way back, in this refund."""
        if self.state not in ("declined", "expired") or self.refunded_at:
            raise IllegalTransition(f"A sub-gift that is {self.status} is not refunded")
        return replace(self, refunded_at=now, refund_id=refund_id, updated_at=now, version=self.version + 1)

    @property
    def status(self) -> Status:
        """The state as people are told it."""
        return "refunded" if self.refunded_at else self.state

    def is_unanswered(self, now: datetime) -> bool:
        """Whether a question has waited so long for orders' answer that it is put again."""
        return self.asked_at is not None and self.asked_at + ASK_AGAIN_AFTER <= now

    def due_at(self, deadline_at: datetime) -> datetime | None:
        """When time has to act on it; None once it has ended."""
        if self.asked_at:
            return self.asked_at + ASK_AGAIN_AFTER
        if self.swap and self.swap.state == "asked":
            return self.swap.decide_by
        return deadline_at if self.state == "claimable" else None

    # ------------------------------------------------------------------------ another style after the claim (G7)

    def ask_swap(self, style: Style, now: datetime) -> Self:
        """The recipient would rather have another style; the merchant decides. Raises SwapAlreadyAsked."""
        if self.swap:
            raise SwapAlreadyAsked()
        return self._move("claimed", "claimed", now, swap=Swap("asked", style, now + DECIDE_WITHIN))

    def agree_swap(self, now: datetime) -> Self:
        """The merchant agrees: orders is asked for the style. Raises SwapNotOpen."""
        swap = self._open_swap(now)
        again = {"asked_at": now, "attempt": self.attempt + 1}
        return self._move("claimed", "claimed", now, swap=replace(swap, state="agreed"), **again)

    def reject_swap(self, now: datetime) -> Self:
        """The merchant does not agree. Raises SwapNotOpen."""
        return self._move("claimed", "claimed", now, swap=replace(self._open_swap(now), state="rejected"))

    def lapse_swap(self, now: datetime) -> Self:
        """The merchant has said nothing in time."""
        if self.swap is None or self.swap.state != "asked" or now < self.swap.decide_by:
            return self
        return self._move("claimed", "claimed", now, swap=replace(self.swap, state="lapsed"))

    def settle_swap(self, refusal: Refusal | None, now: datetime) -> Self:
        """Orders' answer: in the other style from now on, or all stays as it was claimed."""
        if self.swap is None or self.swap.state != "agreed":
            return self
        done = replace(self.swap, state="refused" if refusal else "swapped", refusal=refusal)
        style = self.style if refusal else self.swap.style
        return self._move("claimed", "claimed", now, swap=done, style=style, asked_at=None)

    def _open_swap(self, now: datetime) -> Swap:
        swap = self.lapse_swap(now).swap
        if swap is None or swap.state != "asked":
            raise SwapNotOpen(swap=swap.state if swap else None)
        return swap

    def _move(self, origin: State, to: State, now: datetime, **changes: object) -> Self:
        if self.state != origin:
            raise IllegalTransition(f"A sub-gift that is {self.status} cannot become {to}")
        moved: Self = replace(self, state=to, updated_at=now, version=self.version + 1, **changes)  # type: ignore[arg-type]
        return moved
