"""A complaint goes on (O15): somebody says something, moves it, or time does. In the end the money is free again."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.complaints.complaint import MOST_SAID, ON_SILENCE, Complaint, Move, Party, Said
from services.orders.complaints.facts import facts_of
from services.orders.complaints.refusals import TooMuchSaid
from services.orders.complaints.tables import count, find_complaint, save_complaint
from services.orders.money.hold_money import release_money
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
    """Words and files about it; the shop's first ones are its answer. Raises IllegalTransition, TooMuchSaid."""
    if len(complaint.said) >= MOST_SAID:
        raise TooMuchSaid()
    sealed = vault.seal(complaint.buyer, text) if text else None
    told = complaint.say(Said(now, party, who, sealed, tuple(files)))
    if party == "merchant" and complaint.status == "open":
        told = told.move("answer", now, party)
    tx = begin()
    _commit(tx, told, complaint)
    return told


def move(
    complaint: Complaint, what: Move, party: Party, *, begin: Begin, now: datetime, why: str | None = None
) -> Complaint:
    """Move it; made once more it is the same answer. Raises IllegalTransition."""
    if complaint.history[-1].move == what and complaint.history[-1].party == party:
        return complaint
    moved = complaint.move(what, now, party, why)
    _commit(begin(), moved, complaint)
    return moved


def rate(complaint: Complaint, score: int, *, begin: Begin, now: datetime) -> Complaint:
    """How content its buyer is, from 1 to 5. Raises IllegalTransition."""
    if complaint.score == score:
        return complaint
    rated = complaint.rate(now, score)
    tx = begin()
    save_complaint(tx, rated, complaint)
    count(tx, complaint.shop_id, now, rated=1, score=score)
    tx.commit()
    return rated


def act_on_silence(complaint_id: str, *, begin: Begin, now: datetime) -> bool:
    """What time does when nobody has acted; False when it is not due, as somebody has."""
    complaint = find_complaint(complaint_id)
    if complaint is None or not complaint.is_overdue(now):
        return False
    move(complaint, ON_SILENCE[complaint.status], "system", begin=begin, now=now)
    return True


def _commit(tx: Transaction, after: Complaint, before: Complaint) -> None:
    save_complaint(tx, after, before)
    order = find_order(after.order_id)
    if after.status != before.status and order is not None:
        if after.status == "escalated":
            count(tx, after.shop_id, tx.now, escalated=1)
        if after.ended:
            save_order(tx, release_money(tx, order, after.complaint_id), order)
        body = ComplaintMoved(
            **facts_of(after, order),
            status=after.status,  # type: ignore[arg-type]
            by=after.history[-1].party,
        )
        tx.emit(body, subject=after.complaint_id, sequence=after.version, shop=after.shop_id)
    tx.commit({"complaint_id": after.complaint_id})
