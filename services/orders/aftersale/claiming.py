"""What an applicant may ask for, and what it is worth (O6): from the wish to a claim on the order. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.orders.aftersale.aftersale import Kind
from services.orders.aftersale.claim import Claim, Part, applications, held, pieces, unsent, worth_fen
from services.orders.aftersale.refusals import (
    AftersaleNotPossible,
    AftersaleTooLate,
    NothingLeft,
    TooManyApplications,
)
from services.orders.aftersale.terms import MARGIN, MAX_APPLICATIONS, REFUND_WITHIN, Settings
from services.orders.order import Line, Order
from services.shared.plumbing.problems import Invalid

OPEN_TO = ("to_ship", "partly_shipped", "shipped", "done")


class Wish(NamedTuple):
    """Of one line so many pieces; ``amount_fen``: less money than they are worth. ``sku_id``: in which other style."""

    line_no: int
    quantity: int
    amount_fen: int | None = None
    sku_id: str | None = None


def claim_for(order: Order, aftersale_id: str, kind: Kind, wishes: Sequence[Wish], now: datetime) -> Claim:
    """The claim that these wishes make. ``order`` as time has made it.

    Who is not shown what it cost (G9) learns it from no refusal either: the most that one can ask for is all of it.
    Raises AftersaleNotPossible, AftersaleTooLate, TooManyApplications, NothingLeft, Invalid.
    """
    _in_time(order, now)
    lines = {line.line_no: line for line in order.lines}
    if unknown := [wish.line_no for wish in wishes if wish.line_no not in lines]:
        raise Invalid(f"There is no line {unknown[0]}")
    priced = order.shows_price_to(order.keeper)
    return Claim(aftersale_id, tuple(_part(order, lines[wish.line_no], kind, wish, priced=priced) for wish in wishes))


def _in_time(order: Order, now: datetime) -> None:
    if order.status not in OPEN_TO:
        raise AftersaleNotPossible(state=order.status)
    until = [one.paid_at + REFUND_WITHIN - MARGIN for one in order.payments if not one.late]
    if order.status == "done":
        until.append(order.entered_at + timedelta(days=Settings.open_days))
    if until and now >= min(until):
        raise AftersaleTooLate(until=min(until).isoformat())


def _part(order: Order, line: Line, kind: Kind, wish: Wish, *, priced: bool) -> Part:
    if applications(order.claims, line.line_no) >= MAX_APPLICATIONS:
        raise TooManyApplications(line_no=line.line_no, most=MAX_APPLICATIONS)
    claimed = held(order.claims, line.line_no)
    waiting = line.quantity - line.shipped - unsent(claimed)
    sent = line.shipped - (pieces(claimed) - unsent(claimed))
    left = waiting + sent if kind == "refund" else sent
    if kind != "refund" and (line.kind != "physical" or not line.shipped):
        raise AftersaleNotPossible("Only goods that were sent can be sent back, or sent again", state=order.status)
    left_fen = line.total_fen - sum(part.amount_fen for part in claimed)
    if wish.quantity > left:
        known: dict[str, Any] = {"left_fen": left_fen} if priced else {}
        raise NothingLeft(line_no=line.line_no, left=left, **known)
    worth = worth_fen(line.total_fen, line.quantity, claimed, wish.quantity)
    amount = worth if wish.amount_fen is None else wish.amount_fen
    if amount > worth and priced:
        raise NothingLeft(line_no=line.line_no, left=left, left_fen=worth)
    amount = min(amount, worth)
    whole = amount == worth
    return Part(
        line.line_no, wish.quantity, amount, whole, min(wish.quantity, waiting) if whole and kind == "refund" else 0
    )


def styles_wanted(order: Order, wishes: Sequence[Wish]) -> Mapping[int, str]:
    """Line number → the style to be sent for it: another one where it was named."""
    own = {line.line_no: line.sku_id for line in order.lines}
    return {wish.line_no: wish.sku_id or own[wish.line_no] for wish in wishes}
