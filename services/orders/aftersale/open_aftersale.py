"""Whoever keeps the goods wants money back, other goods, or goods that never came (O6).

What is claimed stands on the order from now on: nobody ships it, nobody claims it twice, and its money is not settled.
What was not sent yet goes back at once, and so does a small amount to somebody who does not ask often: the platform
advances it, and the shop repays it later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale, Evidence, Kind, Reason, Replacement, Turn
from services.orders.aftersale.claim import Claim
from services.orders.aftersale.claiming import Wish, claim_for, styles_wanted
from services.orders.aftersale.go_on import pay_back, save
from services.orders.aftersale.refusals import ExchangeNotEven, TooManyApplications
from services.orders.aftersale.tables import trust_again, trusted_before
from services.orders.aftersale.terms import FAST_COUNTED, Settings, deadline
from services.orders.gift_sheet import refunds_each
from services.orders.money.hold_money import hold_money
from services.orders.order import Order
from services.orders.tables import find_offers, find_order
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


@dataclass(frozen=True)
class Application:
    """What is asked for; ``text`` in clear, ``keys`` of files that the applicant uploaded."""

    kind: Kind
    reason: Reason
    wishes: Sequence[Wish]
    text: str | None = None
    keys: tuple[str, ...] = ()


def open_aftersale(
    order_id: str, person: str, asked: Application, *, begin: Begin, now: datetime, new_id: NewId, vault: Vault
) -> Aftersale:
    """Open it, and where nobody has to decide, refund it at once.

    Raises NotFound for whoever does not keep the goods, AftersaleNotPossible, AftersaleTooLate, TooManyApplications,
    NothingLeft, ExchangeNotEven, Invalid; RefundTooLarge, TooManyRefunds.
    """
    order = find_order(order_id)
    if order is None or order.keeper != person:
        raise NotFound()
    claim = claim_for(order.as_of(now), new_id("afs"), asked.kind, asked.wishes, now)
    _leave_refunds(order)
    case = _case(order, claim, person, asked, now, vault)
    trust = _trust(order, case, claim, now)
    tx = begin()
    after = order.claim_back(now, claim)
    if order.settled_at:  # what was not settled yet is not going to be, meanwhile
        after = hold_money(tx, after, case.aftersale_id)
    at_once = not order.origin and (claim.unsent_only or trust is not None)  # what lies elsewhere nobody advances
    if claim.amount_fen and asked.kind == "refund" and at_once:
        case, after = pay_back(tx, replace(case, fast=True), after)
        case = case.move("refund_fast", "refunding", now, "system", "system")
        if not claim.unsent_only and trust is not None:
            trust_again(tx, person, trust[0], [*trust[1], now])
    save(tx, case, None, after, order)
    tx.commit({"aftersale_id": case.aftersale_id})
    return case


def _leave_refunds(order: Order) -> None:
    """WeChat takes so many refunds of a payment, and each recipient of a gift for many may need one (G6): nobody has
    more than an even part of them. Raises TooManyApplications."""
    sheet = find_order(order.part_of) if order.part_of else None
    if sheet is None or sheet.gift is None:
        return
    most = refunds_each(sheet.gift.recipients)
    if sum(claim.holds for claim in order.claims) >= most:
        raise TooManyApplications(line_no=1, most=most)


def _case(order: Order, claim: Claim, person: str, asked: Application, now: datetime, vault: Vault) -> Aftersale:
    sealed = vault.seal(person, asked.text) if asked.text else None
    evidence = Evidence(claim.aftersale_id, "buyer", now, asked.keys) if asked.keys else None
    return Aftersale(
        aftersale_id=claim.aftersale_id,
        order_id=order.order_id,
        shop_id=order.shop_id,
        applicant=person,
        payer=order.buyer,
        kind=asked.kind,
        reason=asked.reason,
        status="requested",
        amount_fen=claim.amount_fen,
        created_at=now,
        updated_at=now,
        history=(Turn(now, "open", "requested", "buyer", person),),
        deadline_at=deadline("requested", now),
        text_sealed=sealed,
        evidence=(evidence,) if evidence else (),
        new_goods=_new_goods(order, asked),
    )


def _new_goods(order: Order, asked: Application) -> tuple[Replacement, ...]:
    """What is to be sent: as ordered, or for an exchange another style of the same product at the same price."""
    if asked.kind not in ("exchange", "reship"):
        return ()
    styles = styles_wanted(order, asked.wishes)
    own = {line.line_no: line.sku_id for line in order.lines}
    offers = find_offers(sorted({*styles.values(), *(own[line_no] for line_no in styles)}))
    for line_no, sku_id in styles.items():
        old, new = offers.get(own[line_no]), offers.get(sku_id)
        even = old and new and (old.product_id, int(old.price_fen)) == (new.product_id, int(new.price_fen))
        if not even or (sku_id != own[line_no] and asked.kind == "reship"):
            raise ExchangeNotEven()
    return tuple(Replacement(wish.line_no, styles[wish.line_no], wish.quantity) for wish in asked.wishes)


def _trust(order: Order, case: Aftersale, claim: Claim, now: datetime) -> tuple[int, list[datetime]] | None:
    """The applicant's record, when so small an amount may go back without asking; else None. What is read once is
    given away for good: it is not trusted with."""
    kinds = {line.kind for line in order.lines if any(part.line_no == line.line_no for part in claim.parts)}
    if claim.unsent_only or kinds != {"physical"} or not 0 < case.amount_fen <= Settings.fast_fen:
        return None
    if case.kind != "refund":
        return None
    version, before = trusted_before(case.applicant)
    recent = [one for one in before if one > now - FAST_COUNTED]
    return (version, recent) if len(recent) < Settings.fast_per_buyer else None
