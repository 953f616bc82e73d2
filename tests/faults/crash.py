"""Dying at an engine call: the call and all later ones get no answer, and the thread ends at its first pause."""

import threading
import time
from collections.abc import Callable

from infra.faults import Call, FaultsProxy
from infra.faults.script import When


class Died(BaseException):
    """The process is gone. No handler of errors sees this."""


def die_at(proxy: FaultsProxy, number: int, when: When, act: Callable[[], object]) -> list[Call]:
    """Run ``act`` and die just before or just after its ``number``-th call; returns the calls until then."""
    calls = may_die_at(proxy, number, when, act)
    if calls is None:
        raise AssertionError(f"it made no call {number}")
    return calls


def may_die_at(proxy: FaultsProxy, number: int, when: When, act: Callable[[], object]) -> list[Call] | None:
    """The same of an act that may be over before it makes so many calls; None when it was."""
    proxy.clear()
    point = proxy.at_call(number, when, "crash")
    victim, sleep = threading.get_ident(), time.sleep

    def pause(seconds: float, /) -> None:
        if threading.get_ident() == victim and point.reached.is_set():
            raise Died  # whoever lost an answer pauses before trying again; the dead do not try again
        sleep(seconds)

    time.sleep = pause  # type: ignore[assignment]
    try:
        act()
    except Died:
        return proxy.calls[:number]
    finally:
        time.sleep = sleep
        proxy.clear()
    assert not point.reached.is_set(), "it went on after losing an answer"
    return None
