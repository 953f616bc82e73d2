"""An after-sale ends without effect: the applicant takes it back, or lets a deadline pass (O6)."""

from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.go_on import Step, case_and_order, grant, step
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def withdraw(aftersale_id: str, person: str, *, begin: Begin) -> Aftersale:
    """Take it back; again is the same answer. Raises NotFound, IllegalTransition once goods or money are under way."""
    case, order = case_and_order(aftersale_id)
    if case.applicant != person:
        raise NotFound()
    if case.status == "withdrawn":
        return case
    return step(case, order, Step("withdraw", "buyer", person), "withdrawn", begin=begin)


def lapse(case: Aftersale, *, begin: Begin, now: datetime) -> Aftersale:
    """A rejection that nobody disputed stands; goods that were not sent back are kept.

    Where the shop had not said where to, nobody could send them: the money goes back without.
    """
    _, order = case_and_order(case.aftersale_id)
    if case.status == "awaiting_return" and case.return_address_sealed is None and case.origin is None:
        return grant(case, order, Step("refund_instead", "system", "system", "nowhere to send"), begin=begin, now=now)
    return step(case, order, Step("lapse", "system", "system", "no answer"), "closed", begin=begin)
