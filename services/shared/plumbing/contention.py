"""What the engine's refusals mean, and the one layer that tries again.

    Contended              a condition found newer state, or another transaction was at work: read again, decide again.
    ├── Refused            ``names`` says which named actions failed
    ├── Throttled          the engine cancelled a transaction that was too much for it just now: less at once, or later
    └── Busy               the engine took no call for as long as there was time; tried again by nobody here
    AlreadyDone            the idempotency record or inbox mark of this very act exists: the effect is there

Two things are tried again, by the same :func:`tries`. A **call** that the engine throttled, or whose answer was lost,
is sent again as it is, a transaction with its token: one that had its effect is answered, not done twice. A **verb**
that is contended runs again, by :func:`retrying`, so it reads, decides and commits once, and never loops. Neither tries
what the other has given up, and both end before the function does (:func:`ending_at`).
"""

import math
import random  # noqa: TID251 - spreads retries, decides nothing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from services.shared.plumbing.problems import TooBusy

R = TypeVar("R")

BUDGET_S = 4.0
MOST_TRIES = 50
_function_ends: ContextVar[float] = ContextVar("function_ends", default=math.inf)
_behind: ContextVar[int] = ContextVar("behind", default=0)


class Contended(Exception):
    """Somebody else was there at the same moment. Nothing was written; decide again."""


class Refused(Contended):
    """Conditions failed. ``names`` are the failed actions' names."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = names


class Throttled(Contended):
    """A transaction was too much for the engine just now. Nothing was written; a smaller one may pass."""


class Busy(Contended):
    """The engine was busy or silent, again and again. Whether a write had its effect is not known."""


class AlreadyDone(Exception):
    """This very act has had its effect: its key or its event is on record."""


def retrying(verb: Callable[[], R], *, budget_s: float = BUDGET_S) -> R:
    """Run a verb again while it is contended, inside the budget; then TooBusy (503, Retry-After)."""
    last: Contended | None = None
    for _ in tries(budget_s):
        try:
            return verb()
        except Busy as error:
            raise TooBusy(retry_after_s=1) from error
        except Contended as error:
            last = error
    raise TooBusy(retry_after_s=1) from last


def tries(budget_s: float = BUDGET_S) -> Iterator[int]:
    """0, 1, 2 …: a try each, with a pause before all but the first, while there is time; at least one."""
    ends = min(time.monotonic() + budget_s, _function_ends.get())
    for number in range(MOST_TRIES):
        yield number
        pause = pause_s(number)
        if time.monotonic() + pause > ends:
            return
        time.sleep(pause)


def pause_s(number: int) -> float:
    """Full jitter over a doubling window, so that the losers of one race do not meet again."""
    return random.uniform(0, min(0.5, 0.01 * 2**number))  # noqa: S311


@contextmanager
def ending_at(monotonic_s: float) -> Iterator[None]:
    """Inside, nothing is tried again after this moment: the function is about to be cut off."""
    token = _function_ends.set(min(monotonic_s, _function_ends.get()))
    try:
        yield
    finally:
        _function_ends.reset(token)


def time_left(needed_s: float = 0.0) -> bool:
    """Whether the function may begin something more, which takes so long."""
    return time.monotonic() + needed_s < _function_ends.get()


@contextmanager
def ahead_of(others: int) -> Iterator[None]:
    """Inside, so many things wait behind this one for the function's time."""
    token = _behind.set(others)
    try:
        yield
    finally:
        _behind.reset(token)


def share_s() -> float:
    """How many seconds are for this, when what waits behind it is to have as much."""
    return max(0.0, _function_ends.get() - time.monotonic()) / (1 + _behind.get())
