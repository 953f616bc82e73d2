"""Look after lines: those that were hinted at, and every minute those that are due (N3)."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

from services.notify.tables import STORE
from services.notify.webhooks import hints, tables
from services.notify.webhooks.hints import Hint
from services.notify.webhooks.run_due_line import FAST, PATIENT, Pace, Visited, visit_line
from services.shared.plumbing.clock import Clock
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.logs import alarm, log

SIDE_BY_SIDE = 64  # lines of one sweep: they wait, they do not work
BEGUN_WITHIN_S = 25.0  # a visit takes up to 30 s, and the function ends after 60
LISTED = 250
LATE = timedelta(minutes=10)  # a visitor who died is forgotten after 90 s


def follow_hints(sqs_event: Mapping[str, Any], *, clock: Clock, new_id: NewId) -> dict[str, Any]:
    """Visit the lines that a batch hints at; what they need soon is hinted at again. No hint ever fails its batch."""
    found = hints.hints_in(sqs_event)
    for hint, visited in zip(found, _visited(found, FAST, clock, new_id), strict=True):
        if visited and not visited.slow:
            hints.send_for(hint, visited.next_at, clock())
    return {"batchItemFailures": []}


def sweep_lines(*, clock: Clock, new_id: NewId) -> dict[str, int]:
    """Visit every line that is due, slow ones too, the longest due first; says how many and how many pushes.

    Wakes somebody when one has been due for LATE: every visit fails, or there are more lines than time.
    """
    due = tables.list_lines(clock(), LISTED)
    if due and clock() - due[0][0] > LATE:
        alarm("notify", "webhooks_late", waiting=len(due))
    found = [Hint(shop_id, webhook_id) for _, shop_id, webhook_id in due]
    visits = [one for one in _visited(found, PATIENT, clock, new_id) if one]
    done = Counter(lines=len(visits), tried=sum(one.tried for one in visits), left=len(found) - len(visits))
    if done["tried"]:
        log(STORE.service, "webhooks_swept", counts=dict(done))
    return dict(done)


def _visited(found: Sequence[Hint], pace: Pace, clock: Clock, new_id: NewId) -> list[Visited | None]:
    """What came of each visit; None of one that failed, or for which there was no time."""
    begun = time.monotonic()

    def visit(hint: Hint) -> Visited | None:
        if time.monotonic() - begun > BEGUN_WITHIN_S:
            return None
        try:
            return visit_line(hint.shop_id, hint.webhook_id, pace, clock=clock, new_id=new_id)
        except Exception as error:  # noqa: BLE001 - one line's trouble holds up no other; its lease ends, and it is due
            log(STORE.service, "visit_failed", "error", error=error, subject=hint.webhook_id)
            return None

    return _side_by_side(visit, found)


def _side_by_side(visit: Callable[[Hint], Visited | None], found: Sequence[Hint]) -> list[Visited | None]:
    if len(found) <= 1:
        return [visit(one) for one in found]
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(found))) as pool:
        return [one.result() for one in [pool.submit(copy_context().run, visit, hint) for hint in found]]
