"""Doors to buying: offers, quotes, placing an order and what its buyer does with it (O2)."""

from services.orders import lists, views
from services.orders import messages as m
from services.orders.cancel_order import cancel_order
from services.orders.card_keys.refusals import TooManyKeys
from services.orders.migrations.old_ids import new_place
from services.orders.place_order import place_order
from services.orders.placing import place_of, placing_of
from services.orders.pricing import Want, merged
from services.orders.quote import quote
from services.orders.receive_order import receive_order
from services.orders.refusals import (
    AmountMismatch,
    BuyersLimit,
    NotForSale,
    NotGiftable,
    OutOfStock,
    RegionNotServed,
    RiskDenied,
    ShopClosed,
    TooManyLines,
    TotalChanged,
)
from services.orders.service import app
from services.orders.stock.tables import shards_about
from services.orders.tables import VAULT, find_offers
from services.shared.plumbing import ids
from services.shared.plumbing.content_check import ContentRefused
from services.shared.plumbing.doors import ANYONE, PERSON, Answer, Call, Page
from services.shared.plumbing.problems import IllegalTransition, NotFound

_QUOTING = (NotForSale, RegionNotServed, ShopClosed, TooManyLines, NotFound)
_PLACING = (*_QUOTING, BuyersLimit, ContentRefused, NotGiftable, OutOfStock, RiskDenied, TooManyKeys, TotalChanged)


@app.door("GET", "/v1/offers", ANYONE)
def get_offers(call: Call, query: m.OffersQuery) -> m.OffersView:
    """Live prices and what is left, for up to 40 styles."""
    offers = find_offers(query.ids)
    shards = shards_about(list(offers.values()))
    return m.OffersView(items=[views.offer_view(offer, shards.get(one, [])) for one, offer in offers.items()])


@app.door("POST", "/v1/quotes", PERSON, problems=_QUOTING)
def post_quote(call: Call, body: m.QuoteBody) -> m.QuoteView:
    """What an order of these would cost now, with freight (O2, O13). Nothing is held."""
    wants = merged([Want(line.sku_id, line.quantity) for line in body.lines])
    return views.quote_view(quote(body.shop_id, wants, place_of(body.destination)).price)


def order_again(call: Call, stored: dict[str, str]) -> m.OrderView:
    """The order that this key placed or changed."""
    return views.own_view(lists.order_for(stored["order_id"], call), call.person, call.now, VAULT)


@app.door("POST", "/v1/orders", PERSON, status=201, again=order_again, problems=_PLACING)
def post_order(call: Call, body: m.OrderBody) -> m.OrderView:
    """Place an order (O2). All or nothing; the stock is held until it is paid or expires (default 30 minutes)."""
    order = place_order(placing_of(body, call.person), begin=call.begin, now=call.now, new_id=ids.new_id, vault=VAULT)
    return views.own_view(order, call.person, call.now, VAULT)


@app.door("GET", "/v1/orders", PERSON)
def get_orders(call: Call, query: m.OrdersQuery) -> Page[m.OrderView]:
    """The caller's orders, newest first, of one state when asked for."""
    return lists.list_for_buyer(call.person, query, call.now, VAULT)


@app.door("GET", "/v1/orders/{order_id}", PERSON, problems=(NotFound,))
def get_order(call: Call, order_id: str) -> m.OrderView | Answer:
    """One order, for its buyer and for who received it as a gift. The id it had in an old shop leads to it (308)."""
    return new_place("order", order_id, call.person) or views.own_view(
        lists.order_for(order_id, call), call.person, call.now, VAULT
    )


@app.door("POST", "/v1/orders/{order_id}/cancellation", PERSON, problems=(NotFound, IllegalTransition, AmountMismatch))
def post_cancellation(call: Call, order_id: str) -> m.OrderView:
    """Cancel an unpaid order; its stock is for sale again. Repeating it is the same answer."""
    order = cancel_order(order_id, call.person, begin=call.begin, now=call.now)
    return views.own_view(order, call.person, call.now, VAULT)


@app.door("POST", "/v1/orders/{order_id}/receipt", PERSON, problems=(NotFound, IllegalTransition))
def post_receipt(call: Call, order_id: str) -> m.OrderView:
    """The goods came: said by the buyer, or by the recipient of a gift. Repeating it is the same answer."""
    order = receive_order(order_id, call.person, begin=call.begin, now=call.now)
    return views.own_view(order, call.person, call.now, VAULT)
