"""A gift sheet with its sub-gifts: who may take one, and until when (G2–G7, G9). Pure.

Of the sheet only the link's version changes; what happens, happens to its sub-gifts. A single gift has one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zlib import crc32

from services.gifts.lot import Lot
from services.gifts.refusals import (
    GiftAlreadyClaimed,
    GiftBeingClaimed,
    GiftDeclined,
    GiftExpired,
    NotAWinner,
    NotDrawnYet,
    NothingToDecline,
    NotTheRecipient,
    RegionNotServed,
    SentByYou,
)
from services.gifts.sub_gift import Ending, Refusal, State, Status, Style, SubGift
from services.shared.plumbing.problems import Conflict

CLAIM_WITHIN = timedelta(hours=24)

# The status of many is that of the one with the most still to come.
FOREMOST: tuple[Status, ...] = ("claimable", "claiming", "claimed", "declined", "expired", "refunded")
STATES: tuple[State, ...] = ("claiming", "claimed", "declined", "expired")
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
    activity_id: str | None = None  # of a merchant's own gift

    def order_of(self, sub_gift_id: str) -> str:
        """The order that whoever claims this sub-gift follows: their own, where the sheet is for many."""
        return self.order_id if self.mode == "single" else f"{self.order_id}-{number_of(sub_gift_id)}"

    def serve(self, *places: str) -> None:
        """Raises RegionNotServed when one of these places, a province or a city, is not delivered to."""
        if set(places) & set(self.no_delivery_regions):
            raise RegionNotServed()


@dataclass(frozen=True)
class Gift:
    """The sheet and its sub-gifts as they are now."""

    sheet: Sheet
    sub_gifts: tuple[SubGift, ...]
    lot: Lot | None = None

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
            if (one.sub_gift_id, one.attempt) == (sub_gift_id, attempt):
                return self._with(one.settle_swap(refusal, now))
        return self

    def forsake(self, sub_gift_id: str, now: datetime) -> "Gift":
        """The style was taken for somebody who was erased meanwhile: it goes back as if it were declined."""
        return self._with(*(one.forsake(now) for one in self.sub_gifts if one.sub_gift_id == sub_gift_id)).expire(now)

    def decline(self, person: str, now: datetime) -> "Gift":
        """This person says no; once is enough. Raises SentByYou, NothingToDecline, and what :meth:`offer_to` raises."""
        if person == self.sheet.giver:
            raise SentByYou()
        if self.sheet.mode == "group":  # nothing of it is this person's: what one does not want is another's
            raise NothingToDecline()
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
        return self._with(*(one.ask_again(now) for one in self.sub_gifts if one.is_unanswered(now)))

    def lapse(self, now: datetime) -> "Gift":
        """Wishes for another style that the merchant has said nothing to in time are over."""
        return self._with(*(one.lapse_swap(now) for one in self.sub_gifts))

    def with_share(self, share: SubGift) -> "Gift":
        """With one sub-gift as it is now."""
        return self._with(share)

    def share(self, sub_gift_id: str) -> SubGift | None:
        """The sub-gift with this id."""
        return next((one for one in self.sub_gifts if one.sub_gift_id == sub_gift_id), None)

    def refund(self, ending: Ending, now: datetime, ids: Collection[str] = (), refund_id: str | None = None) -> "Gift":
        """The money for what ended this way is on its way back; for these sub-gifts where some are named."""
        returned = (one for one in self.sub_gifts if one.state == ending and not one.refunded_at)
        return self._with(*(one.refund(now, refund_id) for one in returned if not ids or one.sub_gift_id in ids))

    def draw(self, entries: Mapping[str, str], now: datetime) -> "Gift":
        """The lot is drawn among these entries, id → person: each winner has a sub-gift set aside.

        After the deadline nobody can win any more.
        """
        if self.lot is None:
            return self
        if now >= self.sheet.deadline_at:
            return replace(self, lot=self.lot.void(now))
        drawn = self.lot.draw(entries, len(self.sub_gifts), now)
        won = zip(self.sub_gifts, drawn.winners, strict=False)
        after = self._with(*(one.reserve(entries[entry], now) for one, entry in won))
        return replace(after, lot=drawn)

    def offer_to(self, person: str, now: datetime) -> SubGift:
        """The sub-gift that this person may take or decline now, one a person: of a lot the one that the person won.

        Of many that are free each person tries another one, so that those who come at once do not all meet at the
        first. Raises NotTheRecipient, NotDrawnYet, NotAWinner, GiftBeingClaimed, GiftAlreadyClaimed, GiftDeclined,
        GiftExpired.
        """
        # A person who signed in through WeChat is named "{appid}:{openid}"; the giver may know either (X1).
        if self.sheet.to_openid not in (None, person, person.rpartition(":")[2]):
            raise NotTheRecipient()
        had = next((one for one in self.sub_gifts if one.recipient == person), None)
        if had:
            raise CLOSED[had.state]()
        within_reach = self._within_reach(person, now)
        free = [one for one in within_reach if self._seen(one, now) == "claimable"]
        if not free:
            seen = {self._seen(one, now) for one in within_reach}
            raise CLOSED[next(state for state in STATES if state in seen)]()
        return free[crc32(person.encode()) % len(free)]

    def _within_reach(self, person: str, now: datetime) -> list[SubGift]:
        won = [one for one in self.sub_gifts if one.reserved_for == person]
        if self.lot is None or won or now >= self.sheet.deadline_at:
            return won or list(self.sub_gifts)
        raise NotAWinner() if self.lot.ended_at else NotDrawnYet(draw_at=self.lot.draw_at.isoformat())

    def held_by(self, person: str | None) -> SubGift | None:
        """What this person is claiming or has claimed."""
        return next(
            (one for one in self.sub_gifts if one.recipient == person and one.state in ("claiming", "claimed")), None
        )

    def left(self, now: datetime) -> int:
        """How many can still be claimed: of a lot that is drawn only what somebody has won."""
        drawn = self.lot is not None and self.lot.ended_at is not None
        free = (one for one in self.sub_gifts if one.reserved_for or not drawn)
        return sum(self.status_of(one, now) == "claimable" for one in free)

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


def number_of(sub_gift_id: str) -> int:
    """The number of a sub-gift in its gift, from 1."""
    return int(sub_gift_id.rpartition("-")[2]) if "-" in sub_gift_id else 1


def gift_id_of(sub_gift_id: str) -> str:
    """The gift that a sub-gift is of."""
    return f"gft_{sub_gift_id.partition('_')[2].partition('-')[0]}"
