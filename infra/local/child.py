"""A server that runs as a child process, says when it cannot start, and never outlives its parent.

It lives in a session of its own: Ctrl-C reaches only the parent, which stops its children in the order it wants. If the
parent is killed, even by ``kill -9``, Linux kills the child (PR_SET_PDEATHSIG).
"""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Runs in the child between fork and the real program, with the same process id. It is a program and not a preexec_fn,
# which may deadlock when other threads hold locks. A parent that died before prctl took effect is seen by getppid.
_DIE_WITH_PARENT = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, {int(signal.SIGKILL)})
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""
_PORTS = range(20_000, 32_000)  # below Linux's ephemeral range: no outgoing connection takes a port we have chosen


class CannotStart(Exception):
    """A part of the stack did not start. The message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Child:
    """A running child process. ``log`` holds what it wrote to its standard output and error."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: IO[bytes]

    def wait_until(self, answers: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return once ``answers()`` is true. If it ends or takes too long, it is stopped and CannotStart raised."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if answers():
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        what = "did not start" if self.process.poll() is not None else f"did not answer within {seconds:g} s"
        why = self.last_words()
        self.stop()
        raise CannotStart(f"{self.name} {what}: {why}")

    def last_words(self) -> str:
        """The last line the child wrote."""
        # pread, because a seek would also move the position at which the child writes
        end = os.fstat(self.log.fileno()).st_size
        lines = os.pread(self.log.fileno(), 4096, max(0, end - 4096)).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self, grace_s: float = 5.0) -> None:
        """End the child: ask, and after ``grace_s`` seconds kill. Harmless when it has ended already."""
        self.process.terminate()
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def spawn(name: str, command: Sequence[str], env: Mapping[str, str], log_file: Path | None = None) -> Child:
    """Start ``command`` (an absolute path and its arguments) with exactly ``env``; its output goes to ``log_file``.

    Only from the main thread: Linux ties the child's life to the thread that started it.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{name} must be started from the main thread: it dies with the thread that starts it")
    log: IO[bytes] = tempfile.TemporaryFile() if log_file is None else log_file.open("w+b")  # noqa: SIM115 - stop() closes
    launcher = [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid())]
    process = subprocess.Popen(
        [*launcher, *command], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )
    return Child(name, process, log)


def require_free(port: int) -> None:
    """Raises CannotStart when something listens on this port already."""
    if not _is_free(port):
        raise CannotStart(f"port {port} is already in use")


def free_port() -> int:
    """A loopback port on which nothing listens now. No other process gets it from here while this one lives."""
    return next(port for port in random.SystemRandom().sample(_PORTS, 200) if _is_free(port) and _claimed(port))


def _claimed(port: int) -> bool:
    """Take the port's name in Linux's abstract namespace: of two that start at a time only one gets it."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0xiaodian-port-{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # it is kept until this process ends
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
