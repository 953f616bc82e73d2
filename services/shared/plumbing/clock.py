"""The one place that knows what time it is. Verbs take ``now`` as an argument; only doors ask here."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)


_source: Clock = _system


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return _source()


def use(source: Clock) -> None:
    """Replace the source for this process, so that one machine can move the clock that decides deadlines."""
    global _source
    _source = source
