"""DynamoDB for everyone: the shared connection, reads, the one transaction, and the plumbing's own records.

The only module outside the services' ``tables.py`` that knows PynamoDB. What the engine's refusals mean is in
:mod:`services.shared.plumbing.contention`.
"""

import gc
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.session import Session
from pynamodb.attributes import Attribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.constants import ATTR_DEFINITIONS, ATTR_NAME, GLOBAL_SECONDARY_INDEXES, INDEX_NAME
from pynamodb.exceptions import PutError, TransactGetError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.plumbing import logs
from services.shared.plumbing.contention import AlreadyDone, Busy, Contended, Refused, Throttled, retrying, tries
from services.shared.plumbing.ids import NewId, new_id
from services.shared.plumbing.instants import instant_of, instant_text, ttl
from services.shared.plumbing.names import physical

__all__ = [
    "MAX_ACTIONS",
    "MAX_KEYS",
    "AllProjection",
    "AlreadyDone",
    "Begin",
    "Contended",
    "DueTable",
    "InstantAttribute",
    "KeysOnlyProjection",
    "Once",
    "OutboxRow",
    "Refused",
    "Row",
    "Store",
    "Table",
    "Transaction",
    "bind",
    "connection",
    "get",
    "instant_of",
    "instant_text",
    "keys_only",
    "query",
    "raw",
    "read",
    "retrying",
    "snapshot",
    "ttl",
]

M = TypeVar("M", bound=Model)
R = TypeVar("R")
_Spot = tuple[str, str, str]  # table, pk, sk

MAX_ACTIONS = 100
MAX_KEYS = 100
MAX_PK_BYTES, MAX_SK_BYTES = 2_048, 1_024
MAX_EVENT_BYTES = 250_000  # SQS ends at 256 KiB
# What an error of the engine, and what a cancelled transaction, may be called that a repeat may cure.
BUSY = {
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    *("500", "502", "503", "504"),  # what botocore calls an answer without a code
}
THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded"}
BUSY_REASONS = THROTTLED | {"TransactionConflict", "TransactionInProgressException"}


# ------------------------------------------------------------------------------------------------- connection

_lock = threading.Lock()
_shared: "SharedConnection | None" = None


class SharedConnection(Connection):
    """PynamoDB's connection, on which every call, of whichever model, is sent again while the engine is busy.

    Raises Busy when that lasts. Other errors stay PynamoDB's, which in turn fails on a connection that was lost.
    """

    @property
    def session(self) -> Session:
        session = super().session
        # botocore puts its own User-Agent together twice a call, which takes a tenth of the call's time.
        session.set_default_client_config(Config(user_agent="xiaodian"))
        return session

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        if operation_name == "TransactWriteItems":
            # The same in every try, as botocore's own would not be: an effect whose answer was lost stays one effect.
            operation_kwargs.setdefault("ClientRequestToken", new_id("tx"))
        why: Exception | None = None
        for _ in tries():
            try:
                return super()._make_api_call(operation_name, operation_kwargs)
            except ClientError as error:
                if error.response["Error"]["Code"] not in BUSY:
                    raise
                why = error
            except (HTTPClientError, NoConnection) as error:
                why = error
        raise Busy(_cause(why)) from why

    def batch_get(self, request: dict[str, Any]) -> dict[str, Any]:
        """BatchGetItem over any tables, which PynamoDB does for one table only."""
        return self._make_api_call("BatchGetItem", {"RequestItems": request})


def _cause(error: Exception | None) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


def connection() -> SharedConnection:
    """The process's one connection: connect 1 s, read 2 s. botocore tries nothing again: :mod:`contention` does."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = SharedConnection(
                region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
                connect_timeout_seconds=1,
                read_timeout_seconds=2,
                max_retry_attempts=0,
                max_pool_connections=32,
            )
            _create_client(_shared)  # botocore's client creation is not thread-safe, so do it under the lock
        return _shared


def _create_client(made: SharedConnection) -> None:
    # It builds a large model of which nothing is garbage: looking for some takes a sixth of its time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _ = made.client
    finally:
        if collecting:
            gc.enable()


class Table(Model):
    """A model on the shared connection, with the keys that every table of ours has.

    Subclasses give ``Meta.table_name`` by :func:`bind` or by hand.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        # Not the one it inherits: a parent may know fewer indexes. Nor the one that PynamoDB has just made for another
        # thread, which is not yet on the shared connection.
        own = cls.__dict__.get("_connection")
        if own is None or own.table_name != cls.Meta.table_name or own.connection is not _shared:
            shared = connection()
            with _lock:
                cls._connection = None
                own = super()._get_connection()
                _register(shared, own.get_meta_table())
                own.connection = shared
        return cast(TableConnection, own)


def _register(shared: Connection, meta: MetaTable) -> None:
    """Make a table known, or the indexes that another model of the same table did not have."""
    known = shared._tables.get(meta.table_name)  # noqa: SLF001 - PynamoDB has no other way to ask
    if known is None:
        shared.add_meta_table(meta)
        return
    for part, name in ((ATTR_DEFINITIONS, ATTR_NAME), (GLOBAL_SECONDARY_INDEXES, INDEX_NAME)):
        there = known.data.setdefault(part, [])
        names = {one[name] for one in there}
        there += [one for one in meta.data.get(part, []) if one[name] not in names]


class InstantAttribute(Attribute[datetime]):
    """An aware UTC instant as fixed-width RFC 3339 text: text order is time order, in keys and in conditions."""

    attr_type = "S"

    def serialize(self, value: datetime) -> str:
        return instant_text(value)

    def deserialize(self, value: str) -> datetime:
        return instant_of(value)


def keys_only(
    hash_key: str, range_key: str, sorts: type[Attribute[Any]] = UnicodeAttribute
) -> GlobalSecondaryIndex[Any]:
    """An index that holds keys only: by one attribute, in the order of another. Its name is what the model calls it."""
    keys = {hash_key: UnicodeAttribute(hash_key=True), range_key: sorts(range_key=True)}
    meta = type("Meta", (), {"projection": KeysOnlyProjection()})
    return cast(GlobalSecondaryIndex[Any], type("KeysOnly", (GlobalSecondaryIndex,), {"Meta": meta, **keys})())


class DueTable(Table):
    """Rows of which some have something left to do, in ``due_bucket`` by the time it is due."""

    due = keys_only("due_bucket", "due_at", InstantAttribute)
    due_bucket = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)


def bind(model: type[M], logical_table: str) -> type[M]:
    """The same model on a service's own table."""
    meta = type("Meta", (), {"table_name": physical(logical_table)})
    return cast(type[M], type(model.__name__, (model,), {"Meta": meta, "__module__": model.__module__}))


# ------------------------------------------------------------------------------------------------------ reads


def get(model: type[M], pk: str, sk: str) -> M | None:
    """One consistent read of a base table."""
    return cast(M | None, read([(model, pk, sk)])[0])


def read(keys: Sequence[tuple[type[Model], str, str]]) -> list[Any]:
    """The items of these keys in their order, None where there is none: consistent, over any tables, one batched read
    for each hundred different keys.

    What no key can be, empty or too long, is not there: callers look for what strangers wrote. Raises Busy when the
    engine leaves some out again and again.
    """
    wanted = list(dict.fromkeys((_name(model), pk, sk) for model, pk, sk in keys if _is_key(pk, sk)))
    found: dict[_Spot, dict[str, Any]] = {}
    for start in range(0, len(wanted), MAX_KEYS):
        found |= _batch(wanted[start : start + MAX_KEYS])
    return [_instance(model, found.get((_name(model), pk, sk))) for model, pk, sk in keys]


def _batch(spots: Sequence[_Spot]) -> dict[_Spot, dict[str, Any]]:
    wanted: dict[str, dict[str, Any]] = {}
    for table, pk, sk in spots:
        asked = wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})
        asked["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
    found: dict[_Spot, dict[str, Any]] = {}
    attempts = tries()
    while wanted:
        if next(attempts, None) is None:
            raise Busy("UnprocessedKeys")
        answer = connection().batch_get(wanted)
        for name, items in answer["Responses"].items():
            found.update({(name, item["pk"]["S"], item["sk"]["S"]): item for item in items})
        wanted = answer.get("UnprocessedKeys") or {}
    return found


def snapshot(keys: Sequence[tuple[type[M], str, str]]) -> list[M | None]:
    """Like :func:`read`, but as of one moment (TransactGetItems): the only read that may say what is *not* there.

    Raises ValueError for more than 100 keys, Contended when a writer was in the middle of it.
    """
    if len(keys) > MAX_KEYS:
        raise ValueError(f"one snapshot takes at most {MAX_KEYS} keys")
    requests = [model.get_operation_kwargs_from_class(pk, range_key=sk) for model, pk, sk in keys]
    try:
        answer = connection().transact_get_items(requests)
    except TransactGetError as error:
        busy = _reasons(error) & BUSY_REASONS
        if not busy:
            raise
        raise Contended(", ".join(sorted(busy))) from error
    return [_instance(model, one.get("Item")) for (model, _, _), one in zip(keys, answer["Responses"], strict=True)]


def raw(model: type[M], item: dict[str, Any]) -> M:
    """A model instance from DynamoDB's own JSON, as streams and low-level queries give it."""
    return model.from_raw_data(item)


def query(
    model: type[M],
    pk: str,
    *,
    prefix: str = "",
    after: str | None = None,
    limit: int = 100,
    newest_first: bool = False,
) -> list[M]:
    """Up to ``limit`` items of one partition in key order, consistent; ``after`` is the last key already seen."""
    if not _is_key(pk):
        return []
    sort = model._range_key_attribute()  # type: ignore[no-untyped-call]
    condition: Condition | None = sort.startswith(prefix) if prefix else None
    start = None if after is None else {"pk": {"S": pk}, "sk": {"S": after}}
    return list(
        model.query(
            pk,
            range_key_condition=condition,
            consistent_read=True,
            limit=limit,
            last_evaluated_key=start,
            scan_index_forward=not newest_first,
        )
    )


def _is_key(pk: str, sk: str = "-") -> bool:
    """Whether the engine would look for it, and not refuse to."""
    return 0 < len(pk.encode()) <= MAX_PK_BYTES and 0 < len(sk.encode()) <= MAX_SK_BYTES


def _name(model: type[Model]) -> str:
    return str(model.Meta.table_name)


def _instance(model: type[M], item: dict[str, Any] | None) -> M | None:
    return None if item is None else model.from_raw_data(item)


def _reasons(error: TransactGetError | TransactWriteError) -> set[str]:
    """Why a transaction was cancelled; empty when it failed otherwise."""
    return {reason.code for reason in error.cancellation_reasons if reason}


# ------------------------------------------------------------------------------------------------ transaction


class Transaction:
    """One TransactWriteItems: state, idempotency record or inbox mark, and outbox rows, all or nothing.

    Actions may be named, so that a Refused says which of them failed; PynamoDB reorders actions, and this class knows
    the order. More than 100 actions are refused before the call.
    """

    def __init__(self, store: "Store", now: datetime, new_id: NewId, once: "Once | None" = None) -> None:
        self.store, self.now, self.new_id = store, now, new_id
        self.committed = False
        self._once = once
        self._checks: list[tuple[str, dict[str, Any]]] = []
        self._deletes: list[tuple[str, dict[str, Any]]] = []
        self._puts: list[tuple[str, dict[str, Any]]] = []
        self._updates: list[tuple[str, dict[str, Any]]] = []

    def put(self, item: Model, condition: Condition | None = None, name: str = "") -> None:
        self._puts.append((name, item.get_save_kwargs_from_instance(condition=condition)))

    def create(self, item: Model, name: str = "") -> None:
        """Put an item that must not exist yet."""
        self.put(item, type(item)._hash_key_attribute().does_not_exist(), name)  # type: ignore[no-untyped-call]

    def update(
        self, item: Model, actions: Iterable[Action], condition: Condition | None = None, name: str = ""
    ) -> None:
        """Change the item with ``item``'s key; its other attributes do not matter."""
        self._updates.append((name, item.get_update_kwargs_from_instance(actions=list(actions), condition=condition)))

    def delete(self, item: Model, condition: Condition | None = None, name: str = "") -> None:
        self._deletes.append((name, item.get_delete_kwargs_from_instance(condition=condition)))

    def save_due(self, pk: str, sk: str, bucket: str, at: datetime | None) -> None:
        """A row of the plumbing's that `Store.list_due` finds in this bucket from then on; none with None."""
        row = self.store.row(pk, sk)
        if at is None:
            self.delete(row)
        else:
            row.due_bucket, row.due_at = bucket, at
            self.put(row)

    def check(self, model: type[Model], pk: str, sk: str, condition: Condition, name: str = "") -> None:
        kwargs = model.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
        self._checks.append((name, kwargs))

    def emit(
        self, body: EventBody, *, subject: str, sequence: int, shop: str | None = None, only: str | None = None
    ) -> str:
        """Add an outbox row for this event; returns the event's id. Keyed by subject, kept 30 days.

        ``only`` names the single consumer of what the others have heard or shall not. Raises ValueError for an event
        that no queue can take.
        """
        from services.shared.contracts.routes import consumers_of  # every event of all services: who reads says none

        envelope = Envelope.wrap(
            body,
            event_id=self.new_id("evt"),
            emitter=self.store.service,
            shop=shop,
            occurred_at=self.now,
            subject=subject,
            sequence=sequence,
            trace=logs.trace_id.get(),
        )
        row = self.store.outbox(envelope.subject, envelope.id)
        row.name = envelope.name
        row.body = envelope.model_dump_json(exclude={"resent"})
        if (size := len(row.body.encode())) > MAX_EVENT_BYTES:
            raise ValueError(f"{envelope.name} has {size} bytes, and no queue takes more than {MAX_EVENT_BYTES}")
        row.consumers = [only] if only else list(consumers_of(envelope.name, self.store.service))
        row.ttl = ttl(self.now + self.store.OUTBOX_KEPT)
        self.put(row)
        return envelope.id

    @property
    def size(self) -> int:
        """How many actions the commit will send."""
        extra = 1 if self._once else 0
        return len(self._checks) + len(self._deletes) + len(self._puts) + len(self._updates) + extra

    def commit(self, answer: Mapping[str, str] | None = None) -> None:
        """Send it. ``answer`` holds the ids from which the answer of a keyed request is built again.

        Raises AlreadyDone, Refused, Contended; ValueError when it could never fit.
        """
        if self.size > MAX_ACTIONS:
            raise ValueError(f"{self.size} actions do not fit into one transaction of {MAX_ACTIONS}")
        if self._once:
            self._once.add_to(self, answer or {})
        ordered = self._checks + self._deletes + self._puts + self._updates
        try:
            connection().transact_write_items(
                condition_check_items=[kwargs for _, kwargs in self._checks],
                delete_items=[kwargs for _, kwargs in self._deletes],
                put_items=[kwargs for _, kwargs in self._puts],
                update_items=[kwargs for _, kwargs in self._updates],
            )
        except TransactWriteError as error:
            raise self._why(error, [name for name, _ in ordered]) from error
        self.committed = True

    def _why(self, error: TransactWriteError, names: list[str]) -> Exception:
        reasons = error.cancellation_reasons  # none unless the engine has cancelled it
        failed = frozenset(
            name
            for name, reason in zip(names, reasons, strict=False)
            if reason and reason.code == "ConditionalCheckFailed"
        )
        if Once.NAME in failed:
            return AlreadyDone()
        busy = _reasons(error) & BUSY_REASONS
        if busy:
            return (Throttled if busy & THROTTLED else Contended)(", ".join(sorted(busy)))
        return Refused(failed) if failed else error


Begin = Callable[[], Transaction]


class Once:
    """What makes an act happen once: its record is written in the act's own transaction, if it is not there yet."""

    NAME = "once"

    def __init__(self, pk: str, kept: timedelta, fingerprint: str = "") -> None:
        self.pk, self.kept, self.fingerprint = pk, kept, fingerprint

    def add_to(self, tx: Transaction, answer: Mapping[str, str]) -> None:
        record = tx.store.row(self.pk, "ONCE")
        record.fingerprint = self.fingerprint
        record.data = dict(answer)
        record.expires_at = tx.now + self.kept
        record.ttl = ttl(tx.now + self.kept)
        row = tx.store.row
        # TTL deletes late, so an expired record is judged here and may be replaced.
        tx.put(record, row.pk.does_not_exist() | (row.expires_at < tx.now), self.NAME)


# ---------------------------------------------------------------------------------------- the plumbing's rows


class OutboxRow(Table):
    """An event on its way: written with the state it tells of, read by the publisher from the stream.

    ``pk`` is the subject, ``sk`` the event's id.
    """

    name = UnicodeAttribute()
    body = UnicodeAttribute()  # the envelope as JSON
    consumers = JSONAttribute()  # who gets it: [service, …]
    ttl = NumberAttribute()


class Row(DueTable):
    """The plumbing's own records: idempotency, inbox marks, parked and waiting events, jobs, keys, memberships."""

    fingerprint = UnicodeAttribute(null=True)
    sequence = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    data = JSONAttribute(null=True)
    body = UnicodeAttribute(null=True)
    expires_at = InstantAttribute(null=True)
    ttl = NumberAttribute(null=True)


class Store:
    """A service's plumbing: its outbox and its rows."""

    OUTBOX_KEPT = timedelta(days=30)
    # Longer than outbox + 14 days in a queue + 14 days in its DLQ: a replay can then never double an effect.
    MARKS_KEPT = timedelta(days=60)
    KEYS_KEPT = timedelta(hours=48)

    def __init__(self, service: str) -> None:
        self.service = service
        self.outbox: type[OutboxRow] = bind(OutboxRow, f"{service}-outbox")
        self.row: type[Row] = bind(Row, f"{service}-plumbing")

    def list_due(self, bucket: str, now: datetime, limit: int = 50) -> list[tuple[str, str]]:
        """Keys of rows due in this bucket, oldest first. Candidates only: whoever acts reads the row itself."""
        rows = self.row.due.query(bucket, self.row.due_at <= now, limit=limit)
        return [(row.pk, row.sk) for row in rows]

    def put_if_newer(self, item: Row, sequence: int) -> bool:
        """Keep a row of replicated state unless a newer one is there; False when it was."""
        item.sequence = sequence
        row = self.row
        try:
            item.save(condition=row.pk.does_not_exist() | (row.sequence < sequence))
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True
