"""What a test has planned for the calls to come, and what has come of it. Safe for many threads."""

import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, NamedTuple

from infra.faults.call import Call
from infra.faults.fault import REFUSALS, Fault, Kind

When = Literal["before", "after"]
Action = Callable[[Call], object] | Literal["drop", "crash"]


class ConnectionDropped(Exception):
    """The client gets a connection reset instead of an answer. An action of ``at_call`` may raise it."""


@dataclass
class CallPoint:
    """A point just before or after one call. ``reached`` is set when it has come to that."""

    number: int
    when: When
    action: Action
    operations: Collection[str] | None
    seen: int = 0
    reached: threading.Event = field(default_factory=threading.Event)

    def is_at(self, call: Call) -> bool:
        """Count the call, and say whether it is the one."""
        if self.operations is not None and call.operation not in self.operations:
            return False
        self.seen += 1
        return self.seen == self.number


@dataclass
class _Planned:
    fault: Fault
    number: int
    concerned: int = 0
    fired: int = 0

    def draw(self, call: Call, seed: int) -> Random | None:
        """The dice of a call that it befalls. Whether the n-th concerned call is hit does not hang on other calls."""
        if not self.fault.concerns(call) or self.fired == self.fault.times:
            return None
        self.concerned += 1
        dice = Random(f"{seed}:{self.number}:{self.concerned}")  # noqa: S311 - chance, not secrecy
        if dice.random() >= self.fault.probability:
            return None
        self.fired += 1
        return dice


class Hit(NamedTuple):
    """A fault that befalls a call, and the dice for what is left to chance in it."""

    fault: Fault
    dice: Random


@dataclass(frozen=True)
class Fate:
    """What is going to happen to one call."""

    call: Call
    hits: list[Hit]
    points: list[CallPoint]

    def hit_by(self, *kinds: Kind) -> Hit | None:
        """The first fault of these kinds that befalls it."""
        return next((hit for hit in self.hits if hit.fault.kind in kinds), None)


class Script:
    """The faults and call points of one test, and its record."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self.forget(seed)

    def forget(self, seed: int) -> None:
        """Start anew: no faults, no points, no record."""
        with self._lock:
            self.seed = seed
            self.calls: list[Call] = []
            self.fired: Counter[str] = Counter()
            self.crashed = False
            self._planned: list[_Planned] = []
            self._points: list[CallPoint] = []

    @property
    def harmless(self) -> bool:
        """Nothing is planned, and nobody has died."""
        with self._lock:
            return not (self._planned or self._points or self.crashed)

    def plan(self, faults: Collection[Fault]) -> None:
        """Let these faults befall the calls to come."""
        with self._lock:
            self._planned += [_Planned(fault, len(self._planned) + index) for index, fault in enumerate(faults)]

    def add(self, point: CallPoint) -> None:
        """Act at this point."""
        with self._lock:
            self._points.append(point)

    def lag_s(self) -> float:
        """How long the writes before a stale index must be remembered; 0 when none is planned."""
        with self._lock:
            return max((one.fault.lag_s for one in self._planned if one.fault.kind == "stale_index"), default=0.0)

    def admit(self, operation: str, body: Any) -> Fate:
        """Number a call and decide its fate, in the order planned: behind a fault that refuses it, no other can hit."""
        with self._lock:
            call = Call(len(self.calls) + 1, operation, body)
            self.calls.append(call)
            hits: list[Hit] = []
            for planned in self._planned:
                dice = planned.draw(call, self.seed)
                if dice is None:
                    continue
                hits.append(Hit(planned.fault, dice))
                self.fired[planned.fault.kind] += 1
                if planned.fault.kind in REFUSALS:
                    break
            return Fate(call, hits, [point for point in self._points if point.is_at(call)])

    def act(self, fate: Fate, when: When) -> None:
        """Do what is planned just before or just after this call. Raises ConnectionDropped."""
        for point in fate.points:
            if point.when == when:
                point.reached.set()
                if callable(point.action):
                    point.action(fate.call)
                else:
                    self.crashed |= point.action == "crash"
                    raise ConnectionDropped
        if self.crashed:
            raise ConnectionDropped
