"""See that nobody pays any more: ask WeChat first, then close (O3).

A payment that WeChat calls paid counts as if its letter had come: the letter may still be on its way, or lost.
"""

from datetime import datetime

from services.orders import wechat_pay
from services.orders.confirm_payment import confirm_payment
from services.orders.payment import Payment
from services.orders.tables import VAULT, own_begin
from services.shared.plumbing.tables import Contended


def close_at_wechat(payment: Payment, now: datetime) -> bool:
    """True when nobody can pay it any more; False when somebody had, and the order has been judged by that.

    Raises TooBusy when WeChat does not answer, AmountMismatch, Contended.
    """
    trade = wechat_pay.query(payment.payment_id)
    if trade is None:
        return True
    if trade.state == "SUCCESS":
        # A transaction without the caller's key: the caller's own act did not happen.
        confirm_payment(trade, begin=own_begin(now), now=now, vault=VAULT)
        return False
    if wechat_pay.close(payment.payment_id) == "paid":
        raise Contended("paid between the question and the closing")
    return True
