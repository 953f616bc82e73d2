"""Instants as stored: fixed-width RFC 3339 text, whose order is the order of time, or epoch seconds for TTL."""

from datetime import UTC, datetime

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def instant_text(value: datetime) -> str:
    """Raises ValueError for one without a zone, which would be taken for this machine's local time."""
    if value.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return value.astimezone(UTC).strftime(_FORMAT)


def instant_of(text: str) -> datetime:
    """The instant that a stored text means."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)


def ttl(at: datetime) -> int:
    """DynamoDB's TTL is in epoch seconds."""
    return int(at.timestamp())
