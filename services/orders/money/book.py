"""What a shop's ledger comes to (O7). Pure.

Entries are appended in buckets and folded in later, in the order of their keys; ``marks`` says up to which one. What
judges by the balance (a withdrawal, a debt's name) is booked in the same act as its entry, in the bucket ``BOOKED``.
Every entry is in a day as well, Beijing's, by its own time; days close in order, and a closed day never changes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from services.orders import ledger
from services.orders.ledger import Entry
from services.shared.plumbing.day import BEIJING, day_of

BOOKED = "B"
CLOSES_AFTER = timedelta(minutes=10)  # after midnight: longer than any act takes
FOLDED_EVERY = timedelta(minutes=10)

Sums = Mapping[str, int]


@dataclass(frozen=True)
class Keyed:
    """An entry under its key."""

    key: str
    entry: Entry


@dataclass(frozen=True)
class Day:
    """What moved on one day: the sums by account, and where in each bucket its entries lie.

    ``late``: entries of a day that was closed before they came, which count here. ``payments``: how many were made.
    """

    moved: Sums = field(default_factory=dict)
    entries: int = 0
    first: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    payments: int = 0

    def take(self, bucket: str, one: Keyed, *, late: bool) -> "Day":
        return Day(
            added(self.moved, [one.entry]),
            self.entries + 1,
            {bucket: one.key, **self.first},
            {**self.last, bucket: one.key},
            (*self.late, one.key) if late else self.late,
            self.payments + (one.entry.cause == "payment"),
        )

    def holds(self, day: date, one: Keyed) -> bool:
        """Whether an entry between its first and its last is this day's."""
        return one.key in self.late or day_of(one.entry.at) == day


@dataclass(frozen=True)
class Closed:
    """A day that is over. What it opened with is what the one before closed with."""

    day: date
    opening: Sums
    closing: Sums
    within: Day


@dataclass(frozen=True)
class Book:
    """A shop's balances, signed as in the ledger, as of what is folded in."""

    shop_id: str
    sums: Sums = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[date, Day] = field(default_factory=dict)
    closed_upto: date | None = None
    version: int = 0

    @property
    def available_fen(self) -> int:
        """What is the shop's to withdraw, as far as it is folded in."""
        return max(0, -self.sums.get("available", 0))

    def take(self, bucket: str, entries: Iterable[Keyed]) -> "Book":
        """These too; they are behind the bucket's mark, in the order of their keys."""
        sums, marks, days = Counter(self.sums), dict(self.marks), dict(self.days)
        for one in entries:
            day = day_of(one.entry.at)
            late = self.closed_upto is not None and day <= self.closed_upto
            if late and self.closed_upto:
                day = self.closed_upto + timedelta(days=1)
            days[day] = days.get(day, Day()).take(bucket, one, late=late)
            marks[bucket] = one.key
            for account, fen in one.entry.postings:
                sums[account] += fen
        return replace(self, sums=dict(sums), marks=marks, days=days)

    def debt(self, at: datetime) -> Entry | None:
        """What names the shop's debt as it is now, or repays it."""
        return ledger.debt(self.shop_id, self.sums.get("available", 0), self.sums.get("owed", 0), at)

    def close(self, upto: date) -> tuple["Book", list[Closed]]:
        """Close all days up to this one; those on which something moved are told, oldest first."""
        opening = self.opening
        closed = []
        for day in sorted(one for one in self.days if one <= upto):
            closing = _sum(opening, self.days[day].moved)
            closed.append(Closed(day, opening, closing, self.days[day]))
            opening = closing
        left = {day: moved for day, moved in self.days.items() if day > upto}
        return replace(self, days=left, closed_upto=upto), closed

    @property
    def opening(self) -> Sums:
        """What the first day that is not closed began with."""
        moved: Counter[str] = Counter()
        for day in self.days.values():
            moved.update(day.moved)
        return _sum(self.sums, {account: -fen for account, fen in moved.items()})

    def to_close(self, now: datetime) -> date | None:
        """The last day that may be closed now, if it is not; None when there is none."""
        last = day_of(now - CLOSES_AFTER) - timedelta(days=1)
        return last if self.closed_upto is None or last > self.closed_upto else None


def closes_next(now: datetime) -> datetime:
    """When the day that it is now is closed."""
    tomorrow = day_of(now - CLOSES_AFTER) + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=BEIJING) + CLOSES_AFTER


def added(sums: Sums, entries: Iterable[Entry]) -> dict[str, int]:
    """The sums with these entries."""
    after = Counter(sums)
    for entry in entries:
        for account, fen in entry.postings:
            after[account] += fen
    return dict(after)


def _sum(one: Sums, other: Sums) -> dict[str, int]:
    both = Counter(one)
    both.update(other)
    return {account: fen for account, fen in both.items() if fen}
