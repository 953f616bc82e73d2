"""How fast claim links may be tried: so many requests a minute for a link and for an address it is tried from (G2).

Guessing 192 bits is hopeless at any pace; this keeps who tries from costing others anything. Each process counts for
itself, in memory, at no call: with n functions running, n times as many get through, of which none guesses anything.
"""

import threading
import time
from collections import OrderedDict

from services.shared.plumbing.problems import TooManyRequests
from services.shared.plumbing.settings import Setting

WINDOW_S = 60
MOST_KEYS = 10_000


class Settings:
    link_pace = Setting("XIAODIAN_GIFTS_LINK_PACE", int, default=3_000)
    address_pace = Setting("XIAODIAN_GIFTS_ADDRESS_PACE", int, default=6_000)  # many may share one, behind a proxy


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


def admit_to_card(token: str, address: str) -> None:
    """Let this request through, or raise TooManyRequests: before anything is read."""
    now_s = time.monotonic()
    _pace.admit(f"address {address}", Settings.address_pace, now_s)
    _pace.admit(f"link {token.partition('-')[0][:32]}", Settings.link_pace, now_s)
