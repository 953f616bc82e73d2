"""Start paying an order through WeChat Pay, and what the buyer's phone needs for it (O3)."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.gift_eligibility import why_ungiftable
from services.orders.order import Order
from services.orders.payments import wechat_pay
from services.orders.payments.close_payment import close_at_wechat, close_payment
from services.orders.payments.payment import Method, Payment
from services.orders.payments.tables import find_payment, save_payment
from services.orders.payments.wechat_pay import PaymentProviderRefused
from services.orders.refusals import NoPaymentAccount, OrderExpired, PayerUnknown
from services.orders.risk.judge_order import judge_order
from services.orders.tables import OrdersRow, find_offers, find_order, own_begin, save_order, shop_key
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Refused, get


@dataclass(frozen=True)
class Way:
    """How the buyer wants to pay. ``openid``: of the payer, where it is not who placed the order (jsapi);
    ``h5_type``: on what the page opens; ``client_ip``: from where (both for h5)."""

    method: Method
    client_ip: str
    openid: str | None = None
    h5_type: str | None = None


def pay_order(order_id: str, buyer: str, way: Way, *, begin: Begin, now: datetime, new_id: NewId) -> Payment:
    """One open payment per order: the same method again is the same payment, another method closes the one before.

    What may not be given any more (G1) is refused each time, and what was started for it is closed, so that nobody pays
    it; who has paid already has a gift. Raises NotFound, IllegalTransition, OrderExpired, NotGiftable, PayerUnknown,
    NoPaymentAccount, RiskDenied, TooBusy.
    """
    order = _payable(order_id, buyer, now)
    if way.method == "jsapi" and not way.openid and ":" not in buyer:
        raise PayerUnknown()
    current = find_payment(order.payment_id) if order.payment_id else None
    goods = [line.sku_id for line in order.lines if order.kind == "gift"]
    refusal = why_ungiftable(find_offers(goods), now=now) if goods else None
    if current is not None and current.status == "open":
        if refusal is None and current.method == way.method and way.openid in (None, current.openid):
            tx = begin()
            tx.check(OrdersRow, f"PAY#{current.payment_id}", "PAYMENT", OrdersRow.pk.exists())
            tx.commit({"payment_id": current.payment_id})
            return announce(current, order, now=now)
        close_payment(current, begin=own_begin(now), now=now)
    if refusal is not None:
        raise refusal
    sub_mchid, sub_appid = _account(order.shop_id)
    judged = judge_order(order, now=now)
    payment = Payment(
        payment_id=new_id("pay"),
        order_id=order.order_id,
        shop_id=order.shop_id,
        method=way.method,
        status="open",
        amount_fen=order.payable_fen,
        expires_at=order.expires_at,
        created_at=now,
        updated_at=now,
        payer=buyer,
        client_ip=way.client_ip,
        openid=way.openid,
        h5_type=way.h5_type,
        sub_mchid=sub_mchid,
        sub_appid=sub_appid,
    )
    tx = begin()
    save_payment(tx, payment, None)
    save_order(tx, judged.order.with_payment(now, payment.payment_id), order)
    judged.remember(tx)
    tx.commit({"payment_id": payment.payment_id})
    return announce(payment, order, now=now)


def announce(payment: Payment, order: Order, *, now: datetime) -> Payment:
    """Tell WeChat of a payment that is already on record, and keep what it answers. Harmless when repeated.

    The letter may come before WeChat's answer does, or the answer be lost and the payment made; then it is paid, and
    stays so. Raises OrderExpired, TooBusy, PaymentProviderRefused.
    """
    if payment.code_url or payment.prepay_id or payment.h5_url or payment.status != "open":
        return payment
    if now >= payment.expires_at:
        raise OrderExpired()
    try:
        handles = wechat_pay.prepay(payment, order.lines[0].title)
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


def _account(shop_id: str) -> tuple[str | None, str | None]:
    """In partner mode: the shop's merchant number and app under ours. Raises NoPaymentAccount."""
    if wechat_pay.Settings.mode == "direct":
        return None, None
    shop = get(*shop_key(shop_id))
    if shop is None or not shop.sub_mchid:
        raise NoPaymentAccount()
    return str(shop.sub_mchid), shop.sub_appid and str(shop.sub_appid)
