"""Processes forked from one that has done the expensive part, which is importing. One that ends is forked again."""

import contextlib
import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping

FORKS, WITHIN_S = 5, 60.0


class Crew:
    """``work`` by name; each runs in a process of its own and returns its exit status."""

    def __init__(self, work: Mapping[str, Callable[[], int]]) -> None:
        self._work = work
        self._names: dict[int, str] = {}
        self._forks: dict[str, list[float]] = {name: [] for name in work}
        self._stopping = False

    def run(self) -> int:
        """Until SIGTERM, which every process gets and may take its time for. 1 when one ends again and again."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        for name in self._work:
            self._fork(name)
        while self._names:
            pid, status = os.wait()
            name = self._names.pop(pid)
            if self._stopping:
                continue
            print(f"{name} has ended ({os.waitstatus_to_exitcode(status)})", file=sys.stderr, flush=True)
            recent = [at for at in self._forks[name] if time.monotonic() - at < WITHIN_S]
            if len(recent) > FORKS:
                return 1  # the others end with this process
            self._forks[name] = recent
            self._fork(name)
        return 0

    def _fork(self, name: str) -> None:
        self._forks[name].append(time.monotonic())
        parent = os.getpid()
        # Our handler must run neither in the child nor between the fork and the note of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        pid = -1 if self._stopping else os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            os._exit(_work_alone(self._work[name], parent))
        if pid > 0:
            self._names[pid] = name
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True
        for pid in list(self._names):
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(pid, signal.SIGTERM)


def _work_alone(work: Callable[[], int], parent: int) -> int:
    if not die_with(parent):
        return 1
    try:
        return work()
    except BaseException:  # noqa: BLE001 - nothing may reach the code that forked
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def die_with(parent: int) -> bool:
    """Have Linux kill this process when its parent ends, however; False when the parent has ended already."""
    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG
    return os.getppid() == parent
