"""Passed qualifications of a shop, and until when they hold (C2). Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from services.shared.plumbing.day import BEIJING

NOTICE = timedelta(days=30)  # before it ends


@dataclass(frozen=True)
class Certificate:
    """A qualification that the platform has passed. It holds through the day ``expires_on``, in Beijing; without one it
    does not end. ``warned``: its shop was told that it will."""

    qualification_id: str
    kind: str
    brand: str = ""
    expires_on: date | None = None
    warned: bool = False

    @property
    def ends_at(self) -> datetime | None:
        """The first moment at which it does not hold."""
        return None if self.expires_on is None else first_moment_after(self.expires_on)

    def moments(self, now: datetime) -> Iterator[datetime]:
        """When time does something to it: its notice, however late, unless that was given, and its end."""
        if self.ends_at and not self.warned:
            yield self.ends_at - NOTICE
        if self.ends_at and self.ends_at > now:
            yield self.ends_at

    def holds(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at

    def warned_at(self, now: datetime) -> "Certificate":
        """With the notice given, once it is time."""
        due = self.ends_at is not None and self.ends_at - NOTICE <= now
        return replace(self, warned=True) if due else self


def licences_at(certificates: Iterable[Certificate], now: datetime) -> frozenset[str]:
    """The kinds that hold now."""
    return frozenset(one.kind for one in certificates if one.holds(now))


def brands_at(certificates: Iterable[Certificate], now: datetime) -> frozenset[str]:
    """The brands whose certificates hold now."""
    return frozenset(one.brand for one in certificates if one.kind == "brand" and one.holds(now))


def first_moment_after(day: date) -> datetime:
    """Midnight at the end of this day, in Beijing."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)
