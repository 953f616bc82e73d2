"""The consumer's side: each event has its effect once, whatever comes twice, late or shuffled.

The inbox mark is an item in the transaction of the effect itself (``begin`` puts it there), so there is no moment at
which one exists without the other.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from services.shared.contracts.envelope import Envelope
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import logs
from services.shared.plumbing.contention import ahead_of, time_left
from services.shared.plumbing.history import heard_before
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import AlreadyDone, Begin, Once, Row, Store, Transaction, get, retrying

Reaction = Callable[[Envelope, Begin], None]


class NotYet(Exception):
    """A fact came before what it needs. It is kept and tried again until ``within`` is over, then dead-lettered."""

    def __init__(self, what: str, within: timedelta = timedelta(hours=1)) -> None:
        super().__init__(what)
        self.within = within


class NobodyReacts(LookupError):
    """An event reached a service that has no reaction for it: a route or a deployment is ahead of the code."""


def consume(
    store: Store,
    reactions: Mapping[str, Reaction],
    sqs_event: dict[str, Any],
    now: Callable[[], datetime],
    new_id: NewId,
) -> dict[str, Any]:
    """Handle one SQS batch; answers the partial batch response. What fails stays in the queue, then goes to the DLQ.

    What there is no time left for stays in the queue as well. Steps of jobs, which take what time they get, come after
    all others and share it: nothing fails again and again for what it came with.
    """
    from services.shared.plumbing.jobs import CHUNK_NEEDS_S  # what reacts has loaded it; who serves requests never

    failed = []
    records = sorted(sqs_event["Records"], key=_is_step)
    for place, record in enumerate(records):
        if not time_left(CHUNK_NEEDS_S if place and _is_step(record) else 0.0):
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        event: dict[str, str] = {}
        with _trace(), ahead_of(len(records) - place - 1):
            try:
                envelope = Envelope.model_validate_json(record["body"])
                event = {"event_id": envelope.id, "event_name": envelope.name}
                react(store, reactions, envelope, now, new_id)
            except Exception as error:  # noqa: BLE001 - one bad message stops no other
                logs.log(store.service, "message_failed", "error", error=error, **event)
                failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _is_step(record: dict[str, Any]) -> bool:
    """Whether it is likely a job's step, as far as one sees before it is read."""
    return JobStepDue.NAME in record["body"]


@contextmanager
def _trace() -> Iterator[None]:
    """The trace that an event sets, until its message is handled."""
    token = logs.trace_id.set("")
    try:
        yield
    finally:
        logs.trace_id.reset(token)


def react(
    store: Store, reactions: Mapping[str, Reaction], envelope: Envelope, now: Callable[[], datetime], new_id: NewId
) -> None:
    """Give one event its effect, once; one that came too early is kept. Raises what :func:`_apply` raises else."""
    try:
        _apply(store, reactions, envelope, now, new_id)
    except NotYet as early:
        _wait(store, envelope, now(), early)


def _apply(
    store: Store, reactions: Mapping[str, Reaction], envelope: Envelope, now: Callable[[], datetime], new_id: NewId
) -> None:
    """Raises NobodyReacts, NotYet, TooBusy, or what the reaction raised."""
    from services.shared.contracts.routes import EVENTS  # all services' events: only who hears some needs them

    logs.trace_id.set(envelope.trace or envelope.id)
    reaction = reactions.get(envelope.name)
    if reaction is None or (envelope.name, envelope.version) not in EVENTS:
        raise NobodyReacts(f"{store.service} has no reaction to {envelope.name} v{envelope.version}")
    retrying(lambda: _once(store, reaction, envelope, now(), new_id))


def _once(store: Store, reaction: Reaction, envelope: Envelope, now: datetime, new_id: NewId) -> None:
    begun: list[Transaction] = []
    long_ago, kept = heard_before(store, envelope, now) if envelope.resent else (False, store.MARKS_KEPT)
    if long_ago:
        logs.log(store.service, "event_heard_long_ago", event_name=envelope.name, event_id=envelope.id)
        return

    def begin() -> Transaction:
        if any(tx.committed for tx in begun):
            raise RuntimeError(f"the reaction to {envelope.name} commits twice: only one of them can hold the mark")
        begun.append(Transaction(store, now, new_id, Once(f"IN#{envelope.id}", kept)))
        return begun[-1]

    try:
        reaction(envelope, begin)
        if not any(tx.committed for tx in begun):
            begin().commit()  # nothing to change is an effect too: remember that it was heard
    except AlreadyDone:
        return


# ------------------------------------------------------------------------------------- facts that came too early

WAITING = "WAITING"
TRIED_AGAIN_AFTER = timedelta(seconds=20)


def _wait(store: Store, envelope: Envelope, now: datetime, early: NotYet) -> None:
    row = get(store.row, f"WAITING#{envelope.id}", "EVENT") or store.row(f"WAITING#{envelope.id}", "EVENT")
    if row.expires_at is None:
        row.body = envelope.model_dump_json()
        row.expires_at = now + early.within
    row.due_bucket, row.due_at = WAITING, now + TRIED_AGAIN_AFTER
    row.save()
    logs.log(store.service, "event_waits", event_name=envelope.name, event_id=envelope.id, why=str(early))


def retry_waiting(
    store: Store,
    reactions: Mapping[str, Reaction],
    now: Callable[[], datetime],
    new_id: NewId,
    bury: Callable[[str], None],
) -> int:
    """The schedule's part: try waiting facts again; one past its deadline has a last try, then goes to the DLQ.

    ``bury`` puts a message there. Returns how many wait no longer; one that fails stops no other.
    """
    ended = 0
    for pk, sk in store.list_due(WAITING, now(), limit=500):
        row = get(store.row, pk, sk)
        if row is None or row.body is None or row.due_at > now():
            continue
        with _trace():
            try:
                ended += _retry(store, reactions, row, now, new_id, bury)
            except Exception as error:  # noqa: BLE001 - it stays due
                logs.log(store.service, "waiting_failed", "error", error=error, event_id=pk.partition("#")[2])
    return ended


def _retry(
    store: Store,
    reactions: Mapping[str, Reaction],
    row: Row,
    now: Callable[[], datetime],
    new_id: NewId,
    bury: Callable[[str], None],
) -> bool:
    envelope = Envelope.model_validate_json(row.body)
    try:
        _apply(store, reactions, envelope, now, new_id)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is tried until the deadline, and then seen in the DLQ
        if row.expires_at >= now():
            row.due_at = now() + TRIED_AGAIN_AFTER
            row.save()
            logs.log(store.service, "event_waits", event_name=envelope.name, event_id=envelope.id, error=error)
            return False
        bury(row.body)
        logs.log(store.service, "event_buried", "error", event_name=envelope.name, event_id=envelope.id, error=error)
    row.delete()
    return True


def dead_letter_body(record_body: str) -> dict[str, Any]:
    """What an operator sees of a dead letter: its envelope without the data."""
    envelope: dict[str, Any] = json.loads(record_body)
    return {name: envelope.get(name) for name in ("id", "name", "version", "emitter", "subject", "occurred_at")}
