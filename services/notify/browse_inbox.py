"""Browse an inbox, newest first (N1)."""

from dataclasses import dataclass
from datetime import datetime

from services.notify import tables
from services.notify.inbox import Category, Inbox
from services.notify.tables import Message

LOOKED_THROUGH = 500  # a page of unread messages looks through as many at most
LOOKED_THROUGH_IN_CATEGORY = 100  # one batched read


@dataclass(frozen=True)
class Found:
    """A page: messages, each with whether it is unread, and the id to go on after where there is more."""

    messages: list[tuple[Message, bool]]
    after: str | None


def browse_inbox(
    inbox: Inbox, category: Category | None, *, only_unread: bool, after: str | None, limit: int, now: datetime
) -> Found:
    """One page of at most ``limit`` (≤ 100), older than the message ``after``.

    It costs a query for the counters and one for the messages, for a category one more. With ``only_unread`` a page may
    hold fewer than ``limit``, even none, while there is more, and ends where the counters know of nothing older.
    """
    counters = tables.unread_of(inbox)
    if only_unread:
        return _unread(inbox, category, after, limit, now, counters)
    messages, more = _older(inbox, category, after, limit, now)
    shown = [(message, tables.is_unread(message, counters)) for message in messages]
    return Found(shown, messages[-1].message_id if more else None)


def _unread(
    inbox: Inbox,
    category: Category | None,
    after: str | None,
    limit: int,
    now: datetime,
    counters: dict[str, tables.Unread],
) -> Found:
    counted = [one.expires_at for one in counters.values() if one.expires_at > now and one.total(category)]
    if not counted:
        return Found([], None)
    look = LOOKED_THROUGH if category is None else LOOKED_THROUGH_IN_CATEGORY
    messages, more = _older(inbox, category, after, look, now)
    unread = [(message, True) for message in messages if tables.is_unread(message, counters)]
    if len(unread) > limit:
        return Found(unread[:limit], unread[limit - 1][0].message_id)
    more = more and messages[-1].expires_at >= min(counted)
    return Found(unread, messages[-1].message_id if more else None)


def _older(
    inbox: Inbox, category: Category | None, after: str | None, look: int, now: datetime
) -> tuple[list[Message], bool]:
    """Up to ``look`` messages, and whether there are more: whatever follows an expired or deleted one is so too."""
    if category is None:
        found = tables.newest_messages(inbox, after, look + 1)
        count, messages = len(found), found[:look]
    else:
        ids = tables.list_category(inbox, category, after, look + 1)
        count, messages = len(ids), tables.messages_of(inbox, ids[:look])
    kept = [message for message in messages if message.expires_at > now]
    return kept, count > look and len(kept) == look
