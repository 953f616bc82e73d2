"""New goods go to the buyer (O6): instead of what came back, or of what never came."""

from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale, Parcel, Party
from services.orders.aftersale.go_on import Step, case_and_order, grant, guard_in_time, step
from services.orders.aftersale.goods import arrive, leave
from services.orders.aftersale.refusals import ResendTooLate
from services.orders.order import Order
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction


def send_again(
    shop_id: str, aftersale_id: str, by: str, carrier: str, waybill: str, *, begin: Begin, now: datetime
) -> Aftersale:
    """The shop has sent them; they are the order's goods from now on. Raises NotFound, IllegalTransition,
    ResendTooLate."""
    case, order = case_and_order(aftersale_id, shop_id)
    guard_in_time(case, "send_again", now, ResendTooLate)

    def swap(_: Transaction, before: Order) -> Order:
        """Of what is sent again, the first ones are lost: they count as sold for good."""
        lost = {one.line_no: one.quantity for one in case.new_goods} if case.kind == "reship" else {}
        return arrive(leave(before, lost)[0], case.new_goods)

    changes = {"resent": Parcel(carrier, waybill, now)}
    moved = Step("send_again", "merchant", by, None, changes)
    return step(case, order, moved, "resent", begin=begin, effect=swap)


def confirm(aftersale_id: str, person: str, *, begin: Begin) -> Aftersale:
    """They came: said by the applicant. Raises NotFound, IllegalTransition."""
    case, order = case_and_order(aftersale_id)
    if case.applicant != person:
        raise NotFound()
    return _confirmed(case, order, "buyer", person, begin=begin)


def confirm_by_silence(case: Aftersale, *, begin: Begin) -> Aftersale:
    """Nobody has missed them in time: they came."""
    _, order = case_and_order(case.aftersale_id)
    return _confirmed(case, order, "system", "system", begin=begin)


def _confirmed(case: Aftersale, order: Order, party: Party, who: str, *, begin: Begin) -> Aftersale:
    return step(case, order, Step("confirm", party, who), "completed", begin=begin)


def refund_instead(case: Aftersale, *, begin: Begin, now: datetime) -> Aftersale:
    """The shop has not sent them in time: the money goes back, and what was kept is for sale again."""
    _, order = case_and_order(case.aftersale_id)
    return grant(case, order, Step("refund_instead", "system", "system", "not sent in time"), begin=begin, now=now)
