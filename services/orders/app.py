"""The doors of orders: buying, paying, shipping, stock, money."""

from chalice.app import CloudWatchEvent

from services.orders import lists, views
from services.orders import messages as m
from services.orders import notification as wechat_notification
from services.orders.balance import balance_of
from services.orders.cancel_order import cancel_order
from services.orders.carriers import carrier_code
from services.orders.close_payment import close_payment, look_for_payment
from services.orders.doors import exports as exports  # noqa: PLC0414 - its doors stand on the app
from services.orders.doors import freight as freight  # noqa: PLC0414 - likewise
from services.orders.doors import fulfilment as fulfilment  # noqa: PLC0414 - likewise
from services.orders.doors import reconciliations as reconciliations  # noqa: PLC0414 - likewise
from services.orders.doors import risk as risk  # noqa: PLC0414 - likewise
from services.orders.doors import stock as stock  # noqa: PLC0414 - likewise
from services.orders.list_shop_orders import list_shop_orders
from services.orders.pay_order import Way, announce, pay_order
from services.orders.place_order import place_order
from services.orders.placing import place_of, placing_of
from services.orders.pricing import Want, merged
from services.orders.quote import quote
from services.orders.reactions import REACTIONS
from services.orders.receive_order import receive_order
from services.orders.reconcile import reconcile_yesterday
from services.orders.refusals import (
    AddressChangePending,
    AmountMismatch,
    BuyersLimit,
    CarrierMissing,
    NoPaymentAccount,
    NotForSale,
    NotGiftable,
    OrderExpired,
    OutOfStock,
    PayerUnknown,
    RegionNotServed,
    RiskDenied,
    ShopClosed,
    TooManyLines,
    TotalChanged,
    UnderReview,
)
from services.orders.service import app as app  # noqa: PLC0414 - the gateway and the packages find it here
from services.orders.ship_order import ship_order
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import VAULT, find_offers, own_begin, shards_about
from services.orders.wechat_pay import BadNotification, PaymentProviderRefused, WrongMerchant
from services.shared.plumbing import clock, ids, triggers
from services.shared.plumbing.content_check import ContentRefused
from services.shared.plumbing.doors import ANYONE, PERSON, Call, Page, member
from services.shared.plumbing.problems import IllegalTransition, NotFound

publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)

_QUOTING = (NotForSale, RegionNotServed, ShopClosed, TooManyLines, NotFound)
_PLACING = (*_QUOTING, BuyersLimit, ContentRefused, NotGiftable, OutOfStock, RiskDenied, TotalChanged)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(_: CloudWatchEvent) -> dict[str, int]:
    """Expiry, automatic receipt, settlement, refunds that wait."""
    return sweep_orders(clock.now())


# ------------------------------------------------------------------------------------------------------ buying


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
def get_order(call: Call, order_id: str) -> m.OrderView:
    """One order, for its buyer and for who received it as a gift."""
    return views.own_view(lists.order_for(order_id, call), call.person, call.now, VAULT)


def payment_again(call: Call, stored: dict[str, str]) -> m.PaymentView:
    """The payment that this key started, announced to WeChat if that had not gone through."""
    payment, order = lists.payment_for(stored["payment_id"], call)
    return views.payment_view(announce(payment, order, now=call.now), call.now)


@app.door(
    "POST",
    "/v1/orders/{order_id}/payment",
    PERSON,
    status=201,
    again=payment_again,
    problems=(
        NotFound,
        IllegalTransition,
        OrderExpired,
        NoPaymentAccount,
        NotGiftable,
        PayerUnknown,
        RiskDenied,
        AmountMismatch,
        PaymentProviderRefused,
    ),
)
def post_payment(call: Call, order_id: str, body: m.PaymentBody) -> m.PaymentView:
    """Start paying through WeChat Pay: native (QR), jsapi or h5 (O3). Another method closes the one before."""
    way = Way(body.method, call.source_ip, body.openid, body.h5_type)
    payment = pay_order(order_id, call.person, way, begin=call.begin, now=call.now, new_id=ids.new_id)
    return views.payment_view(payment, call.now)


@app.door("GET", "/v1/orders/{order_id}/payment", PERSON, problems=(NotFound,))
def get_payment(call: Call, order_id: str) -> m.PaymentView:
    """The order's payment as it stands."""
    order = lists.order_for(order_id, call)
    payment, _ = lists.payment_for(order.payment_id or "", call)
    return views.payment_view(payment, call.now)


@app.door("POST", "/v1/orders/{order_id}/payment/check", PERSON, problems=(NotFound, AmountMismatch))
def post_payment_check(call: Call, order_id: str) -> m.PaymentView:
    """The buyer has paid and sees nothing of it: ask WeChat now, instead of waiting for its letter (O3)."""
    order = lists.order_for(order_id, call)
    payment, _ = lists.payment_for(order.payment_id or "", call)
    look_for_payment(payment, call.now)
    payment, _ = lists.payment_for(payment.payment_id, call)
    return views.payment_view(payment, call.now)


@app.door(
    "DELETE",
    "/v1/orders/{order_id}/payment",
    PERSON,
    problems=(NotFound, AmountMismatch, PaymentProviderRefused),
)
def delete_payment(call: Call, order_id: str) -> m.PaymentView:
    """Close the open payment, so that nobody can pay it; the order waits for another (O3). What is paid stays paid."""
    payment, _ = lists.payment_for(lists.order_for(order_id, call).payment_id or "", call)
    return views.payment_view(close_payment(payment, begin=call.begin, now=call.now), call.now)


@app.door(
    "POST",
    "/v1/payments/wechat/notifications",
    ANYONE,
    problems=(BadNotification, WrongMerchant, AmountMismatch, NotFound),
)
def post_notification(call: Call) -> m.NotificationAnswer:
    """WeChat Pay tells of a payment or a refund. Verified, decrypted, and harmless however often it comes (O3)."""
    wechat_notification.hear(call, VAULT)
    return m.NotificationAnswer()


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


# -------------------------------------------------------------------------------------------------- the merchant


@app.door("GET", "/v1/shops/{shop_id}/orders", member("operator", "support", "finance"))
def get_shop_orders(call: Call, shop_id: str, query: m.ShopOrdersQuery) -> m.ShopOrdersPage:
    """The shop's orders by their last change, oldest change first (O4).

    An order that changes while somebody pages moves to the end: it is seen again rather than missed.
    """
    return list_shop_orders(shop_id, query, call.now, VAULT)


@app.door("GET", "/v1/shops/{shop_id}/orders/{order_id}", member("operator", "support", "finance"))
def get_shop_order(call: Call, shop_id: str, order_id: str) -> m.OrderView:
    """One order of the shop, with the address that the goods go to."""
    order = lists.order_in(shop_id, order_id)
    return views.order_view(order, call.now, VAULT, sees_address=order.paid_at_all)


def shop_order_again(call: Call, stored: dict[str, str]) -> m.OrderView:
    """The shop's order that this key changed."""
    order = lists.stored_order(stored["order_id"])
    return views.order_view(order, call.now, VAULT, sees_address=True)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/shipments",
    member("operator"),
    status=201,
    again=shop_order_again,
    problems=(IllegalTransition, UnderReview, AddressChangePending, CarrierMissing),
)
def post_shipment(call: Call, shop_id: str, order_id: str, body: m.ShipmentBody) -> m.OrderView:
    """Send a parcel: all that is left, or the given lines (O4)."""
    order = ship_order(
        shop_id,
        order_id,
        call.person,
        carrier=carrier_code(body.carrier or ""),
        waybill=body.waybill or "",
        parts=[(part.line_no, part.quantity) for part in body.lines],
        begin=call.begin,
        now=call.now,
    )
    return views.order_view(order, call.now, VAULT, sees_address=True)


# --------------------------------------------------------------------------------------------------------- money


@app.door("GET", "/v1/shops/{shop_id}/ledger", member("finance", or_platform=True))
def get_ledger(call: Call, shop_id: str, query: m.Paging) -> Page[m.EntryView]:
    """The shop's ledger, newest entry first. Every entry names its cause and sums to zero (O7)."""
    return lists.list_ledger(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/balance", member("finance", or_platform=True))
def get_balance(call: Call, shop_id: str) -> m.BalanceView:
    """Pending and available money, derived from the ledger (O7)."""
    return views.balance_view(shop_id, balance_of(shop_id, ids.new_id))


# ------------------------------------------------------------------------------------------------ reconciliation


@app.schedule("rate(30 minutes)", name="reconcile")
def reconcile(_: CloudWatchEvent) -> dict[str, str | None]:
    """Compare yesterday with WeChat's bill, once, as soon as it is ready (O3)."""
    now = clock.now()
    return {"started": reconcile_yesterday(now, own_begin(now))}
