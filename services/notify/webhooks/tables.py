"""Rows of webhooks: a table of their own, so that a flood of pushes slows no inbox.

pk                sk                 what
SHP#{shop}        EP#{webhook}       an endpoint
SHP#{shop}        LINE#{webhook}     its line: when it is visited next, and by whom right now
SHP#{shop}        COUNT              how many endpoints there are
EP#{webhook}      DLV#{delivery}     a delivery with its attempts; 30 days

Index ``due``: lines by when they are visited (``LINES#{n}``), deliveries of one endpoint by when they are tried
(``DUE#{webhook}``) or, given up, by how long they are kept (``DEAD#{webhook}``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from services.notify.tables import STORE
from services.notify.webhooks.delivery import Delivery
from services.notify.webhooks.endpoint import MAX_ENDPOINTS, Endpoint
from services.shared.plumbing.documents import Document
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import DueTable, InstantAttribute, Transaction, get, query, read, ttl
from services.shared.plumbing.vault import Vault

VAULT = Vault(STORE)
LINE_BUCKETS = 4
LEASE = timedelta(seconds=90)  # longer than a visit
ROOM, ENDPOINT, DELIVERY = "room", "endpoint", "delivery"

_ENDPOINT = Document(Endpoint)
_DELIVERY = Document(Delivery)


class WebhookRow(DueTable):
    class Meta:
        table_name = physical("notify-webhooks")

    version = NumberAttribute(null=True)
    doc = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)


class CountRow(WebhookRow):
    endpoints = NumberAttribute(null=True)


class LineRow(WebhookRow):
    """``due_at``: the next visit, none while there is nothing to do. ``knocks`` counts who wanted it sooner."""

    dozing = NumberAttribute(null=True)
    slow = NumberAttribute(null=True)
    knocks = NumberAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    lease_until = InstantAttribute(null=True)
    failing_since = InstantAttribute(null=True)

    @property
    def shop_id(self) -> str:
        return self.pk.removeprefix("SHP#")

    @property
    def webhook_id(self) -> str:
        return self.sk.removeprefix("LINE#")


@dataclass(frozen=True)
class Listener:
    """An endpoint with its line."""

    endpoint: Endpoint
    line: LineRow


def seal(shop_id: str, text: str) -> str:
    """Ciphertext under the shop's own key."""
    return VAULT.seal(f"shop:{shop_id}", text)


def unseal(shop_id: str, sealed: str) -> str:
    """What was sealed for the shop."""
    return VAULT.open(f"shop:{shop_id}", sealed)


# ----------------------------------------------------------------------------------------------------- endpoints


def listeners_of(shop_id: str) -> list[Listener]:
    """The shop's endpoints, oldest first, with their lines: one query, of 21 items at most."""
    rows = {row.sk: row for row in query(LineRow, f"SHP#{shop_id}")}
    endpoints = [_endpoint(row) for sk, row in rows.items() if sk.startswith("EP#")]
    return [Listener(one, rows[f"LINE#{one.webhook_id}"]) for one in endpoints]


def find_endpoint(shop_id: str, webhook_id: str) -> Endpoint | None:
    """One endpoint of this shop."""
    row = get(WebhookRow, f"SHP#{shop_id}", f"EP#{webhook_id}")
    return None if row is None else _endpoint(row)


def add_endpoint(tx: Transaction, endpoint: Endpoint) -> None:
    """A new endpoint and its line. Refused by the name ROOM when the shop has as many as it may."""
    pk = f"SHP#{endpoint.shop_id}"
    tx.create(_endpoint_row(endpoint), ENDPOINT)
    tx.put(LineRow(pk, f"LINE#{endpoint.webhook_id}", knocks=0))
    room = CountRow.pk.does_not_exist() | (CountRow.endpoints < MAX_ENDPOINTS)
    tx.update(CountRow(pk, "COUNT"), [CountRow.endpoints.add(1)], room, ROOM)


def save_endpoint(tx: Transaction, endpoint: Endpoint) -> None:
    """Put it where it still is at the version before this one."""
    tx.put(_endpoint_row(endpoint), WebhookRow.version == endpoint.version - 1, ENDPOINT)


def remove_endpoint(tx: Transaction, endpoint: Endpoint) -> None:
    """Drop it with its line. What was to be delivered is forgotten with time."""
    pk = f"SHP#{endpoint.shop_id}"
    tx.delete(WebhookRow(pk, f"EP#{endpoint.webhook_id}"), WebhookRow.version == endpoint.version, ENDPOINT)
    tx.delete(WebhookRow(pk, f"LINE#{endpoint.webhook_id}"))
    tx.update(CountRow(pk, "COUNT"), [CountRow.endpoints.add(-1)])


def _endpoint_row(endpoint: Endpoint) -> WebhookRow:
    row = WebhookRow(f"SHP#{endpoint.shop_id}", f"EP#{endpoint.webhook_id}", version=endpoint.version)
    row.doc = _ENDPOINT.dump_json(endpoint).decode()
    return row


def _endpoint(row: WebhookRow) -> Endpoint:
    return _ENDPOINT.validate_json(row.doc)


# ---------------------------------------------------------------------------------------------------- deliveries


def find_delivery(webhook_id: str, delivery_id: str) -> Delivery | None:
    """One delivery of this endpoint."""
    return deliveries(webhook_id, [delivery_id])[0]


def deliveries(webhook_id: str, delivery_ids: Sequence[str]) -> list[Delivery | None]:
    """Deliveries of this endpoint, at most 100, in their order: one batched read."""
    rows = read([(WebhookRow, f"EP#{webhook_id}", f"DLV#{one}") for one in delivery_ids]) if delivery_ids else []
    return [None if row is None else _DELIVERY.validate_json(row.doc) for row in rows]


def newest_deliveries(webhook_id: str, before: str | None, limit: int) -> list[Delivery]:
    """An endpoint's deliveries older than ``before``, newest first: one query."""
    after = before and f"DLV#{before}"
    rows = query(WebhookRow, f"EP#{webhook_id}", prefix="DLV#", after=after, limit=limit, newest_first=True)
    return [_DELIVERY.validate_json(row.doc) for row in rows]


def save_delivery(tx: Transaction, delivery: Delivery) -> None:
    """Put it where it still is at the version before this one, or is not there yet, at version 1."""
    row = WebhookRow(f"EP#{delivery.webhook_id}", f"DLV#{delivery.delivery_id}", version=delivery.version)
    row.doc, row.ttl = _DELIVERY.dump_json(delivery).decode(), ttl(delivery.expires_at)
    if delivery.next_at:
        row.due_bucket, row.due_at = f"DUE#{delivery.webhook_id}", delivery.next_at
    elif delivery.status == "dead":
        row.due_bucket, row.due_at = f"DEAD#{delivery.webhook_id}", delivery.expires_at
    if delivery.version == 1:
        tx.create(row, DELIVERY)
    else:
        tx.put(row, WebhookRow.version == delivery.version - 1, DELIVERY)


def list_due_deliveries(webhook_id: str, now: datetime, limit: int) -> list[str]:
    """Ids of what is to be tried by now, longest due first: candidates."""
    return _list_in(f"DUE#{webhook_id}", WebhookRow.due_at <= now, limit)


def list_dead(webhook_id: str, now: datetime, limit: int) -> list[str]:
    """Ids of what was given up and is still kept, oldest first: candidates. What TTL is late for is in nobody's way."""
    return _list_in(f"DEAD#{webhook_id}", WebhookRow.due_at > now, limit)


def list_next_due(webhook_id: str) -> datetime | None:
    """When something of this endpoint is to be tried next, as far as the index knows."""
    rows = WebhookRow.due.query(f"DUE#{webhook_id}", limit=1)
    return next((row.due_at for row in rows), None)


def _list_in(bucket: str, due: Condition, limit: int) -> list[str]:
    rows = WebhookRow.due.query(bucket, due, limit=limit)
    return [row.sk.removeprefix("DLV#") for row in rows]


# --------------------------------------------------------------------------------------------------------- lines


def list_lines(now: datetime, limit: int) -> list[tuple[datetime, str, str]]:
    """(since when, shop, webhook) of lines to be visited by now, at most ``limit`` of each bucket: candidates."""
    found = []
    for bucket in range(LINE_BUCKETS):
        rows = WebhookRow.due.query(f"LINES#{bucket}", WebhookRow.due_at <= now, limit=limit)
        found += [(row.due_at, row.pk.removeprefix("SHP#"), row.sk.removeprefix("LINE#")) for row in rows]
    return sorted(found)


def wake(tx: Transaction, shop_id: str, webhook_id: str, at: datetime) -> None:
    """Have the line visited by then; whoever is at it right now looks again before leaving."""
    tx.update(_line(shop_id, webhook_id), _awake(webhook_id, at), LineRow.pk.exists())


def knock(shop_id: str, webhook_id: str, at: datetime) -> bool:
    """The same, on its own; False when the line is gone."""
    return _updated(_line(shop_id, webhook_id), _awake(webhook_id, at), LineRow.pk.exists())


def take_line(shop_id: str, webhook_id: str, lease: str, now: datetime) -> LineRow | None:
    """The line, ours for LEASE under this name; None while somebody is at it, or when it is gone."""
    line = _line(shop_id, webhook_id)
    free = LineRow.lease_until.does_not_exist() | (LineRow.lease_until < now) | (LineRow.lease == lease)  # lost answer
    taken = [LineRow.lease.set(lease), LineRow.lease_until.set(now + LEASE)]
    return line if _updated(line, taken, LineRow.pk.exists() & free) else None


def leave_line(line: LineRow, due_at: datetime | None, *, dozing: bool, heard: bool = True) -> bool:
    """Let go of the line, as its values now say. With ``heard``, False when somebody knocked since it was taken."""
    actions = [LineRow.lease.remove(), LineRow.lease_until.remove(), LineRow.slow.set(line.slow or 0)]
    actions += (
        [LineRow.failing_since.set(line.failing_since)] if line.failing_since else [LineRow.failing_since.remove()]
    )
    if due_at:
        actions += [LineRow.due_bucket.set(_bucket(line.webhook_id)), LineRow.due_at.set(due_at)]
    else:
        actions += [LineRow.due_bucket.remove(), LineRow.due_at.remove()]
    actions += [LineRow.dozing.set(int(dozing))]
    ours = LineRow.lease == line.lease
    return _updated(line, actions, ours & (LineRow.knocks == line.knocks) if heard else ours)


def look_again(line: LineRow) -> LineRow | None:
    """The line as it is now; None when it is not ours any more."""
    fresh = get(LineRow, line.pk, line.sk)
    return fresh if fresh and fresh.lease == line.lease else None


def _line(shop_id: str, webhook_id: str) -> LineRow:
    return LineRow(f"SHP#{shop_id}", f"LINE#{webhook_id}")


def _awake(webhook_id: str, at: datetime) -> list[Action]:
    row = LineRow
    return [row.due_bucket.set(_bucket(webhook_id)), row.due_at.set(at), row.dozing.set(0), row.knocks.add(1)]


def _bucket(webhook_id: str) -> str:
    return f"LINES#{sum(webhook_id.encode()) % LINE_BUCKETS}"


def _updated(line: LineRow, actions: Sequence[Action], condition: Condition) -> bool:
    """Whether the condition held; the row has its new values then."""
    try:
        line.update(list(actions), condition=condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True
