"""What the engine's refusals mean, and the one layer that tries again.

    Contended              the engine asks to try again (conflict, throttle), or a condition found newer state:
    └── Refused            read again, decide again. ``names`` says which named actions failed
    AlreadyDone            the idempotency record or inbox mark of this very act exists: the effect is there

A verb is run again on Contended by :func:`retrying`, so a verb reads, decides and commits once, and never loops.
"""

import random  # noqa: TID251 - spreads retries, decides nothing
import time
from collections.abc import Callable
from typing import TypeVar

from services.shared.plumbing.problems import TooBusy

R = TypeVar("R")


class Contended(Exception):
    """Somebody else was there at the same moment, or the engine was busy. Nothing was written; decide again."""


class Refused(Contended):
    """Conditions failed. ``names`` are the failed actions' names."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = names


class AlreadyDone(Exception):
    """This very act has had its effect: its key or its event is on record."""


def retrying(verb: Callable[[], R], *, budget_s: float = 4.0) -> R:
    """Run a verb again while it is contended, with full jitter, inside the budget; then TooBusy (503, Retry-After)."""
    deadline = time.monotonic() + budget_s
    for attempt in range(50):
        try:
            return verb()
        except Contended as error:
            pause = pause_s(attempt)
            if time.monotonic() + pause > deadline:
                raise TooBusy(retry_after_s=1) from error
            time.sleep(pause)
    raise TooBusy(retry_after_s=1)


def pause_s(attempt: int) -> float:
    """Full jitter over a doubling window, so that the losers of one race do not meet again."""
    return random.uniform(0, min(0.5, 0.01 * 2**attempt))  # noqa: S311
