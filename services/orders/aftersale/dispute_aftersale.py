"""The applicant does not accept a rejection: the platform decides (O6)."""

from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.go_on import Step, case_and_order, step
from services.orders.aftersale.refusals import DisputeTooLate
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def dispute(aftersale_id: str, person: str, *, begin: Begin, now: datetime) -> Aftersale:
    """Within a week of the rejection. Raises NotFound, IllegalTransition, DisputeTooLate."""
    case, order = case_and_order(aftersale_id)
    if case.applicant != person:
        raise NotFound()
    case.guard("dispute")
    if case.deadline_at is not None and now >= case.deadline_at:
        raise DisputeTooLate(until=case.deadline_at.isoformat())
    return step(case, order, Step("dispute", "buyer", person), "disputed", begin=begin)
