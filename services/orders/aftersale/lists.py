"""Reading after-sales: one, an order's, a person's, a shop's."""

from datetime import datetime
from functools import partial

from services.orders.aftersale import messages as m
from services.orders.aftersale import views
from services.orders.aftersale.aftersale import Aftersale, Party, Status
from services.orders.aftersale.go_on import case_and_order
from services.orders.aftersale.tables import (
    fast_days,
    find_aftersales,
    list_persons_aftersales,
    list_shops_aftersales,
)
from services.orders.changes import page_of_changes
from services.orders.lists import page_at_desk
from services.orders.messages import Paging
from services.orders.order import Order
from services.orders.tables import DISPUTES, find_order, find_orders
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Call, Page
from services.shared.plumbing.problems import NotFound

_LIST = {"one": False}


def case_for(aftersale_id: str, call: Call) -> tuple[Aftersale, Order]:
    """One of the caller's: who keeps the goods, or who paid for them; and any for the platform. Raises NotFound."""
    case, order = case_and_order(aftersale_id)
    if call.person not in (case.applicant, case.payer) and not is_platform(call):
        raise NotFound()
    return case, order


def shown(aftersale_id: str, call: Call) -> m.AftersaleView:
    """One, as the caller may see it. Raises NotFound."""
    case, order = case_for(aftersale_id, call)
    if is_platform(call):
        return views.view(case, order, sees_words=True, sees_money=True)
    return views.own_view(case, order, call.person)


def shown_to_shop(aftersale_id: str, shop_id: str) -> m.AftersaleView:
    """One of the shop's. Raises NotFound."""
    case, order = case_and_order(aftersale_id, shop_id)
    return views.view(case, order, sees_words=True, sees_money=True)


def party_of(call: Call) -> Party:
    """As whom the caller acts in an after-sale that is not under a shop's path."""
    return "platform" if is_platform(call) else "buyer"


def is_platform(call: Call) -> bool:
    """Whether the caller acts for the platform."""
    return call.principal is not None and call.principal.platform


def list_for_order(order_id: str, call: Call, query: Paging) -> Page[m.AftersaleView]:
    """An order's, newest first: two reads. Raises NotFound."""
    order = find_order(order_id)
    if order is None or (call.person not in (order.buyer, order.keeper) and not is_platform(call)):
        raise NotFound()
    listing = f"aftersales of {order_id}"
    position = cursors.read(listing, query.cursor)
    ids = [claim.aftersale_id for claim in reversed(order.claims)]
    start = ids.index(position["after"]) + 1 if position else 0
    page = ids[start : start + query.limit]
    more = cursors.sign(listing, {"after": page[-1]}) if page and start + query.limit < len(ids) else None
    items = [views.own_view(case, order, call.person, **_LIST) for case in find_aftersales(page)]
    return Page(items=items, next_cursor=more)


def list_for_person(person: str, query: m.AftersalesQuery) -> Page[m.AftersaleView]:
    """What a person has applied for, newest first: one query, two batched reads."""
    listing = f"aftersales by {person} {query.status}"
    ids, position = list_persons_aftersales(person, query.limit, cursors.read(listing, query.cursor))
    found = _with_orders(ids, query.status)
    items = [views.own_view(case, order, person, **_LIST) for case, order in found]
    return Page(items=items, next_cursor=cursors.sign(listing, position) if position else None)


def list_for_shop(shop_id: str, query: m.ShopAftersalesQuery, now: datetime) -> m.ShopAftersalesPage:
    """A shop's, oldest change first: one query, two batched reads."""
    listing = f"aftersales in {shop_id} {query.status}"
    page = page_of_changes(listing, query, now, partial(list_shops_aftersales, shop_id))
    found = _with_orders(page.ids, query.status)
    return m.ShopAftersalesPage(
        items=[views.view(case, order, sees_words=True, sees_money=True, **_LIST) for case, order in found],
        next_cursor=page.next_cursor,
        settled_until=page.settled_until,
    )


def list_disputes(query: Paging) -> Page[m.AftersaleView]:
    """Those of all shops that wait for the platform's word, longest waiting first: one query, two batched reads."""
    ids, more = page_at_desk(DISPUTES, query)
    found = _with_orders(ids, None)
    items = [views.view(case, order, sees_words=True, sees_money=True, **_LIST) for case, order in found]
    return Page(items=items, next_cursor=more)


def _with_orders(ids: list[str], status: Status | None) -> list[tuple[Aftersale, Order]]:
    cases = [case for case in find_aftersales(ids) if status in (None, case.status)]
    orders = {order.order_id: order for order in find_orders(sorted({case.order_id for case in cases}))}
    return [(case, orders[case.order_id]) for case in cases]


def list_fast_refunds(shop_id: str, query: Paging) -> Page[m.FastDayView]:
    """How fast a shop's fast refunds were, by the day on which they were granted, newest first."""
    listing = f"fast refunds of {shop_id}"
    position = cursors.read(listing, query.cursor)
    rows = fast_days(shop_id, query.limit, str(position["after"]) if position else None)
    more = cursors.sign(listing, {"after": rows[-1].sk}) if len(rows) == query.limit else None
    return Page(items=[views.fast_day(row) for row in rows], next_cursor=more)
