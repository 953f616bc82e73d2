"""Do not let an order that is held for review go on (O19): it ends, what was paid goes back, its stock is free again.

Its buyer is told that it was refused, and not why.
"""

from datetime import datetime

from services.orders import facts
from services.orders.expire_order import end_unpaid
from services.orders.order import Order
from services.orders.payments.reserve_refund import reserve_refund
from services.orders.payments.tables import find_payment
from services.orders.shops_order import order_in
from services.orders.stock.release import release
from services.orders.tables import save_order
from services.shared.contracts.orders import OrderRefused
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin, Contended


def refuse_order(shop_id: str, order_id: str, by: str, note: str, *, begin: Begin, now: datetime) -> Order:
    """It ends here. Refusing what was refused is the same answer.

    Raises NotFound for another shop's, IllegalTransition, and for an unpaid one TooBusy when WeChat does not answer.
    """
    order = order_in(shop_id, order_id)
    refused = order.as_of(now).refuse(now, by, note)
    if order.refused:
        return order
    if order.status != "pending_payment":
        _give_back(order, refused, begin)
    elif not end_unpaid(order, refused, "refused", begin=begin, now=now):
        raise Contended("WeChat says that it was paid: judge it as it is now")
    return refused


def _give_back(order: Order, refused: Order, begin: Begin) -> None:
    tx = begin()
    save_order(tx, refused, order)
    release(tx, order, sold=True)
    payment = find_payment(order.payment_id) if order.payment_id else None
    if payment is not None and order.paid_fen:
        reserve_refund(tx, order, payment, order.paid_fen, "refused")
    told = OrderRefused(**facts.of(refused), paid=True, paid_fen=order.paid_fen, channel=refused.channel)
    tx.emit(told, **facts.where(refused))
    tx.commit({"order_id": order.order_id})
    log("orders", "order_refused", order_id=order.order_id, shop_id=order.shop_id)
