"""A gift sheet with its sub-gifts: who may take one, and until when (G2–G5, G9). Pure.

The sheet never changes; what happens, happens to its sub-gifts. A single gift has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.gifts.refusals import (
    GiftAlreadyClaimed,
    GiftBeingClaimed,
    GiftDeclined,
    GiftExpired,
    NotTheRecipient,
    RegionNotServed,
)
from services.gifts.sub_gift import ASK_AGAIN_AFTER, Ending, Refusal, State, Status, Style, SubGift
from services.shared.plumbing.problems import Conflict

CLAIM_WITHIN = timedelta(hours=24)

# The status of many is that of the one with the most still to come.
FOREMOST: tuple[Status, ...] = ("claimable", "claiming", "claimed", "declined", "expired", "refunded")
CLOSED: Mapping[State, type[Conflict]] = {
    "claiming": GiftBeingClaimed,
    "claimed": GiftAlreadyClaimed,
    "declined": GiftDeclined,
    "expired": GiftExpired,
}


@dataclass(frozen=True)
class Line:
    """What each recipient gets, as the giver ordered it: ``quantity`` pieces of one style, at a price in fen."""

    line_no: int
    product_id: str
    sku_id: str
    title: str
    quantity: int
    unit_price_fen: int
    image: str | None = None
    attributes: Mapping[str, str] | None = None

    @property
    def ordered(self) -> Style:
        return Style(self.sku_id, self.attributes or {})


@dataclass(frozen=True)
class Sheet:
    """What the giver sends. ``message`` and ``giver_name`` are sealed for the giver."""

    gift_id: str
    order_id: str
    shop_id: str
    giver: str
    mode: Literal["single", "group", "lot"]
    to_openid: str | None
    show_price: bool
    message: str | None
    giver_name: str | None
    line: Line
    no_delivery_regions: tuple[str, ...]
    deadline_at: datetime
    created_at: datetime
    recipients: int
    token_version: int = 1

    def serve(self, *places: str) -> None:
        """Raises RegionNotServed when one of these places, a province or a city, is not delivered to."""
        if set(places) & set(self.no_delivery_regions):
            raise RegionNotServed()


@dataclass(frozen=True)
class Gift:
    """The sheet and its sub-gifts as they are now."""

    sheet: Sheet
    sub_gifts: tuple[SubGift, ...]

    def claim(self, person: str, style: Style, address: str, now: datetime) -> "Gift":
        """This person takes a sub-gift: as ordered it is claimed, in another style it is asked for.

        Raises what :meth:`offer_to` raises.
        """
        free = self.offer_to(person, now)
        as_ordered = style.sku_id == free.style.sku_id
        return self._with(free.claim(person, address, now) if as_ordered else free.ask(person, address, style, now))

    def answer(self, sub_gift_id: str, attempt: int, refusal: Refusal | None, now: datetime) -> "Gift":
        """The style was taken, even past the deadline, or refused; a question already answered changes nothing."""
        for one in self.sub_gifts:
            if (one.sub_gift_id, one.state, one.attempt) == (sub_gift_id, "claiming", attempt):
                ordered = self.sheet.line.ordered
                return self._with(one.refuse(refusal, ordered, now) if refusal else one.take(now)).expire(now)
        return self

    def decline(self, person: str, now: datetime) -> "Gift":
        """This person says no; once is enough. Raises what :meth:`offer_to` raises."""
        if any((one.state, one.recipient) == ("declined", person) for one in self.sub_gifts):
            return self
        return self._with(self.offer_to(person, now).decline(person, now))

    def expire(self, now: datetime) -> "Gift":
        """After the deadline all that is unclaimed expires, at once: nothing while a style is still asked for."""
        if now < self.sheet.deadline_at or any(one.state == "claiming" for one in self.sub_gifts):
            return self
        return self._with(*(one.expire(now) for one in self.sub_gifts if one.state == "claimable"))

    def ask_again(self, now: datetime) -> "Gift":
        """Questions that nobody answered for a minute are put again."""
        late = (one for one in self.sub_gifts if one.asked_at and one.asked_at + ASK_AGAIN_AFTER <= now)
        return self._with(*(one.ask_again(now) for one in late))

    def refund(self, ending: Ending, now: datetime) -> "Gift":
        """The money for what ended this way is on its way back."""
        returned = (one for one in self.sub_gifts if one.state == ending and not one.refunded_at)
        return self._with(*(one.refund(now) for one in returned))

    def offer_to(self, person: str, now: datetime) -> SubGift:
        """The sub-gift that this person may take or decline now: the first that is free, one a person.

        Raises NotTheRecipient, GiftBeingClaimed, GiftAlreadyClaimed, GiftDeclined, GiftExpired.
        """
        # A person who signed in through WeChat is named "{appid}:{openid}"; the giver may know either (X1).
        if self.sheet.to_openid not in (None, person, person.rpartition(":")[2]):
            raise NotTheRecipient()
        held = self.held_by(person)
        if held:
            raise CLOSED[held.state]()
        seen = {self._seen(one, now): one for one in reversed(self.sub_gifts)}
        foremost = next(state for state in FOREMOST if state in seen)
        if foremost != "claimable":
            raise CLOSED[foremost]()
        return seen[foremost]

    def held_by(self, person: str | None) -> SubGift | None:
        """What this person is claiming or has claimed."""
        return next(
            (one for one in self.sub_gifts if one.recipient == person and one.state in ("claiming", "claimed")), None
        )

    def status(self, now: datetime) -> Status:
        """The whole gift's status."""
        seen = {self.status_of(one, now) for one in self.sub_gifts}
        return next(status for status in FOREMOST if status in seen)

    def status_of(self, one: SubGift, now: datetime) -> Status:
        """Expired on the second, also while nothing has come round to write it down."""
        return "refunded" if one.refunded_at else self._seen(one, now)

    def _seen(self, one: SubGift, now: datetime) -> State:
        return "expired" if one.state == "claimable" and now >= self.sheet.deadline_at else one.state

    def _with(self, *moved: SubGift) -> "Gift":
        by_id = {one.sub_gift_id: one for one in moved}
        return replace(self, sub_gifts=tuple(by_id.get(one.sub_gift_id, one) for one in self.sub_gifts))


def make(sheet: Sheet) -> Gift:
    """A fresh gift, with one sub-gift a recipient."""
    ids = [sub_gift_id_of(sheet.gift_id, number) for number in range(1, sheet.recipients + 1)]
    return Gift(sheet, tuple(SubGift(one, sheet.line.ordered, sheet.created_at) for one in ids))


def sub_gift_id_of(gift_id: str, number: int) -> str:
    """The id of the gift's sub-gift with this number, from 1: ``sub_X`` for ``gft_X``, then ``sub_X-2``."""
    stem = f"sub_{gift_id.partition('_')[2]}"
    return stem if number == 1 else f"{stem}-{number}"
