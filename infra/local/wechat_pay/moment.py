"""Times and numbers as WeChat Pay writes them: Beijing time to the second, long decimal ids."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def rfc3339(at: datetime) -> str:
    """Cut to the second, not rounded: a payment is never dated later than it was made."""
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def new_number(prefix: str, at: datetime, length: int) -> str:
    """Return `length` characters: the prefix, the day, and random digits."""
    head = prefix + at.astimezone(BEIJING).strftime("%Y%m%d")
    return head + "".join(secrets.choice("0123456789") for _ in range(length - len(head)))


def new_notification_id() -> str:
    """At most 36 characters."""
    return f"EV-{secrets.token_hex(16)}"
