"""A part of the stack that is started again when it ends: the host of the functions, a sandbox."""

import fcntl
import http.client
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.child import CannotStart, Child, spawn
from infra.local.crew import previous
from infra.local.data_folder import DataFolder

READY_WITHIN_S = 60.0  # a slow machine imports slowly
RESTARTS, WITHIN_S = 5, 60.0
LOG_BYTES = 10_000_000


@dataclass
class Part:
    """``name`` is its log's name and how it is called at the terminal; ``ready`` says whether it does its work."""

    name: str
    command: list[str]
    ready: Callable[[], bool]
    folder: DataFolder
    env: dict[str, str]
    child: Child | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start the process; do not wait for it."""
        self.starts = [*self.starts[-RESTARTS:], time.monotonic()]
        self.child = append_only(spawn(self.name, self.command, self.env, self.folder.log(self.name)))

    def wait(self) -> None:
        """Return when it is ready. Raises CannotStart when it ends or takes too long."""
        assert self.child is not None
        self.child.wait_until(self.ready, READY_WITHIN_S)

    def ended(self) -> bool:
        """Whether its process has ended by itself."""
        return self.child is not None and self.child.process.poll() is not None

    def restart(self) -> str:
        """Start it again; returns its last words. Raises CannotStart when it has been ending again and again."""
        assert self.child is not None
        words = self.child.last_words()
        self.child.stop()
        if len(self.starts) > RESTARTS and time.monotonic() - self.starts[-RESTARTS] < WITHIN_S:
            raise CannotStart(f"{self.name} ends again and again: {words}")
        self.start()
        return words

    def send(self, number: signal.Signals) -> None:
        """Send a signal and do not wait."""
        if self.child is not None:
            self.child.process.send_signal(number)

    def stop(self, grace_s: float = 4.0) -> None:
        """End it, by force after ``grace_s`` seconds."""
        if self.child is not None:
            self.child.stop(grace_s)


def append_only(child: Child) -> Child:
    """Let the child write at its log's end wherever that is, so that the log can be cut while it writes."""
    fcntl.fcntl(child.log, fcntl.F_SETFL, fcntl.fcntl(child.log, fcntl.F_GETFL) | os.O_APPEND)
    return child


def cut_long_logs(folder: Path, limit: int = LOG_BYTES) -> None:
    """Move what a running process has written so far beside its log when that is long. Keeps at most two such parts."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > limit:
            shutil.copyfile(log, previous(log))
            os.truncate(log, 0)


def accepts(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
