"""The merchant changes what an unpaid order costs (O4).

A payment that was started for the old price is closed first, here and at WeChat. Should it be paid all the same, its
amount is not the order's any more, and it goes back in full (see confirm_payment)::

    buyer:    starts to pay 1 000 ─────────────── pays ✗ closed          (paid before that: the price stays, 409)
    merchant:                      close ─ 900 ─
"""

from datetime import datetime

from services.orders import facts
from services.orders.order import Order
from services.orders.payments.close_payment import close_payment
from services.orders.payments.tables import find_payment
from services.orders.refusals import OrderExpired
from services.orders.repricing import NewPrice, repriced
from services.orders.shops_order import order_in
from services.orders.tables import own_begin, save_order
from services.shared.contracts.orders import OrderRepriced
from services.shared.plumbing.tables import Begin


def change_price(shop_id: str, order_id: str, by: str, new: NewPrice, *, begin: Begin, now: datetime) -> Order:
    """The order at its new price, waiting for a payment of that.

    Raises NotFound, IllegalTransition, OrderExpired, PriceNotAllowed; TooBusy when WeChat does not answer.
    """
    order = order_in(shop_id, order_id)
    order.as_of(now).guard("change_price")
    if now >= order.expires_at:
        raise OrderExpired()
    lines, freight_fen = repriced(order, new)
    payment = find_payment(order.payment_id) if order.payment_id else None
    if payment is not None:
        close_payment(payment, begin=own_begin(now), now=now)
    changed = order.reprice(now, by, lines, freight_fen)
    tx = begin()
    save_order(tx, changed, order)
    body = OrderRepriced(
        **facts.of(changed),
        was_fen=order.payable_fen,
        payable_fen=changed.payable_fen,
        expires_at=changed.expires_at,
    )
    tx.emit(body, **facts.where(changed))
    tx.commit({"order_id": order_id})
    return changed
