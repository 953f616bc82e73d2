"""Count what becomes of gifts, from what gifts itself and orders have told (G10). Each event counts once."""

from collections.abc import Callable

from services.gifts.numbers import Acquaintance, Count, wait_class
from services.gifts.tables import add_to_day, find_acquaintance, save_acquaintance
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, GiftReady
from services.shared.contracts.orders import OrderPaid
from services.shared.plumbing.day import day_of
from services.shared.plumbing.tables import Begin, Transaction


def on_ready(envelope: Envelope, begin: Begin) -> None:
    """So many sub-gifts were sent."""
    _count(envelope, begin, "sent", len(envelope.open(GiftReady).sub_gift_ids))


def on_declined(envelope: Envelope, begin: Begin) -> None:
    """So many were declined."""
    _count(envelope, begin, "declined", len(envelope.open(GiftDeclined).sub_gift_ids))


def on_expired(envelope: Envelope, begin: Begin) -> None:
    """So many were not claimed in time."""
    _count(envelope, begin, "expired", len(envelope.open(GiftExpired).sub_gift_ids))


def on_claimed(envelope: Envelope, begin: Begin) -> None:
    """One was claimed, so long after the payment, by somebody who now knows the shop."""
    told, at = envelope.open(GiftClaimed), envelope.occurred_at
    tx = begin()
    won = _meet(tx, told.shop_id, told.recipient, lambda one: one.receive(at))
    waited = None if told.waited_s is None else wait_class(told.waited_s)
    add_to_day(tx, told.shop_id, day_of(at), {"claimed": 1, "won": won}, waited)
    tx.commit()


def note_purchase(tx: Transaction, paid: OrderPaid) -> None:
    """Somebody bought there: one more buyer won, when a gift was how they came to know the shop."""
    won = _meet(tx, paid.shop_id, paid.buyer, lambda one: one.buy(paid.paid_at))
    if won:
        add_to_day(tx, paid.shop_id, day_of(paid.paid_at), {"won": won})


def _count(envelope: Envelope, begin: Begin, what: Count, number: int) -> None:
    tx = begin()
    add_to_day(tx, str(envelope.shop), day_of(envelope.occurred_at), {what: number})
    tx.commit()


def _meet(tx: Transaction, shop_id: str, person: str, move: Callable[[Acquaintance], Acquaintance]) -> int:
    """Remember it, in the caller's transaction; returns by how many the buyers won by gifts change.

    That may be fewer: of two events that come in the wrong order, the first may have looked like the beginning.
    """
    before = find_acquaintance(shop_id, person) or Acquaintance()
    after = move(before)
    if after != before:
        save_acquaintance(tx, shop_id, person, before, after)
    return after.is_won - before.is_won
