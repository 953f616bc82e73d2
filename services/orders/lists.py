"""Reading orders, stock and money: one, or a page. Indexes only name candidates; the orders themselves are read."""

from datetime import date, datetime
from typing import Any

from services.orders import messages as m
from services.orders import views
from services.orders.order import Order
from services.orders.payments.payment import Payment
from services.orders.payments.tables import find_payment
from services.orders.shops_order import order_in
from services.orders.tables import (
    find_note,
    find_order,
    find_orders,
    ledger_page,
    list_buyers_orders,
    notes_page,
    waiting_at_desk,
)
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Call, Page
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.vault import Vault


def day_named(text: str) -> date:
    """The day in a path. Raises NotFound for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound() from error


def order_for(order_id: str, call: Call) -> Order:
    """An order that the caller bought or received. Raises NotFound for anybody else's."""
    order = find_order(order_id)
    if order is None or call.person not in (order.buyer, order.recipient):
        raise NotFound()
    return order


def stored_order(order_id: str) -> Order:
    """An order that is known to exist."""
    order = find_order(order_id)
    if order is None:
        raise NotFound()
    return order


def payment_for(payment_id: str, call: Call) -> tuple[Payment, Order]:
    """A payment of one of the caller's own orders. Raises NotFound."""
    payment = find_payment(payment_id)
    if payment is None:
        raise NotFound()
    order = find_order(payment.order_id)
    if order is None or order.buyer != call.person:
        raise NotFound()
    return payment, order


def list_for_buyer(buyer: str, query: m.OrdersQuery, now: datetime, vault: Vault) -> Page[m.OrderView]:
    """A page of a person's orders, newest first: one index query, one batched read. With ``status`` it may be short."""
    listing = f"orders of {buyer} {query.status}"
    order_ids, position = list_buyers_orders(buyer, query.limit, cursors.read(listing, query.cursor))
    items = [
        views.own_view(one, buyer, now, vault)
        for one in find_orders(order_ids)
        if query.status in (None, one.as_of(now).status)
    ]
    return Page(items=items, next_cursor=_next(listing, position))


def list_ledger(shop_id: str, query: m.Paging) -> Page[m.EntryView]:
    """A page of a shop's ledger."""
    listing = f"ledger of {shop_id}"
    rows = ledger_page(shop_id, query.limit, _after(listing, query.cursor))
    return Page(items=[views.entry_view(row) for row in rows], next_cursor=_more(listing, rows, query.limit))


def page_at_desk(desk: str, query: m.Paging) -> tuple[list[str], str | None]:
    """Ids of what waits for the platform's word, longest waiting first, and where to go on: one read."""
    listing = f"waiting at {desk}"
    keys = waiting_at_desk(desk, query.limit, _after(listing, query.cursor))
    more = cursors.sign(listing, {"after": keys[-1]}) if len(keys) == query.limit else None
    return [key.partition("#")[2] for key in keys], more


def list_notes(shop_id: str, order_id: str, query: m.Paging, vault: Vault) -> Page[m.NoteView]:
    """A page of what staff wrote about an order. Raises NotFound for another shop's."""
    order = order_in(shop_id, order_id)
    listing = f"notes on {order_id}"
    notes = notes_page(order_id, query.limit, _after(listing, query.cursor))
    more = cursors.sign(listing, {"after": notes[-1].note_id}) if len(notes) == query.limit else None
    return Page(items=[views.note_view(one, order.buyer, vault) for one in notes], next_cursor=more)


def note_of(order_id: str, note_id: str, vault: Vault) -> m.NoteView:
    """One note that is known to exist."""
    note = find_note(order_id, note_id)
    if note is None:
        raise NotFound()
    return views.note_view(note, stored_order(order_id).buyer, vault)


def number_of(part: str) -> int:
    """A number in a path. Raises NotFound for anything else, which is nothing of ours."""
    if not (part.isascii() and part.isdigit() and len(part) < 10):
        raise NotFound()
    return int(part)


def _next(listing: str, position: dict[str, Any] | None) -> str | None:
    return cursors.sign(listing, position) if position else None


def _after(listing: str, cursor: str | None) -> str | None:
    position = cursors.read(listing, cursor)
    return str(position["after"]) if position else None


def _more(listing: str, rows: list[Any], limit: int) -> str | None:
    return cursors.sign(listing, {"after": rows[-1].sk}) if len(rows) == limit else None
