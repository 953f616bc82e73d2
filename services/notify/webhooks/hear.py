"""Hear a fact: the inbox's messages and the endpoints' deliveries are one transaction, with the inbox mark (N2, N3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.notify.tell import tell
from services.notify.webhooks import hints, tables
from services.notify.webhooks.catalogue import letter_of
from services.notify.webhooks.delivery import KEPT, Delivery
from services.notify.webhooks.letter import Letter
from services.notify.webhooks.push import content_of
from services.notify.webhooks.tables import Listener
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.tables import Begin, Transaction

LINGER = timedelta(seconds=60)


def hear(envelope: Envelope, begin: Begin) -> None:
    """Tell people, and put a delivery into the line of every endpoint that wants this event; then hint at it.

    An endpoint hears what happens after it was made. A delivery's id follows from the event's, so that there is one of
    it, however often the event is brought. A shop without endpoints costs one read.
    """
    letter = letter_of(envelope)
    listening = _listening(letter) if letter else []
    if letter is None or not listening:
        tell(envelope, begin)
        return
    content, begun = content_of(letter), list[Transaction]()

    def begin_with_deliveries() -> Transaction:
        begun.append(begin())
        _add(begun[-1], listening, letter, content)
        return begun[-1]

    tell(envelope, begin_with_deliveries)
    if not any(tx.committed for tx in begun):  # people are told nothing of it
        begin_with_deliveries().commit()
    hints.send([one.endpoint for one in listening if one.endpoint.status == "active" and not one.line.slow])


def _listening(letter: Letter) -> list[Listener]:
    return [
        one
        for one in tables.listeners_of(letter.shop_id)
        if one.endpoint.hears(letter.event) and one.endpoint.created_at <= letter.occurred_at
    ]


def _add(tx: Transaction, listening: Sequence[Listener], letter: Letter, content: str) -> None:
    if letter.occurred_at + KEPT <= tx.now:
        return
    for one in listening:
        tables.save_delivery(tx, delivery_of(letter, one.endpoint.webhook_id, content, tx.now))
        if one.endpoint.status == "active" and not soon_visited(one, tx.now):
            tables.wake(tx, letter.shop_id, one.endpoint.webhook_id, tx.now)


def delivery_of(letter: Letter, webhook_id: str, content: str, now: datetime) -> Delivery:
    """The delivery of a letter to an endpoint, due now."""
    return Delivery(
        delivery_id=derived_id("dlv", letter.event_id),
        webhook_id=webhook_id,
        shop_id=letter.shop_id,
        event=letter.event,
        event_id=letter.event_id,
        occurred_at=letter.occurred_at,
        content=content,
        created_at=now,
        due_since=now,
        next_at=now,
        expires_at=now + KEPT,
    )


def soon_visited(listener: Listener, now: datetime) -> bool:
    """Whether somebody looks at the line within LINGER anyway, so that a busy line is no hot item.

    It goes to sleep in two steps, at least LINGER apart, and this function's caller has committed long before that::

        hear     reads "awake" ───────▶ delivery
        visit              nothing due: dozing ─── LINGER ───▶ finds the delivery ✓ (else: asleep)
    """
    line = listener.line
    return line.due_at is not None and not line.dozing and line.due_at <= now + LINGER
