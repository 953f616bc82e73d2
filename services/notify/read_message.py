"""A message, and reading it: from then on it is read, and its counter is one less, once (N1)."""

from datetime import datetime

from services.notify import tables
from services.notify.inbox import Inbox
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def message_in(inbox: Inbox, message_id: str, now: datetime) -> tuple[tables.Message, bool]:
    """A message, and whether it is unread. Raises NotFound for another inbox's or an expired one."""
    message = tables.message_of(inbox, message_id)
    if message is None or message.expires_at <= now:
        raise NotFound()
    return message, tables.is_unread(message, tables.unread_of(inbox))


def read_message(inbox: Inbox, message_id: str, *, begin: Begin, now: datetime) -> tables.Message:
    """The message, read. Doing it again changes nothing. Raises NotFound."""
    message, unread = message_in(inbox, message_id, now)
    if unread:
        tx = begin()
        tables.mark_read(tx, message)
        tables.count_unread(tx, message, -1)
        tx.commit()
    return message
