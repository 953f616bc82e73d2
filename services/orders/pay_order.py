"""Start paying an order through WeChat Pay, and what the buyer's phone needs for it (O3)."""

from datetime import datetime

from services.orders import wechat_pay
from services.orders.close_payment import close_at_wechat
from services.orders.order import Order
from services.orders.payment import Method, Payment
from services.orders.refusals import OrderExpired
from services.orders.tables import OrdersRow, find_order, find_payment, own_begin, save_order, save_payment
from services.orders.wechat_pay import PaymentProviderRefused
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Contended, Refused


def pay_order(
    order_id: str, buyer: str, method: Method, *, begin: Begin, now: datetime, new_id: NewId, client_ip: str
) -> Payment:
    """One open payment per order: the same method again is the same payment, another method closes the one before.

    Raises NotFound, IllegalTransition, OrderExpired, TooBusy.
    """
    order = _payable(order_id, buyer, now)
    current = find_payment(order.payment_id) if order.payment_id else None
    if current is not None and current.status == "open":
        if current.method == method:
            tx = begin()
            tx.check(OrdersRow, f"PAY#{current.payment_id}", "PAYMENT", OrdersRow.pk.exists())
            tx.commit({"payment_id": current.payment_id})
            return announce(current, order, now=now, client_ip=client_ip)
        _close(current, now)
    payment = Payment(
        payment_id=new_id("pay"),
        order_id=order.order_id,
        shop_id=order.shop_id,
        method=method,
        status="open",
        amount_fen=order.payable_fen,
        expires_at=order.expires_at,
        created_at=now,
        updated_at=now,
        payer=buyer,
    )
    tx = begin()
    save_payment(tx, payment, None)
    save_order(tx, order.with_payment(now, payment.payment_id), order)
    tx.commit({"payment_id": payment.payment_id})
    return announce(payment, order, now=now, client_ip=client_ip)


def announce(payment: Payment, order: Order, *, now: datetime, client_ip: str) -> Payment:
    """Tell WeChat of a payment that is already on record, and keep what it answers. Harmless when repeated.

    The letter may come before WeChat's answer does, or the answer be lost and the payment made; then it is paid, and
    stays so. Raises OrderExpired, TooBusy, PaymentProviderRefused.
    """
    if payment.code_url or payment.prepay_id or payment.h5_url or payment.status != "open":
        return payment
    if now >= payment.expires_at:
        raise OrderExpired()
    try:
        handles = wechat_pay.prepay(payment, order.lines[0].title, client_ip)
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") != "ORDERPAID" or close_at_wechat(payment, now):
            raise
        return find_payment(payment.payment_id) or payment
    known = payment.prepaid(
        now, code_url=handles.get("code_url"), prepay_id=handles.get("prepay_id"), h5_url=handles.get("h5_url")
    )
    tx = own_begin(now)()
    save_payment(tx, known, payment)
    try:
        tx.commit()
        return known
    except Refused:
        return find_payment(payment.payment_id) or payment


def _payable(order_id: str, buyer: str, now: datetime) -> Order:
    order = find_order(order_id)
    if order is None or order.buyer != buyer:
        raise NotFound()
    order.guard("pay")
    if now >= order.expires_at:
        raise OrderExpired()
    return order


def _close(payment: Payment, now: datetime) -> None:
    if not close_at_wechat(payment, now):
        raise Contended("WeChat says that it was paid: judge it as it is now")
    tx = own_begin(now)()
    save_payment(tx, payment.close(now), payment)
    tx.commit()
