"""``xiaodian`` as a user runs it: commands, and a stack as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from infra.local.child import free_port
from tests.integration.local.stack import family, living

COMMAND = [sys.executable, "-m", "infra.cli"]
STARTS_WITHIN_S = 90


class Running:
    """A stack on a data folder: started, ended in any way, started again."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data, self.port = data, free_port()
        self._options = options
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        ready = self.data.with_suffix(".ready")
        ready.unlink(missing_ok=True)
        words = ["up", "--data", self.data, "--port", self.port, "--ready-file", ready, *self._options]
        self.log = self.data.with_suffix(".log")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, *map(str, words)], stdout=log, stderr=log, env=_environment(), start_new_session=True
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not ready.exists():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "it did not start in time"
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 of every process of it."""
        everybody = family(self._process.pid)
        for pid in everybody:
            with suppress(ProcessLookupError):  # it went with the one it came from
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        deadline = time.monotonic() + 60
        while living(everybody):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self) -> None:
        """Ctrl-C."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def command(self, *words: str | Path) -> "subprocess.Popen[str]":
        """A command that runs beside us."""
        return subprocess.Popen(
            [*COMMAND, *map(str, words), "--data", str(self.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_environment(),
        )

    def run(self, *words: str | Path, status: int = 0) -> str:
        """What a command prints; it must end with this exit status."""
        process = self.command(*words)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == status, output
        return output

    def books(self, file: Path, *options: str) -> dict[str, Any]:
        """What ``xiaodian invoices FILE --wait --json`` ends with."""
        found: dict[str, Any] = json.loads(self.run("invoices", file, "--wait", "--json", *options).splitlines()[-1])
        return found


def _environment() -> dict[str, str]:
    """Ours, without what the tests themselves are told about AWS and settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "XIAODIAN_"))}
    return kept | {"XIAODIAN_TEST_RUN": os.environ["XIAODIAN_TEST_RUN"]}


@contextmanager
def running(data: Path, *options: str) -> Iterator[Running]:
    """A stack that answers; ended afterwards."""
    stack = Running(data, *options)
    try:
        yield stack
    finally:
        stack.end()
