"""Who decides about an after-sale: the shop, and where the buyer disputes its word, the platform (O6)."""

from datetime import datetime
from typing import Literal, NamedTuple

from services.orders.aftersale.aftersale import Aftersale, Rejection
from services.orders.aftersale.go_on import Effect, Step, case_and_order, grant, guard_in_time, pieces_of, step
from services.orders.aftersale.goods import leave
from services.orders.aftersale.refusals import DecisionTooLate, ReturnAddressMissing
from services.orders.aftersale.return_address import where_to
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


class Word(NamedTuple):
    """What the shop says: with a ``rejection`` no, without one yes. Words and address in clear."""

    rejection: Rejection | None = None
    text: str | None = None
    return_address_json: str | None = None


def decide(
    shop_id: str, aftersale_id: str, by: str, word: Word, *, begin: Begin, now: datetime, vault: Vault
) -> Aftersale:
    """The shop gives what is asked for, or refuses it, or what came back; a refusal may be disputed for a week.

    Raises NotFound, IllegalTransition, DecisionTooLate, ReturnAddressMissing, OutOfStock for new goods that are gone,
    RefundTooLarge, TooManyRefunds.
    """
    case, order = case_and_order(aftersale_id, shop_id)

    def sealed(text: str | None) -> str | None:
        return vault.seal(case.applicant, text) if text else None

    if word.rejection:
        guard_in_time(case, "reject", now, DecisionTooLate)
        changes = {"rejection": word.rejection, "rejection_sealed": sealed(word.text)}
        return step(case, order, Step("reject", "merchant", by, word.rejection, changes), "rejected", begin=begin)
    case.guard("agree")
    address = where_to(case, word.return_address_json, vault)
    if case.brings_goods_back and not address:
        raise ReturnAddressMissing()
    return grant(case, order, Step("agree", "merchant", by, None, address), begin=begin, now=now)


def rule(
    aftersale_id: str,
    by: str,
    ruling: Literal["for_buyer", "for_shop"],
    text: str | None,
    *,
    begin: Begin,
    now: datetime,
    vault: Vault,
) -> Aftersale:
    """The platform decides a dispute, for good. Raises NotFound, IllegalTransition, DecisionTooLate, RefundTooLarge."""
    case, order = case_and_order(aftersale_id)
    sealed = {"rejection_sealed": vault.seal(case.applicant, text)} if text else {}
    if ruling == "for_buyer":
        told = sealed | where_to(case, None, vault)
        upheld = Step("uphold", "platform", by, None, told)
        return grant(case, order, upheld, begin=begin, now=now, effect=_without_what_came(case))
    guard_in_time(case, "dismiss", now, DecisionTooLate)
    return step(case, order, Step("dismiss", "platform", by, None, sealed), "closed", begin=begin)


def decide_by_silence(case: Aftersale, *, begin: Begin, now: datetime, vault: Vault) -> Aftersale:
    """Nobody has answered in time: the buyer gets what was asked for. New goods that are gone become money."""
    _, order = case_and_order(case.aftersale_id)
    move: Literal["agree", "uphold"] = "agree" if case.status == "requested" else "uphold"
    step = Step(move, "system", "system", "no answer", where_to(case, None, vault))
    return grant(case, order, step, begin=begin, now=now, effect=_without_what_came(case))


def _without_what_came(case: Aftersale) -> Effect | None:
    """What came back, and was refused, is the order's no more; nobody has called it sellable, so it is not for sale."""
    if case.returned is None:
        return None
    return lambda _, order: leave(order, pieces_of(order, case))[0]
