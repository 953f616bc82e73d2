"""What follows from a move of an after-sale, in one transaction: goods taken or back, money set aside, a claim ended.

agree ─┬─ goods come back first ─ (exchange: the new ones are taken now) ─▶ awaiting_return
       ├─ new goods are taken ───────────────────────────────────────────▶ to_resend
       └─ money is reserved on the payment, unsent goods are for sale ────▶ refunding
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.orders.aftersale import facts
from services.orders.aftersale.aftersale import SHOPS_FAULT, Aftersale, Kind, Move, Party, Status
from services.orders.aftersale.claim import Claim
from services.orders.aftersale.goods import leave, put_back, take_out, untaken, wants_of
from services.orders.aftersale.tables import count_fast, find_aftersale, save_aftersale
from services.orders.aftersale.terms import deadline
from services.orders.limits import uncount
from services.orders.money.hold_money import release_money
from services.orders.order import Order
from services.orders.payments.reserve_refund import reserve_refund
from services.orders.payments.tables import find_payment
from services.orders.refusals import OutOfStock
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.take_stock import Plan, commit_taking
from services.orders.tables import find_offers, find_order, save_order
from services.shared.plumbing.day import day_of
from services.shared.plumbing.problems import Conflict, NotFound
from services.shared.plumbing.tables import Begin, Transaction

# Without its new goods: what it is then. The buyer is not worse off for a shelf that is empty.
_MONEY_INSTEAD: Mapping[Kind, Kind] = {"exchange": "return_refund", "reship": "refund"}


@dataclass(frozen=True)
class Step:
    """A move, who makes it, and what it changes."""

    move: Move
    party: Party
    who: str
    why: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


# Adds to the transaction what goes with a move, and returns the order after it.
Effect = Callable[[Transaction, Order], Order]


def case_and_order(aftersale_id: str, shop_id: str | None = None) -> tuple[Aftersale, Order]:
    """An after-sale, of this shop where one is named, and its order. Raises NotFound."""
    case = find_aftersale(aftersale_id)
    order = find_order(case.order_id) if case else None
    if case is None or order is None or shop_id not in (None, case.shop_id):
        raise NotFound()
    return case, order


def claim_of(order: Order, case: Aftersale) -> Claim:
    """What the after-sale claims of its order."""
    return next(one for one in order.claims if one.aftersale_id == case.aftersale_id)


def pieces_of(order: Order, case: Aftersale) -> dict[int, int]:
    """Line number → how many pieces of it the after-sale is about."""
    return {part.line_no: part.quantity for part in claim_of(order, case).parts}


def guard_in_time(case: Aftersale, move: Move, now: datetime, too_late: type[Conflict]) -> None:
    """Raises IllegalTransition unless the move may be made, and ``too_late`` where time has made its own, also before
    that is written down."""
    case.guard(move)
    if case.deadline_at is not None and case.is_overdue(now):
        raise too_late(until=case.deadline_at.isoformat())


def step(
    case: Aftersale, order: Order, step: Step, to: Status, *, begin: Begin, effect: Effect | None = None
) -> Aftersale:
    """Make a move that neither grants anything nor takes anything out of stock.

    One that ends the after-sale gives free what it claimed, and the new goods that were kept for it.
    """
    tx = begin()
    due = deadline(to, tx.now)
    moved = case.move(step.move, to, tx.now, step.party, step.who, step.why, deadline_at=due, **step.changes)
    after = effect(tx, order) if effect else order
    if moved.ended:
        after = after.end_claim(tx.now, case.aftersale_id, "replaced" if to == "completed" else "ended")
        after = release_money(tx, after, case.aftersale_id)
        if to != "completed":
            put_back(tx, case.shop_id, untaken(case.new_goods), ref(moved))
            moved = replace(moved, new_goods=())
    save(tx, moved, case, after, order)
    tx.commit({"aftersale_id": case.aftersale_id})
    return moved


def grant(
    case: Aftersale, order: Order, step: Step, *, begin: Begin, now: datetime, effect: Effect | None = None
) -> Aftersale:
    """Make a move that gives the buyer what is due next: the way back for the goods, new goods, or the money.

    Raises OutOfStock where somebody of the shop grants new goods that are gone; otherwise money goes back instead.
    RefundTooLarge, TooManyRefunds, IllegalTransition, Contended.
    """
    planned = replace(case, **step.changes)
    case.guard(step.move)
    # What was promised in an old shop was set aside from the stock there, as all that its orders were of.
    promised_there = case.origin is not None and case.status in ("awaiting_return", "returning")
    if not planned.new_goods or promised_there or any(one.taken for one in planned.new_goods):
        granted = _Granted(case, order, step, begin, effect)
        granted.build({}).commit({"aftersale_id": case.aftersale_id})
        return granted.case
    wants = wants_of(planned.new_goods)
    offers = whole_offers(find_offers([want.sku_id for want in wants]), now)
    granted = _Granted(case, order, step, begin, effect)
    answer = {"aftersale_id": case.aftersale_id}
    unknown = [want.sku_id for want in wants if want.sku_id not in offers]  # of an old shop, whose product never came
    try:
        if unknown:
            raise OutOfStock(sku_ids=unknown, left=dict.fromkeys(unknown, 0))
        commit_taking(offers, wants, seed=case.aftersale_id, now=now, build=granted.build, answer=answer)
    except OutOfStock:
        if step.party == "merchant":
            raise
        changes = {**step.changes, "new_goods": (), "kind": _MONEY_INSTEAD[planned.kind]}
        instead = replace(step, why="out_of_stock", changes=changes)
        return grant(case, order, instead, begin=begin, now=now, effect=effect)
    return granted.case


class _Granted:
    """Builds the granting transaction for a plan of where to take new goods, and remembers the after-sale after it."""

    def __init__(self, case: Aftersale, order: Order, step: Step, begin: Begin, effect: Effect | None) -> None:
        self.case = self._before = case
        self._order, self._step, self._begin, self._effect = order, step, begin, effect

    def build(self, plan: Plan) -> Transaction:
        tx, step, before = self._begin(), self._step, self._before
        planned = replace(before, **step.changes, version=before.version + 1)
        order = self._effect(tx, self._order) if self._effect else self._order
        to = planned.granted(step.move)
        if plan:
            planned = replace(planned, new_goods=take_out(tx, planned.shop_id, planned.new_goods, plan, ref(planned)))
        if to == "refunding":
            planned, order = pay_back(tx, planned, order)
            to = "refunding" if planned.refund_id or owed_elsewhere(planned, order) else "refunded"
        due = deadline(to, tx.now)
        case = planned.move(step.move, to, tx.now, step.party, step.who, step.why, deadline_at=due)
        self.case = replace(case, version=planned.version)
        save(tx, self.case, before, order, self._order)
        return tx


def pay_back(tx: Transaction, case: Aftersale, order: Order) -> tuple[Aftersale, Order]:
    """Set the money aside on the payment; what was never sent is for sale again, and its buyer may buy as many again.

    Raises RefundTooLarge, TooManyRefunds.
    """
    # What was sent for nothing the shop could help has cost what it cost.
    free = not order.shipments or case.reason in SHOPS_FAULT
    order = order.grant_claim(tx.now, case.aftersale_id, with_freight=free)
    claim = claim_of(order, case)
    case = replace(case, amount_fen=claim.back_fen)
    put_back(tx, case.shop_id, untaken(case.new_goods), ref(case))  # where money goes back instead of them
    case = replace(case, new_goods=())
    after, unsent = leave(order, {part.line_no: part.unsent for part in claim.parts if part.whole})
    put_back(tx, case.shop_id, unsent, ref(case))
    uncount(tx, _only(order, {part.line_no: part.quantity for part in claim.parts if part.whole}))
    payment = find_payment(order.payment_id) if order.payment_id else None
    if case.amount_fen and payment is not None:
        refund = reserve_refund(tx, order, payment, case.amount_fen, "aftersale", aftersale_ids=(case.aftersale_id,))
        case = replace(case, payment_id=payment.payment_id, refund_id=refund.refund_id, refund_asked_at=tx.now)
        if case.fast:
            count_fast(tx, case.shop_id, day_of(tx.now), granted=1)
    elif owed_elsewhere(case, order):
        case = replace(case, refund_asked_at=tx.now)
    else:
        after = release_money(tx, after.end_claim(tx.now, case.aftersale_id, "refunded"), case.aftersale_id)
    return case, after


def owed_elsewhere(case: Aftersale, order: Order) -> bool:
    """Whether its money lies with an old shop: the merchant sends it back from there, and says so (M2)."""
    return order.origin is not None and case.amount_fen > 0


def ref(case: Aftersale) -> str:
    """What a movement of stock names as its cause: this move of this after-sale."""
    return f"{case.aftersale_id}#{case.version}"


def _only(order: Order, pieces: Mapping[int, int]) -> Order:
    """The order as if it were these pieces."""
    kept = [line for line in order.lines if pieces.get(line.line_no)]
    return replace(order, lines=tuple(replace(line, quantity=pieces[line.line_no]) for line in kept))


def save(tx: Transaction, case: Aftersale, before: Aftersale | None, order: Order, was: Order) -> None:
    """Put both where they changed, at the versions they were read at, and tell of it."""
    save_aftersale(tx, case, before)
    if order is not was:
        versioned = order if order.version > was.version else replace(order, updated_at=tx.now, version=was.version + 1)
        save_order(tx, versioned, was)
    facts.tell(tx, case, order)
