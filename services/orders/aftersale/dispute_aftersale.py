"""The applicant does not accept a rejection: the platform decides (O6), and holds the order's money until then (O7)."""

from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.go_on import Step, case_and_order, guard_in_time, step
from services.orders.aftersale.refusals import DisputeTooLate
from services.orders.money.hold_money import hold_money
from services.orders.order import Order
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction


def dispute(aftersale_id: str, person: str, *, begin: Begin, now: datetime) -> Aftersale:
    """Within a week of the rejection. Raises NotFound, IllegalTransition, DisputeTooLate."""
    case, order = case_and_order(aftersale_id)
    if case.applicant != person:
        raise NotFound()
    guard_in_time(case, "dispute", now, DisputeTooLate)

    def hold(tx: Transaction, before: Order) -> Order:
        return hold_money(tx, before, aftersale_id)

    return step(case, order, Step("dispute", "buyer", person), "disputed", begin=begin, effect=hold)
