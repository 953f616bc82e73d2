"""How fast somebody may ask: so many requests a minute for a person, or for an address without a token (X2).

Each process counts for itself, in memory, at no call. So this keeps one caller from taking a process from the others;
it is no quota: n functions side by side let n times as many through. What may be had how often is the verbs' to say.
"""

import threading
import time
from collections import OrderedDict

from services.shared.plumbing.problems import TooManyRequests
from services.shared.plumbing.settings import Setting

WINDOW_S = 60
MOST_KEYS = 10_000


class Settings:
    person_pace = Setting("XIAODIAN_PERSON_PACE", int, default=6_000)
    address_pace = Setting("XIAODIAN_ADDRESS_PACE", int, default=60_000)  # many may share one, behind a proxy


class Pace:
    """Counts by key and minute; of the many that may come it keeps the ``most`` last seen."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most, self._lock = most, threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def admit(self, key: str, limit: int, now_s: float) -> None:
        """One more of this key. Raises TooManyRequests beyond ``limit`` in a minute, with the seconds left of it."""
        minute = int(now_s // WINDOW_S)
        with self._lock:
            seen, count = self._counts.pop(key, (minute, 0))
            count = count + 1 if seen == minute else 1
            self._counts[key] = (minute, count)
            if len(self._counts) > self._most:
                self._counts.popitem(last=False)
        if count > limit:
            raise TooManyRequests(retry_after_s=int((minute + 1) * WINDOW_S - now_s) + 1)

    def __len__(self) -> int:
        return len(self._counts)


_pace = Pace()


def admit_caller(person: str | None, address: str) -> None:
    """Let a request of this person through, or of nobody known from this address. Raises TooManyRequests."""
    if person is None:
        _pace.admit(f"address {address}", Settings.address_pace, time.monotonic())
    else:
        _pace.admit(f"person {person}", Settings.person_pace, time.monotonic())
