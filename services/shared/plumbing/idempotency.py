"""Any POST may be sent again: the key's record is written in the transaction of its effect.

Refusals are not stored: the same key is judged anew. The record holds ids, from which the answer is built again, and a
fingerprint of the body; another person's same key is another key.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.shared.plumbing.problems import KeyInProgress, KeyReused, Problem
from services.shared.plumbing.tables import AlreadyDone, Once, Store, get

R = TypeVar("R")


@dataclass(frozen=True)
class Key:
    """An Idempotency-Key as one person used it on one route with one body, which is JSON of one form."""

    principal: str
    route: str
    value: str
    body: str

    @property
    def pk(self) -> str:
        parts = f"{self.principal}\0{self.route}\0{self.value}"
        return "IDEM#" + hashlib.sha256(parts.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()

    def once(self) -> Once:
        return Once(self.pk, Store.KEYS_KEPT, self.fingerprint)


def keyed(store: Store, key: Key, now: datetime, act: Callable[[], R], again: Callable[[Mapping[str, str]], R]) -> R:
    """Run ``act``; where this key already had its effect, build the answer ``again`` from the stored ids.

    The record is only looked at when the act does not go through, so the common path costs no extra read: a repeat
    fails on the record's own condition, and a repeat that is refused earlier (sold out by now) is looked up too.
    Raises KeyReused for another body, and what ``act`` raised when there is no record.
    """
    try:
        return act()
    except (AlreadyDone, Problem) as outcome:
        record = get(store.row, key.pk, "ONCE")
        if record is None or (record.expires_at is not None and record.expires_at < now):
            if isinstance(outcome, AlreadyDone):
                raise KeyInProgress() from outcome
            raise
        if record.fingerprint != key.fingerprint:
            raise KeyReused() from outcome
        return again(record.data or {})
