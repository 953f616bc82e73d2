"""Count what is unread: exact, by category, without looking at a message (N1)."""

from datetime import datetime

from services.notify import tables
from services.notify.inbox import CATEGORIES, Category, Inbox


def count_unread(inbox: Inbox, now: datetime) -> dict[Category, int]:
    """Unread messages by category, in one query whatever the inbox holds."""
    counters = [counter for counter in tables.unread_of(inbox).values() if counter.expires_at > now]
    return {category: sum(counter.total(category) for counter in counters) for category in CATEGORIES}
