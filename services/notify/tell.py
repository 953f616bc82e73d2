"""Tell a fact: a message for each recipient, the unread counters and the inbox mark in one transaction (N1, N2)."""

from collections.abc import Mapping, Sequence

from services.notify import tables
from services.notify.inbox import Place
from services.notify.tellers import told
from services.notify.telling import Silence, Telling
from services.notify.templates import TEMPLATES
from services.notify.wechat import hints
from services.notify.wechat.add_notices import add_notices, due_now, notices_of
from services.notify.wechat.notice import Notice
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing.tables import Begin, Refused, Transaction

MESSAGE = "message"
AT_ONCE = 20  # recipients of one transaction: three actions each, beside the mark and ten endpoints' deliveries


def tell(envelope: Envelope, begin: Begin) -> None:
    """Write what an event tells. Whoever is concerned twice (a giver who claims the own gift) hears it once.

    The event's inbox mark makes it happen once; where that is gone by age, the message's own id still does. So it does
    where one transaction cannot hold all (the winners of a lot): the mark is in the last one, and who is told again
    before it has been told. Of what is older than messages are kept nobody is told any more. Who wants a notice too
    gets it soon after (see wechat).
    """
    tellings = told(envelope)
    if isinstance(tellings, Silence):
        return
    by_inbox = {telling.inbox: telling for telling in reversed(tellings)}
    placed = [(telling, inbox.place(envelope.id, envelope.occurred_at)) for inbox, telling in by_inbox.items()]
    counters = [(telling.inbox, place.counter) for telling, place in placed]
    shop, eras = tables.shop_and_eras(tellings[0].shop_id, counters)

    tx = begin()
    if placed[0][1].expires_at <= tx.now:
        return
    notices = {one.message_id: one for one in notices_of(placed, envelope.occurred_at, tx.now)}
    messages = [
        _message(envelope, telling, place, shop, era) for (telling, place), era in zip(placed, eras, strict=True)
    ]
    *before, last = (messages[start : start + AT_ONCE] for start in range(0, len(messages), AT_ONCE))
    for part in before:
        _write(Transaction(tx.store, tx.now, tx.new_id), part, notices)
    _write(tx, last, notices)


def _write(tx: Transaction, messages: Sequence[tables.Message], notices: Mapping[str, Notice]) -> None:
    """These, with their counters and notices, unless they are there already."""
    mine = [notices[message.message_id] for message in messages if message.message_id in notices]
    add_notices(tx, mine)
    for message in messages:
        tx.create(message, MESSAGE)
        tables.count_unread(tx, message, +1)
    try:
        tx.commit()
    except Refused as refused:
        if MESSAGE not in refused.names:
            raise
        return
    hints.send(due_now(mine, tx.now))


def _message(envelope: Envelope, telling: Telling, place: Place, shop: str | None, era: int) -> tables.Message:
    versions = TEMPLATES[telling.template]
    template, known = versions[-1], {"shop": shop, **telling.variables}
    message = tables.new_message(telling.inbox, place, template.category, envelope.occurred_at)
    message.event, message.subject_id = envelope.name, telling.subject_id
    message.template, message.template_version = telling.template, len(versions)
    message.variables = {name: known[name] for name in template.variables}
    message.era = era
    return message
