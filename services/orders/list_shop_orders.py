"""A shop's orders by their last change, complete however they change meanwhile (O4).

An order moves to the end of the list with every change, so whoever goes on to the end sees it again rather than never.
Two things could hide one, and both have their answer::

    several changed in the same microsecond    the cursor names those already shown
    a change is written after a later one      ``settled_until``: up to there nothing comes any more; go on from there
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.orders import messages as m
from services.orders import views
from services.orders.order import CODES, Order
from services.orders.tables import Changed, find_order, find_orders, list_shops_orders
from services.shared.plumbing import cursors
from services.shared.plumbing.instants import instant_of, instant_text
from services.shared.plumbing.vault import Vault

# A request, an event or a sweep gives its change the time at which it began, and no function runs as long as this.
SETTLES_IN = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """Where a page begins: at the changes of ``at`` but these ``shown`` ones. ``settled``: nothing is missing there."""

    at: datetime | None
    shown: frozenset[str] = frozenset()
    settled: datetime | None = None


def list_shop_orders(shop_id: str, query: m.ShopOrdersQuery, now: datetime, vault: Vault) -> m.ShopOrdersPage:
    """A page, oldest change first. One with a filter for the kind may be short, or empty, and still go on."""
    if query.q:
        return _one(shop_id, query, now, vault)
    listing = f"orders in {shop_id} {query.status} {query.kind} {query.updated_after} {query.updated_before}"
    place = _place(cursors.read(listing, query.cursor), query)
    until = query.updated_before - TICK if query.updated_before else None
    statuses = [query.status] if query.status else list(CODES)
    listed = list_shops_orders(shop_id, statuses, place.at, until, query.limit + len(place.shown) + 1)
    fresh = [one for one in listed if not (one.updated_at == place.at and one.order_id in place.shown)]
    page, more = fresh[: query.limit], len(fresh) > query.limit
    settled = _settled(place, page, until, now, more=more)
    after = _after(place, page, settled) if more else None
    return m.ShopOrdersPage(
        items=[
            views.order_view(one, now, vault, sees_address=False)
            for one in find_orders(one.order_id for one in page)
            if _fits(one, query, now)
        ],
        next_cursor=cursors.sign(listing, after) if after else None,
        settled_until=settled,
    )


def _one(shop_id: str, query: m.ShopOrdersQuery, now: datetime, vault: Vault) -> m.ShopOrdersPage:
    order = find_order(query.q or "")
    fits = order is not None and order.shop_id == shop_id and _fits(order, query, now)
    items = [views.order_view(order, now, vault, sees_address=False)] if order and fits else []
    return m.ShopOrdersPage(items=items, settled_until=now)


def _fits(order: Order, query: m.ShopOrdersQuery, now: datetime) -> bool:
    """The listing may be a moment old, and a state overdue: the order itself says what it is."""
    return query.status in (None, order.as_of(now).status) and query.kind in (None, order.kind)


def _settled(place: Place, page: list[Changed], until: datetime | None, now: datetime, *, more: bool) -> datetime:
    """Up to when nothing is missing on this page and those before it: never beyond ``until``, where the list ends. The
    first page that came near the present has said it: what is written late behind it is not on the later ones."""
    if place.settled:
        return place.settled
    settles = min(now - SETTLES_IN, until or now)
    return min(page[-1].updated_at, settles) if more else settles


def _after(place: Place, page: list[Changed], settled: datetime) -> dict[str, Any]:
    at = page[-1].updated_at
    shown = {one.order_id for one in page if one.updated_at == at} | (place.shown if at == place.at else set())
    return {
        "at": instant_text(at),
        "shown": sorted(shown),
        "settled": instant_text(settled) if settled < at else None,
    }


def _place(position: dict[str, Any] | None, query: m.ShopOrdersQuery) -> Place:
    if position is None:
        return Place(query.updated_after + TICK if query.updated_after else None)
    settled = position["settled"]
    return Place(instant_of(position["at"]), frozenset(position["shown"]), instant_of(settled) if settled else None)
