"""A shop's orders by their last change, complete however they change meanwhile (O4): see changes.py."""

from datetime import datetime

from services.orders import messages as m
from services.orders import views
from services.orders.changes import page_of_changes
from services.orders.order import CODES, Order
from services.orders.tables import find_order, find_orders, list_shops_orders
from services.shared.plumbing.vault import Vault


def list_shop_orders(shop_id: str, query: m.ShopOrdersQuery, now: datetime, vault: Vault) -> m.ShopOrdersPage:
    """A page, oldest change first. One with a filter for the kind may be short, or empty, and still go on."""
    if query.q:
        return _one(shop_id, query, now, vault)
    statuses = [query.status] if query.status else list(CODES)
    page = page_of_changes(
        f"orders in {shop_id} {query.status} {query.kind}",
        query,
        now,
        lambda since, until, limit: list_shops_orders(shop_id, statuses, since, until, limit),
    )
    found = [one for one in find_orders(page.ids) if _fits(one, query, now)]
    return m.ShopOrdersPage(
        items=[views.order_view(one, now, vault, sees_address=False) for one in found],
        next_cursor=page.next_cursor,
        settled_until=page.settled_until,
    )


def _one(shop_id: str, query: m.ShopOrdersQuery, now: datetime, vault: Vault) -> m.ShopOrdersPage:
    order = find_order(query.q or "")
    fits = order is not None and order.shop_id == shop_id and _fits(order, query, now)
    items = [views.order_view(order, now, vault, sees_address=False)] if order and fits else []
    return m.ShopOrdersPage(items=items, settled_until=now)


def _fits(order: Order, query: m.ShopOrdersQuery, now: datetime) -> bool:
    """The listing may be a moment old, and a state overdue: the order itself says what it is."""
    return query.status in (None, order.as_of(now).status) and query.kind in (None, order.kind)
