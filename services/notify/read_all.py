"""Read all: everything that is in the inbox is read, in work that does not grow with it (N1)."""

from datetime import datetime

from services.notify import tables
from services.notify.inbox import Inbox
from services.shared.plumbing.tables import Begin


def read_all(inbox: Inbox, *, begin: Begin, now: datetime) -> None:
    """Every message that has arrived counts as read; one that arrives while this runs may or may not.

    One commit a counter with something unread, so that a shop to which messages stream gets through: a repeat goes on
    with those that are left, where a commit of all counters at once would have to win against every writer together.
    """
    for counter in tables.unread_of(inbox).values():
        if counter.expires_at > now and counter.total():
            tx = begin()
            tables.end_era(tx, counter)
            tx.commit()
