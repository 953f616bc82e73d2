"""Every verb dies just before and just after each of its engine calls, is repeated, and ends as if it never had."""

import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import pytest

from infra.faults import Call, FaultsProxy
from infra.faults.call import OPERATIONS
from infra.faults.script import When
from infra.local.engine import Engine
from tests.faults.crash import die_at
from tests.faults.verbs.trace import Key, difference, keys_written, trace
from tests.integration.verbs.every import scenarios
from tests.integration.verbs.scenario import Scenario

WHENS: tuple[When, ...] = ("before", "after")
READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
EVERY = scenarios()
FIRST = list({(scenario.service, scenario.entry): scenario for scenario in reversed(EVERY)}.values())
# A third of them, chosen by name, in `make test`; `make faults` tries every scenario at every call.
SOME = [scenario for scenario in FIRST if zlib.crc32(str(scenario).encode()) % 3 == 0]


class Ending(NamedTuple):
    """What a scene left in the tables and elsewhere."""

    left: Counter[str]
    elsewhere: dict[str, Any]


@pytest.mark.parametrize("scenario", SOME, ids=str)
def test_a_crash_at_a_write_leaves_no_trace(
    scenario: Scenario, stage: Callable[[], Any], proxy: FaultsProxy, engine: Engine
) -> None:
    """Of a third of the doors, events and schedules; the others at length."""
    _try(scenario, stage, proxy, engine, OPERATIONS - READS)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", EVERY, ids=str)
def test_a_crash_at_any_call_leaves_no_trace(
    scenario: Scenario, stage: Callable[[], Any], proxy: FaultsProxy, engine: Engine
) -> None:
    """Before a write nothing has happened, after it everything has; a verb that has only read has done nothing yet."""
    _try(scenario, stage, proxy, engine, OPERATIONS)


def _try(scenario: Scenario, stage: Callable[[], Any], proxy: FaultsProxy, engine: Engine, at: frozenset[str]) -> None:
    """Die at each call of these operations. A verb that writes nothing cannot leave anything behind."""
    # A rehearsal: it tells the calls, and does what earlier tests have left to do.
    calls = [call.operation for call in Play(scenario, stage(), proxy, engine).act()]
    if set(calls) <= READS:
        return
    play = Play(scenario, stage(), proxy, engine)
    play.act()
    unhurt = play.ending()
    play.act()
    _compare(scenario, play.ending(), unhurt, "repeated without a crash")

    for number, operation in enumerate(calls, start=1):
        for when in WHENS if operation in at else ():
            crashed = Play(scenario, stage(), proxy, engine)
            crashed.die(number, when)
            crashed.act()
            _compare(scenario, crashed.ending(), unhurt, f"died {when} call {number}, {operation}")


def _compare(scenario: Scenario, found: Ending, unhurt: Ending, case: str) -> None:
    if scenario.unlike:
        return  # that the repeat was answered is all there is to see
    assert found.left == unhurt.left, f"{case}: {difference(found.left, unhurt.left)}"
    assert found.elsewhere == unhurt.elsewhere, case


class Play:
    """One scene, and the keys that were written while it is played, and in none before."""

    written: ClassVar[set[Key]] = set()

    def __init__(self, scenario: Scenario, scene: Any, proxy: FaultsProxy, engine: Engine) -> None:
        self.scene, self.proxy, self.engine = scene, proxy, engine
        self._others = frozenset(Play.written)
        self._act = scenario.prepare(scene)
        self._keys = keys_written(proxy.calls)
        Play.written |= self._keys

    def act(self) -> list[Call]:
        """Do it; returns the calls that took."""
        self.proxy.clear()
        self._act()
        calls = self.proxy.calls
        self._keys |= keys_written(calls)
        Play.written |= self._keys
        return calls

    def die(self, number: int, when: When) -> None:
        """Do it and die."""
        self._keys |= keys_written(die_at(self.proxy, number, when, self._act))

    def ending(self) -> Ending:
        """What is left, when all that follows of itself has followed."""
        self.proxy.clear()
        getattr(self.scene, "afterwards", dict)()
        self._keys |= keys_written(self.proxy.calls)
        Play.written |= self._keys
        return Ending(trace(self.engine, self._keys - self._others), getattr(self.scene, "state", dict)())
