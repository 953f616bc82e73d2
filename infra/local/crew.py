"""Processes forked from one that has done the expensive part, which is importing. One that ends is forked again."""

import contextlib
import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FORKS, WITHIN_S = 5, 60.0
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # of Linux's prctl
SIGNALS = {signal.SIGTERM, signal.SIGHUP}


class Crew:
    """``work`` by name; each runs in a process of its own and returns its exit status.

    With ``logs`` each writes to a file there, ``NAME.log``. SIGHUP ends those in ``renewed`` in order, so that they are
    forked again.
    """

    def __init__(
        self, work: Mapping[str, Callable[[], int]], logs: Path | None = None, renewed: Collection[str] = ()
    ) -> None:
        self._work, self._logs, self._renewed = work, logs, renewed
        self._names: dict[int, str] = {}
        self._forks: dict[str, list[float]] = {name: [] for name in work}
        self._stopping = False

    def run(self) -> int:
        """Until SIGTERM, which every process gets and may take its time for. 1 when one ends again and again."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGHUP, lambda *_: self._end(self._renewed))
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
                print(f"{name} ends again and again", file=sys.stderr, flush=True)
                return 1  # the others end with this process
            self._forks[name] = recent
            self._fork(name)
        return 0

    def _fork(self, name: str) -> None:
        self._forks[name].append(time.monotonic())
        parent = os.getpid()
        with _undisturbed():
            pid = -1 if self._stopping else os.fork()
            if pid == 0:
                for number in SIGNALS:
                    signal.signal(number, signal.SIG_DFL)
            elif pid > 0:
                self._names[pid] = name
        if pid == 0:
            os._exit(_work_alone(name, self._work[name], parent, self._logs))

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True
        self._end(self._work)

    def _end(self, names: Collection[str]) -> None:
        for pid, name in list(self._names.items()):
            if name in names:
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(pid, signal.SIGTERM)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Our handlers must run neither in a child nor between a fork and the note of it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _work_alone(name: str, work: Callable[[], int], parent: int, logs: Path | None) -> int:
    try:
        if not die_with(parent):
            return 1
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())  # what ps and top show
        if logs:
            _write_to(rotated(logs / f"{name}.log"))
        return work()
    except BaseException:  # noqa: BLE001 - nothing may reach the code that forked
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _write_to(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def rotated(log: Path) -> Path:
    """The log's path, free for a new process: what the one before has written is kept beside it."""
    if log.exists():
        log.replace(previous(log))
    return log


def previous(log: Path) -> Path:
    """Where an older part of a log is kept."""
    return log.with_name(f"{log.name}.1")


def die_with(parent: int) -> bool:
    """Have Linux kill this process when its parent ends, however; False when the parent has ended already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    return os.getppid() == parent
