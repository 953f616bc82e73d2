"""Set money aside for its way back (O3, O6): on the payment first, so that refunds never pass what was paid.

WeChat takes 50 refunds of a payment, a minute apart. So each has its turn, and from the 46th on a refund waits a day
for others to join it.
"""

from dataclasses import replace

from services.orders.order import Order
from services.orders.payments.payment import Payment, Refund, RefundWhy
from services.orders.payments.tables import find_refund, save_payment, save_refund
from services.shared.contracts.orders import RefundDue
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.tables import Transaction


def reserve_refund(
    tx: Transaction,
    order: Order,
    payment: Payment,
    amount_fen: int,
    why: RefundWhy,
    stored: Payment | None = None,
    *,
    sub_gift_ids: tuple[str, ...] = (),
    aftersale_ids: tuple[str, ...] = (),
) -> Refund:
    """Set the amount aside on the payment and queue the refund, in the caller's transaction.

    ``stored`` is the payment as it is in the table, where ``payment`` has moved on in this same act. The refund that
    comes back may be an earlier one that took this one in. ``sub_gift_ids``: for which of a gift for many it is (G6);
    ``aftersale_ids``: for which after-sale.
    Raises RefundTooLarge, TooManyRefunds.
    """
    reserved = payment.reserve(tx.now, amount_fen)
    waiting = find_refund(payment.payment_id, payment.collecting) if payment.collecting else None
    if waiting is not None and waiting.takes_in(order.order_id, why):
        save_payment(tx, reserved, stored or payment)
        joined = waiting.join(tx.now, amount_fen, sub_gift_ids, aftersale_ids)
        save_refund(tx, joined, waiting)
        return joined
    numbered, due = reserved.next_refund(_first_id(payment), tx.now, amount_fen, why)
    # The order may be one that a recipient has of a gift for many: the payment is the whole sheet's.
    due = replace(due, order_id=order.order_id, sub_gift_ids=sub_gift_ids, aftersale_ids=aftersale_ids)
    save_payment(tx, numbered, stored or payment)
    queue_refund(tx, due, numbered, order.shop_id)
    return due


def replace_closed(tx: Transaction, refund: Refund, payment: Payment) -> Refund:
    """WeChat closed a refund: it is over, and what was set aside is going to be asked for under the next number.

    Returns that one, which the caller saves. Raises TooManyRefunds.
    """
    numbered, due = payment.next_refund(_first_id(payment), tx.now, refund.amount_fen, refund.why)
    closed, follows = refund.closed(tx.now, due)
    save_refund(tx, closed, refund)
    save_payment(tx, numbered, payment)
    return follows


def _first_id(payment: Payment) -> str:
    return derived_id("rfd", payment.payment_id)


def queue_refund(tx: Transaction, due: Refund, payment: Payment, shop_id: str) -> None:
    """Put it on record, and say so when its turn is now; later turns are the sweep's."""
    save_refund(tx, due, None)
    if due.next_try_at == tx.now:
        body = RefundDue(payment_id=payment.payment_id, refund_id=due.refund_id)
        tx.emit(body, subject=payment.payment_id, sequence=payment.version, shop=shop_id)
