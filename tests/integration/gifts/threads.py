"""Several at once, each by a clock of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from services.shared.plumbing.clock import Clock
from tests.integration.gifts.scene import Scene
from tests.integration.http import Reply

T = TypeVar("T")


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Every act in a thread of its own, all begun together; their results in order."""
    start = threading.Barrier(len(acts))

    def begun(act: Callable[[], T]) -> T:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(begun, act) for act in acts]]


def press(scene: Scene, token: str, person: str) -> Reply:
    """Claim, and again while the service says that it is busy."""
    reply = scene.claim(token, person)
    for _ in range(20):
        if reply.status != 503:
            break
        reply = scene.claim(token, person)
    return reply


class Clocks(threading.local):
    """One clock for all, and another time for whoever acts by it: one just in time, another at the deadline."""

    def __init__(self, others: Clock) -> None:
        self._others = others
        self._own: datetime | None = None

    def __call__(self) -> datetime:
        return self._own or self._others()

    def act(self, at: datetime, act: Callable[[], T]) -> Callable[[], T]:
        """The act, by a clock that stands at this time."""

        def by_its_clock() -> T:
            self._own = at
            try:
                return act()
            finally:
                self._own = None

        return by_its_clock
