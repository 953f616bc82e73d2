"""What a service has said, kept for whoever comes later: the facts that others hear, each with its id, without end.

The publisher keeps a fact when it sends it: the act that it tells of costs no row more, and the stream brings what
could not be kept. Ciphertext is left out, since it would outlive the key of the person it is about; who says a fact
again seals it anew, from what the service itself still may read.

What is said again arrives at most once where it was heard before: by its inbox mark, which has the fact's id; where
that has expired, by :func:`heard_before`, since a consumer remembers since when it hears at all.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import OutboxRow, Store, get

CIPHER = "_cipher"
FOR_EVER = timedelta(days=36_500)
_SINCE = ("HEARS", "SINCE")


def keep(store: Store, row: OutboxRow) -> None:
    """Keep what this outbox row says, when it is a fact that somebody else hears. It may be kept again."""
    said = json.loads(row.body)
    if said["kind"] == "fact" and set(row.consumers) - {store.service}:
        from services.shared.contracts.routes import consumers_of

        body = json.dumps(said | {"data": _without_ciphers(said["data"])}, ensure_ascii=False, separators=(",", ":"))
        # Who hears it is what the routes say when it is said again, unless it was for one ear only.
        only = None if set(row.consumers) == set(consumers_of(row.name, store.service)) else row.consumers
        store.row(f"SAID#{row.pk}", row.sk, body=body, data=only).save()


def said(store: Store, to: str) -> Iterator[Envelope]:
    """Every fact that ``to`` hears of this service, in no order. An operator's act: it reads the whole table."""
    from services.shared.contracts.routes import EVENTS, consumers_of

    for row in store.row.scan(store.row.pk.startswith("SAID#"), consistent_read=True):
        fact = Envelope.model_validate_json(row.body)
        if (fact.name, fact.version) in EVENTS and to in (row.data or consumers_of(fact.name, store.service)):
            yield fact.model_copy(update={"resent": True})


def now_so(
    store: Store, body: EventBody, *, subject: str, sequence: int, shop: str, now: datetime, new_id: NewId
) -> Envelope:
    """State as it is now, with the sequence that it has now: who knows it changes nothing."""
    return Envelope.wrap(
        body,
        event_id=new_id("evt"),
        emitter=store.service,
        shop=shop,
        occurred_at=now,
        subject=subject,
        sequence=sequence,
        trace="",
    )


def _without_ciphers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "" if name.endswith(CIPHER) and one else _without_ciphers(one) for name, one in value.items()}
    return [_without_ciphers(one) for one in value] if isinstance(value, list) else value


# ------------------------------------------------------------------------------------------------ the hearer's side


def note_hearing(store: Store, now: datetime) -> None:
    """Remember since when this service hears; the schedule's part, and a read where that is known."""
    if get(store.row, *_SINCE) is None:
        store.put_if_newer(store.row(*_SINCE, expires_at=now), 1)


def hears_since(store: Store) -> datetime | None:
    """Since when this service has heard what it should; None when it has only now begun."""
    row = get(store.row, *_SINCE)
    return None if row is None else row.expires_at


def heard_before(store: Store, fact: Envelope, now: datetime) -> tuple[bool, timedelta]:
    """Whether a fact that is said again had its effect here long ago, and how long to remember that it has it now.

    ::

        hears since ─── said, heard, marked ─── mark expires ─── said again: heard before
        said ─── hears since ─── said again: new here, and marked for ever, since this may be repeated in a year
    """
    since = hears_since(store)
    if since is None or fact.occurred_at < since:
        return False, FOR_EVER
    return now - fact.occurred_at > store.MARKS_KEPT - timedelta(days=1), store.MARKS_KEPT
