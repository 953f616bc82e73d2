"""What a person wants to be told, how and when (N8). Pure, but for the time zone database.

The inbox is always written. Other media can be switched off by category, and wait for the end of the quiet hours. What
is compulsory (about money or the law) cannot be switched off; it waits like the rest.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, get_args

from services.notify.inbox import Category
from services.notify.language import DEFAULT, DEFAULT_ZONE, Language, Reader
from services.notify.zones import zone_of

Medium = Literal["inbox", "wechat"]
MEDIA: tuple[Medium, ...] = get_args(Medium)


@dataclass(frozen=True)
class QuietHours:
    """Each day from one time to another, by the person's clock; over midnight when ``starts`` is the later one."""

    starts: time
    ends: time

    def hold(self, local: time) -> bool:
        """Whether it is quiet now."""
        if self.starts < self.ends:
            return self.starts <= local < self.ends
        return local >= self.starts or local < self.ends


@dataclass(frozen=True)
class Preferences:
    """``off``: what is switched off, by medium; ``version`` is 0 for somebody who never said anything."""

    language: Language = DEFAULT
    zone: str = DEFAULT_ZONE
    quiet_hours: QuietHours | None = None
    off: frozenset[tuple[Medium, Category]] = frozenset()
    version: int = 0
    updated_at: datetime | None = None

    @property
    def reader(self) -> Reader:
        return Reader(self.language, self.zone)

    def wants(self, medium: Medium, category: Category, *, compulsory: bool) -> bool:
        """Whether this may be told on this medium."""
        return compulsory or medium == "inbox" or (medium, category) not in self.off

    def speaks_at(self, now: datetime) -> datetime:
        """Now, or when the quiet hours end that it falls into; in UTC."""
        zone = zone_of(self.zone)
        local = now.astimezone(zone)
        quiet = self.quiet_hours
        if quiet is None or not quiet.hold(local.time()):
            return now
        day = local.date() + timedelta(days=0 if local.time() < quiet.ends else 1)
        end = datetime.combine(day, quiet.ends, zone)
        if end.astimezone(UTC) <= now:  # the clock is set back in this very night: it shows that time once more
            end = end.replace(fold=1)
        return max(end.astimezone(UTC), now)
