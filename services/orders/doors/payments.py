"""Doors to paying through WeChat Pay (O3)."""

from services.orders import lists, views
from services.orders import messages as m
from services.orders.payments import notification as wechat_notification
from services.orders.payments.close_payment import close_payment, look_for_payment
from services.orders.payments.pay_order import Way, announce, pay_order
from services.orders.payments.wechat_pay import BadNotification, PaymentProviderRefused, WrongMerchant
from services.orders.refusals import (
    AmountMismatch,
    NoPaymentAccount,
    NotGiftable,
    OrderExpired,
    PayerUnknown,
    RiskDenied,
)
from services.orders.service import app
from services.orders.tables import VAULT
from services.shared.plumbing import ids
from services.shared.plumbing.doors import ANYONE, PERSON, Call
from services.shared.plumbing.problems import IllegalTransition, NotFound


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
