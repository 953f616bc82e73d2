"""See that nobody pays any more: ask WeChat first, then close (O3).

A payment that WeChat calls paid counts as if its letter had come: the letter may still be on its way, or lost.
"""

from datetime import datetime

from services.orders.payments import wechat_pay
from services.orders.payments.confirm_payment import confirm_payment
from services.orders.payments.payment import Payment
from services.orders.payments.tables import save_payment
from services.orders.tables import VAULT, own_begin
from services.shared.plumbing.tables import Begin, Contended


def close_at_wechat(payment: Payment, now: datetime) -> bool:
    """True when nobody can pay it any more; False when somebody had, and the order has been judged by that.

    Raises TooBusy when WeChat does not answer, AmountMismatch, Contended.
    """
    trade = wechat_pay.query(payment)
    if trade is None:
        return True
    if trade.is_paid:
        # A transaction without the caller's key: the caller's own act did not happen.
        confirm_payment(trade, begin=own_begin(now), now=now, vault=VAULT)
        return False
    if wechat_pay.close(payment) == "paid":
        raise Contended("paid between the question and the closing")
    return True


def close_payment(payment: Payment, *, begin: Begin, now: datetime) -> Payment:
    """The buyer takes another way, or none for now: the payment is over, its order goes on waiting.

    Raises what close_at_wechat raises; Contended when it was paid: then the caller judges anew.
    """
    if payment.status != "open":
        return payment
    if not close_at_wechat(payment, now):
        raise Contended("WeChat says that it was paid: judge it as it is now")
    closed = payment.close(now)
    tx = begin()
    save_payment(tx, closed, payment)
    tx.commit({"payment_id": payment.payment_id})
    return closed


def look_for_payment(payment: Payment, now: datetime) -> None:
    """The buyer says that it is paid, and no letter has come: ask WeChat, and judge by its answer.

    Raises TooBusy when WeChat does not answer, AmountMismatch.
    """
    if payment.status != "open":
        return
    trade = wechat_pay.query(payment)
    if trade is not None and trade.is_paid:
        confirm_payment(trade, begin=own_begin(now), now=now, vault=VAULT)
