"""WeChat says that a payment was made: the order is paid once, or the money goes back (O3).

Timelines around the deadline, settled by the order's version::

    paid in time, told in time      pay ─ notification ─▶ paid
    paid in time, told late         pay ─ expires_at ─ notification within the grace ─▶ paid
    paid too late, or after an end  expires_at ─ pay ─ notification ─▶ refunded in full
    callback against the sweeper    both write the order's version: the second reads again and sees what the first did
"""

from datetime import datetime

from services.orders import facts, ledger
from services.orders.card_keys.assign_keys import assign_keys
from services.orders.order import Order
from services.orders.payments.payment import Payment
from services.orders.payments.reserve_refund import reserve_refund
from services.orders.payments.tables import find_payment, save_payment
from services.orders.payments.wechat_pay import Trade, check_shop
from services.orders.refusals import AmountMismatch
from services.orders.stock.release import release
from services.orders.stock.tables import sell_held
from services.orders.tables import append_entries, find_order, save_order
from services.shared.contracts.orders import GiftTerms, LotTerms, OrderCancelled, OrderPaid
from services.shared.plumbing.logs import alarm, log
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction
from services.shared.plumbing.vault import Erased, Vault


def confirm_payment(trade: Trade, *, begin: Begin, now: datetime, vault: Vault) -> Payment:
    """Make the order paid, or reserve the full refund of a payment that came too late. Harmless when repeated.

    Raises NotFound for a payment that is not ours, WrongMerchant, AmountMismatch (nothing changes then).
    """
    payment = find_payment(trade.out_trade_no)
    order = find_order(payment.order_id) if payment else None
    if payment is None or order is None:
        raise NotFound()
    check_shop(trade, payment)
    if trade.amount_fen != payment.amount_fen or trade.paid_at is None or trade.transaction_id is None:
        alarm("orders", "payment_amount_refused", payment_id=payment.payment_id, order_id=order.order_id)
        raise AmountMismatch()
    if payment.status == "paid":
        return payment
    # The price may have been changed since this payment was started, and the payment closed: it pays nothing any more.
    fits = payment.amount_fen == order.payable_fen
    if order.status == "pending_payment" and trade.paid_at <= order.expires_at and fits:
        paid = payment.pay(now, trade.transaction_id, trade.paid_at, late=False)
        _accept(begin(), order, payment, paid, vault)
    else:
        paid = payment.pay(now, trade.transaction_id, trade.paid_at, late=True)
        _send_back(begin(), order, payment, paid)
    return paid


def _accept(tx: Transaction, order: Order, payment: Payment, paid: Payment, vault: Vault) -> None:
    save_payment(tx, paid, payment)
    for line in order.lines:
        for taken in line.taken:
            sell_held(tx, line.sku_id, taken)
    mark_paid(tx, order, paid, vault)
    tx.commit()
    log("orders", "order_paid", order_id=order.order_id, payment_id=payment.payment_id, shop_id=order.shop_id)


def mark_paid(tx: Transaction, order: Order, payment: Payment | None, vault: Vault) -> Order:
    """The order's side of being paid: state, ledger, event, and card keys, which go out at once (O5). Without a payment
    there was nothing to pay, and the order is written for the first time."""
    if payment is None:
        paid = order.pay(tx.now, 0, 0, None)
        before = None
    else:
        fee_fen = ledger.fee(tuple((line.total_fen, line.fee_bp) for line in order.lines))
        paid = order.pay(tx.now, payment.amount_fen, fee_fen, payment.payment_id, payment.paid_at)
        before = order
        entries = ledger.paid(payment.payment_id, order.order_id, payment.amount_fen, fee_fen, tx.now)
        append_entries(tx, order.shop_id, entries)
    tell_paid(tx, paid, (payment and payment.paid_at) or tx.now, vault)
    delivered = assign_keys(tx, paid)
    save_order(tx, delivered, before)
    return delivered


def tell_paid(tx: Transaction, paid: Order, at: datetime, vault: Vault, body: type[OrderPaid] = OrderPaid) -> None:
    """Tell that it was paid; ``at``: from when a gift's time to be claimed is counted.

    While it is under review nobody is told that it is a gift, so that nobody can claim it (O19).
    """
    fact = body(
        **facts.of(paid),
        paid_fen=paid.paid_fen,
        paid_at=at,
        channel=paid.channel,
        gift=None if paid.under_review else gift_terms(paid, vault),
        lot=_lot_of(paid),
        grant_id=paid.grant_id,
        no_delivery_regions=list(paid.no_delivery_regions),
        held_for_review=paid.under_review,
    )
    tx.emit(fact, **facts.where(paid))


def gift_terms(order: Order, vault: Vault) -> GiftTerms | None:
    """What the giver asked for, and wrote unless it is erased, sealed for gifts; None for a purchase."""
    gift = order.gift
    if gift is None:
        return None

    def for_gifts(sealed: str | None) -> str | None:
        try:
            return sealed and vault.seal_for("gifts", vault.open(order.buyer, sealed))
        except Erased:  # the words are gone; what was paid for is not
            return None

    return GiftTerms(
        mode=gift.mode,
        recipients=gift.recipients,
        to_openid=gift.to_openid,
        message_cipher=for_gifts(gift.message_sealed),
        giver_name_cipher=for_gifts(gift.giver_name_sealed),
        show_price=gift.show_price,
    )


def _lot_of(order: Order) -> LotTerms | None:
    lot = order.gift.lot if order.gift else None
    if lot is None:
        return None
    return LotTerms(draw_after_minutes=lot.draw_after_minutes, full_at=lot.full_at, may_enter=list(lot.may_enter))


def _send_back(tx: Transaction, order: Order, payment: Payment, paid: Payment) -> None:
    # Nobody else has written the payment as paid yet, so it is saved once, with its reservation in it.
    reserve_refund(tx, order, paid, payment.amount_fen, "late_payment", stored=payment)
    entry = ledger.paid_late(payment.payment_id, order.order_id, payment.amount_fen, tx.now)
    append_entries(tx, order.shop_id, [entry])
    told = order.pay_late(tx.now, payment.payment_id, payment.amount_fen, paid.paid_at or tx.now)
    if order.status != "pending_payment" or (paid.paid_at and paid.paid_at <= order.expires_at):
        save_order(tx, told, order)  # it has ended, or waits for a payment of its new price
    else:  # it was paid after its deadline, so its time is over too
        ended = told.expire(tx.now)
        save_order(tx, ended, order)
        release(tx, order, sold=False)
        tx.emit(OrderCancelled(**facts.of(ended), why="expired", channel=ended.channel), **facts.where(ended))
    tx.commit()
    log("orders", "late_payment_goes_back", order_id=order.order_id, payment_id=payment.payment_id)
