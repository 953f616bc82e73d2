"""A shop's things by their last change, complete however they change meanwhile (O4, O6).

A thing moves to the end of the list with every change, so whoever goes on to the end sees it again rather than never.
Two things could hide one, and both have their answer::

    several changed in the same microsecond    the cursor names those already shown
    a change is written after a later one      ``settled_until``: up to there nothing comes any more; go on from there
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.orders.messages import ChangesQuery
from services.orders.tables import Changed
from services.shared.plumbing import cursors
from services.shared.plumbing.instants import instant_of, instant_text

# A request, an event or a sweep gives its change the time at which it began, and no function runs as long as this.
SETTLES_IN = timedelta(minutes=1)
TICK = timedelta(microseconds=1)

# (since, until, limit) → what changed between, both included, oldest change first
List = Callable[[datetime | None, datetime | None, int], list[Changed]]


class Changes(NamedTuple):
    """A page: ids, oldest change first, and up to when nothing is missing on this page and those before it."""

    ids: list[str]
    next_cursor: str | None
    settled_until: datetime


@dataclass(frozen=True)
class Place:
    """Where a page begins: at the changes of ``at`` but these ``shown`` ones. ``settled``: nothing is missing there."""

    at: datetime | None
    shown: frozenset[str] = frozenset()
    settled: datetime | None = None


def page_of_changes(listing: str, query: ChangesQuery, now: datetime, listed: List) -> Changes:
    """A page of what ``listed`` names. Raises CursorInvalid for another list's cursor."""
    listing = f"{listing} {query.updated_after} {query.updated_before}"
    place = _place(cursors.read(listing, query.cursor), query)
    until = query.updated_before - TICK if query.updated_before else None
    found = listed(place.at, until, query.limit + len(place.shown) + 1)
    fresh = [one for one in found if not (one.updated_at == place.at and one.ident in place.shown)]
    page, more = fresh[: query.limit], len(fresh) > query.limit
    settled = _settled(place, page, until, now, more=more)
    after = cursors.sign(listing, _after(place, page, settled)) if more else None
    return Changes([one.ident for one in page], after, settled)


def _settled(place: Place, page: list[Changed], until: datetime | None, now: datetime, *, more: bool) -> datetime:
    """Up to when nothing is missing on this page and those before it: never beyond ``until``, where the list ends. The
    first page that came near the present has said it: what is written late behind it is not on the later ones."""
    if place.settled:
        return place.settled
    settles = min(now - SETTLES_IN, until or now)
    return min(page[-1].updated_at, settles) if more else settles


def _after(place: Place, page: list[Changed], settled: datetime) -> dict[str, Any]:
    at = page[-1].updated_at
    shown = {one.ident for one in page if one.updated_at == at} | (place.shown if at == place.at else set())
    return {
        "at": instant_text(at),
        "shown": sorted(shown),
        "settled": instant_text(settled) if settled < at else None,
    }


def _place(position: dict[str, Any] | None, query: ChangesQuery) -> Place:
    if position is None:
        return Place(query.updated_after + TICK if query.updated_after else None)
    settled = position["settled"]
    return Place(instant_of(position["at"]), frozenset(position["shown"]), instant_of(settled) if settled else None)
