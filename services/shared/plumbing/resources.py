"""What a service owns in the cloud, as typed data.

One description serves three readers: the merge template for CloudFormation, the tables and queues on one machine, and
the tests. What things are called is in :mod:`names`, and to be had from here too.
"""

from dataclasses import dataclass, field
from typing import Any

from services.shared.plumbing.names import ACCOUNT, physical, stream_arn, table_of_stream

__all__ = [
    "ACCOUNT",
    "Alarm",
    "Index",
    "Queue",
    "Resources",
    "Table",
    "physical",
    "plumbing_tables",
    "stream_arn",
    "table_of_stream",
]


@dataclass(frozen=True)
class Index:
    """A global secondary index: it lists, it never decides. Keys only, and what ``include`` names."""

    name: str
    hash_key: str
    range_key: str
    include: tuple[str, ...] = ()

    @property
    def projection(self) -> dict[str, Any]:
        """As DynamoDB takes it."""
        if self.include:
            return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.include)}
        return {"ProjectionType": "KEYS_ONLY"}


@dataclass(frozen=True)
class Table:
    """A DynamoDB table, on demand. All key attributes are strings. ``ttl`` names the attribute in epoch seconds."""

    name: str
    hash_key: str = "pk"
    range_key: str = "sk"
    indexes: tuple[Index, ...] = ()
    stream: bool = False  # NEW_IMAGE
    ttl: str = "ttl"


@dataclass(frozen=True)
class Queue:
    """A standard SQS queue with a dead-letter queue ``{name}-dlq`` of its own.

    ``function_timeout_s`` is the consumer's; the visibility timeout is six times that, as AWS advises. At most
    ``max_concurrency`` consumers run at once, so that a flood of events leaves the account room for everything else.
    ``fed_by``: functions of its own service that put something into it, beside the senders; ``buried_by``: those that
    leave dead letters themselves.
    """

    name: str
    function_timeout_s: int = 30
    max_receives: int = 5
    retention_days: int = 14
    max_concurrency: int = 50
    fed_by: tuple[str, ...] = ()
    buried_by: tuple[str, ...] = ()

    @property
    def visibility_s(self) -> int:
        return 6 * self.function_timeout_s

    @property
    def dead_letters(self) -> str:
        return f"{self.name}-dlq"


@dataclass(frozen=True)
class Alarm:
    """An event of ``logs.alarm``: somebody has to look. ``what`` tells them what it means."""

    event: str
    what: str


@dataclass(frozen=True)
class Resources:
    """Everything one service owns. Event sources are not listed here: the Chalice app declares them.

    ``senders`` are the functions that put events into queues; no other one may. ``alarms``: beside those that every
    function and queue has.
    """

    service: str
    tables: tuple[Table, ...]
    queues: tuple[Queue, ...]
    uses_files: bool = False
    secrets: tuple[str, ...] = field(default=())
    senders: tuple[str, ...] = ("publish", "tend")
    alarms: tuple[Alarm, ...] = ()


def plumbing_tables(service: str) -> tuple[Table, ...]:
    """The two tables every service has beside its own: the outbox with its stream, and the plumbing's records."""
    return (
        Table(f"{service}-outbox", stream=True),
        Table(f"{service}-plumbing", indexes=(Index("due", "due_bucket", "due_at"),)),
    )
