"""An endpoint: where a shop wants to be told of what, in which form, under which keys (N3). Pure.

active ─ pause ─▶ paused ─ resume ─▶ active
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Format = Literal["json", "xml"]
Mode = Literal["plain", "safe"]
Status = Literal["active", "paused"]
PausedWhy = Literal["merchant", "failing"]
WhichKeys = Literal["current", "previous"]

MAX_ENDPOINTS = 10
MAX_OVERLAP = timedelta(days=7)


@dataclass(frozen=True)
class Keys:
    """The receiver's Token and EncodingAESKey, both sealed. ``aes_key`` may be missing in plain mode."""

    token: str
    aes_key: str | None


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as it is. ``events``: what it is told of; empty: everything. Pushes carry the shop's id as appid."""

    webhook_id: str
    shop_id: str
    url: str
    format: Format
    mode: Mode
    events: tuple[str, ...]
    keys: Keys
    created_at: datetime
    updated_at: datetime
    version: int = 1
    status: Status = "active"
    paused_at: datetime | None = None
    paused_why: PausedWhy | None = None
    previous: Keys | None = None
    previous_until: datetime | None = None

    def hears(self, event: str) -> bool:
        """Whether it is told of this event."""
        return not self.events or event in self.events

    def edit(
        self,
        now: datetime,
        *,
        url: str | None = None,
        format: Format | None = None,  # noqa: A002 - the field's name
        mode: Mode | None = None,
        events: Iterable[str] | None = None,
    ) -> "Endpoint":
        """With another address, form or choice of events; None leaves each as it is."""
        return self._moved(
            now,
            url=url or self.url,
            format=format or self.format,
            mode=mode or self.mode,
            events=self.events if events is None else tuple(sorted(set(events))),
        )

    def rotate(self, keys: Keys, overlap: timedelta, now: datetime) -> "Endpoint":
        """With new keys. Until the overlap ends, every second try of a delivery is made with those before."""
        previous, until = (self.keys, now + overlap) if overlap else (None, None)
        return self._moved(now, keys=keys, previous=previous, previous_until=until)

    def end_overlap(self, now: datetime) -> "Endpoint":
        """With its own keys only."""
        return self._moved(now, previous=None, previous_until=None)

    def pause(self, why: PausedWhy, now: datetime) -> "Endpoint":
        """Told of nothing for now; what happens meanwhile waits. A paused endpoint stays as it is."""
        if self.status == "paused":
            return self
        return self._moved(now, status="paused", paused_at=now, paused_why=why)

    def resume(self, now: datetime) -> "Endpoint":
        """Told again, also of what has waited. An active endpoint stays as it is."""
        if self.status == "active":
            return self
        return self._moved(now, status="active", paused_at=None, paused_why=None)

    def keys_for(self, number: int, now: datetime) -> tuple[Keys, WhichKeys]:
        """The keys of a delivery's try ``number`` (from 1): a receiver that has only one pair gets the next try."""
        if self.previous and self.previous_until and now < self.previous_until and number % 2 == 0:
            return self.previous, "previous"
        return self.keys, "current"

    def _moved(self, now: datetime, **changed: object) -> "Endpoint":
        after = replace(self, **changed)  # type: ignore[arg-type]
        return self if after == self else replace(after, updated_at=now, version=self.version + 1)
