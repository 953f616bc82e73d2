"""The money of after-sales has reached the payer: they are over, in the transaction that books the refund (O6, O7)."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from services.orders.aftersale import facts
from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.tables import count_fast, find_aftersales, save_aftersale
from services.orders.aftersale.terms import FAST_WITHIN, Settings
from services.orders.money.hold_money import release_money
from services.orders.order import Order
from services.orders.payments.payment import Refund
from services.shared.plumbing.day import day_of
from services.shared.plumbing.tables import Transaction


def close_refunded(tx: Transaction, refund: Refund, order: Order) -> tuple[Order, int]:
    """Close what this refund was for; returns the order after it, and how much of the refund the platform advanced.

    A fast refund is advanced: the shop repays it a while later, out of the same money that was refunded from.
    """
    advanced, done, in_time = 0, Counter[date](), Counter[date]()
    for before in find_aftersales(refund.aftersale_ids):
        case = _refunded(before, order, tx)
        order = release_money(tx, order.end_claim(tx.now, before.aftersale_id, "refunded"), before.aftersale_id)
        save_aftersale(tx, case, before)
        facts.tell(tx, case, order)
        if case.fast:
            advanced += case.advanced_fen
            asked_at = case.refund_asked_at or case.created_at
            done[day_of(asked_at)] += 1
            in_time[day_of(asked_at)] += tx.now - asked_at <= FAST_WITHIN
    for day, number in done.items():
        count_fast(tx, order.shop_id, day, done=number, in_time=in_time[day])
    return order, advanced


def _refunded(case: Aftersale, order: Order, tx: Transaction) -> Aftersale:
    done = case.move("refunded", "refunded", tx.now, "system", "wechat", refunded_at=tx.now)
    if not case.fast:
        return done
    return replace(
        done,
        deadline_at=tx.now + timedelta(hours=Settings.repay_hours),
        advanced_fen=case.amount_fen,
        advanced_from="available" if order.settled_at else "pending",
    )
