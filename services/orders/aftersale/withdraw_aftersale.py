"""An after-sale ends without effect: the applicant takes it back, or lets a deadline pass (O6)."""

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.go_on import Step, case_and_order, step
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


def lapse(case: Aftersale, *, begin: Begin) -> Aftersale:
    """A rejection that nobody disputed stands; goods that were not sent back are kept."""
    _, order = case_and_order(case.aftersale_id)
    return step(case, order, Step("lapse", "system", "system", "no answer"), "closed", begin=begin)
