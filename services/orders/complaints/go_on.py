"""A complaint goes on (O15): somebody says something, moves it, or time does. In the end the money is free again.

Time moves it at its deadline, whether the sweep has come or not: who acts after that meets what time has made of it,
and writes that down with the act.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from services.orders.complaints.complaint import MOST_SAID, ON_SILENCE, Complaint, Move, Party, Said
from services.orders.complaints.facts import facts_of
from services.orders.complaints.refusals import TooMuchSaid
from services.orders.complaints.tables import count, find_complaint, save_complaint
from services.orders.money.hold_money import release_money
from services.orders.order import Order
from services.orders.tables import find_order, save_order
from services.shared.contracts.complaints import ComplaintMoved
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction
from services.shared.plumbing.vault import Vault


def complaint_of(complaint_id: str, *, buyer: str | None = None, shop_id: str | None = None) -> Complaint:
    """This buyer's, or this shop's. Raises NotFound for anybody else's."""
    complaint = find_complaint(complaint_id)
    if complaint is None or buyer not in (None, complaint.buyer) or shop_id not in (None, complaint.shop_id):
        raise NotFound()
    return complaint


def say(
    complaint: Complaint,
    party: Party,
    who: str,
    text: str | None,
    files: Sequence[str],
    *,
    begin: Begin,
    now: datetime,
    vault: Vault,
) -> Complaint:
    """Words and files about it; the shop's first ones are its answer, if they come in time. Raises IllegalTransition,
    TooMuchSaid."""
    if sum(one.party == party for one in complaint.said) >= MOST_SAID:
        raise TooMuchSaid()
    sealed = vault.seal(complaint.buyer, text) if text else None
    stands = complaint.as_of(now)
    told = stands.say(Said(now, party, who, sealed, tuple(files)))
    if party == "merchant" and stands.status == "open":
        told = told.move("answer", now, party)
    _commit(begin(), complaint, stands, told)
    return told


def move(
    complaint: Complaint, what: Move, party: Party, *, begin: Begin, now: datetime, why: str | None = None
) -> Complaint:
    """Move it; made once more it is the same answer, and so is what time has done already. Raises IllegalTransition."""
    if complaint.history[-1].move == what and complaint.history[-1].party == party:
        return complaint
    stands = complaint.as_of(now)
    by_time = stands is not complaint and stands.history[-1].move == what
    moved = stands if by_time else stands.move(what, now, party, why)
    _commit(begin(), complaint, stands, moved)
    return moved


def rate(complaint: Complaint, score: int, *, begin: Begin, now: datetime) -> Complaint:
    """How content its buyer is, from 1 to 5. Raises IllegalTransition."""
    if complaint.score == score:
        return complaint
    stands = complaint.as_of(now)
    rated = stands.rate(now, score)
    tx = begin()
    count(tx, complaint.shop_id, now, rated=1, score=score)
    _commit(tx, complaint, stands, rated)
    return rated


def act_on_silence(complaint_id: str, *, begin: Begin, now: datetime) -> bool:
    """What time does when nobody has acted; False when it is not due, as somebody has."""
    complaint = find_complaint(complaint_id)
    if complaint is None or not complaint.is_overdue(now):
        return False
    move(complaint, ON_SILENCE[complaint.status], "system", begin=begin, now=now)
    return True


def _commit(tx: Transaction, before: Complaint, *stages: Complaint) -> None:
    """Put the last stage, and tell of each that is another state than the one before it."""
    after = stages[-1]
    save_complaint(tx, after, before)
    moved = [stage for was, stage in pairwise((before, *stages)) if stage.status != was.status]
    order = find_order(after.order_id) if moved else None
    if order is not None:
        for stage in moved:
            _tell(tx, stage, order)
        if after.ended:
            save_order(tx, release_money(tx, order, after.complaint_id), order)
    tx.commit({"complaint_id": after.complaint_id})


def _tell(tx: Transaction, complaint: Complaint, order: Order) -> None:
    if complaint.status == "escalated":
        count(tx, complaint.shop_id, tx.now, escalated=1)
    body = ComplaintMoved(
        **facts_of(complaint, order),
        status=complaint.status,  # type: ignore[arg-type]
        by=complaint.history[-1].party,
    )
    tx.emit(body, subject=complaint.complaint_id, sequence=complaint.version, shop=complaint.shop_id)
