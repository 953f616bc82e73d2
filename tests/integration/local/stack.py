"""A stack of toy services as a process of its own, for the tests of how it starts, lives and ends.

``python -m tests.integration.local.stack DATA PORT READY`` is what ``xiaodian up`` is for the real services.
"""

import ipaddress
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.local.child import free_port
from infra.local.supervisor import UpOptions, up

STARTS_WITHIN_S = 60
LISTEN = "0A"  # of /proc/net/tcp


class ToyStack:
    """A running stack. ``output`` is what it has printed so far."""

    def __init__(self, data: Path, port: int | None = None, notes: Path | None = None) -> None:
        """``notes``: where its output and its ready file go, by default beside the data folder."""
        self.data = data
        self.port = port or free_port()
        notes = notes or data.parent
        self.output_file = notes / f"{data.name}.out"
        ready = notes / f"{data.name}.ready"
        command = [sys.executable, "-m", "tests.integration.local.stack", str(data), str(self.port), str(ready)]
        ready.unlink(missing_ok=True)
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not ready.exists() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        self.is_ready = ready.exists()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def write(self, service: str, note: str) -> None:
        assert self.http.put(f"/{service}/v1/notes/{note}").status_code == 200

    def note(self, service: str, note: str) -> dict[str, str]:
        found: dict[str, str] = self.http.get(f"/{service}/v1/notes/{note}").json()
        return found

    def heard(self, service: str, note: str, seconds: float = 60) -> dict[str, str]:
        """The note as this service has it, once it has it."""
        eventually(lambda: bool(self.note(service, note)), seconds)
        return self.note(service, note)

    def local(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/local").json()
        return found

    def pids(self, name: str) -> list[int]:
        """Processes of this stack of that name, oldest first."""
        return [pid for pid in living(family(self.process.pid)) if name_of(pid).startswith(name)]

    def running_module(self, module: str) -> int:
        """The oldest process of this stack whose command line names this."""
        return next(pid for pid in family(self.process.pid) if module in command_of(pid))

    def end(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


@contextmanager
def toy_stack(data: Path, port: int | None = None) -> Iterator[ToyStack]:
    """A stack that is ready; ended afterwards."""
    stack = ToyStack(data, port)
    try:
        assert stack.is_ready, stack.output
        yield stack
    finally:
        stack.end()


def eventually(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something becomes true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def family(pid: int) -> list[int]:
    """A process and all that descend from it, oldest first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += sorted(children.get(one, []))
    return found


def living(pids: Iterable[int]) -> list[int]:
    """Those of them that still run; one that has ended and was not yet waited for does not."""
    return [pid for pid in pids if _state(pid) not in ("", "Z", "X")]


def _state(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def listening(pids: Iterable[int]) -> set[tuple[str, int]]:
    """Host and port of every TCP socket on which these processes listen."""
    inodes = {inode for pid in pids for inode in _sockets(pid)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (Path("/proc/net") / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in inodes:
                host, _, port = fields[1].partition(":")
                found.add((_host(host), int(port, 16)))
    return found


def _sockets(pid: int) -> Iterator[str]:
    for link in (Path("/proc") / str(pid) / "fd").glob("*"):
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def _host(hexadecimal: str) -> str:
    """The kernel writes an address as words in this machine's byte order."""
    words = [hexadecimal[start : start + 8] for start in range(0, len(hexadecimal), 8)]
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    return str(ipaddress.ip_address(packed))


def name_of(pid: int) -> str:
    """What ps calls it, empty when it has ended."""
    try:
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def command_of(pid: int) -> str:
    """Its command line, empty when it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def main() -> int:
    """Run the stack of toys in this process."""
    data, port, ready = sys.argv[1:]
    options = UpOptions(
        Path(data),
        port=int(port),
        demo=False,
        ready_file=Path(ready),
        workers=2,
        package="tests.integration.local.toys",
    )
    return up(options)


if __name__ == "__main__":
    sys.exit(main())
