"""``xiaodian up``: starts the whole stack, says so, keeps it running, and ends it.

Children die with this process, whatever it dies of.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile

from infra.local.child import CannotStart
from infra.local.data_folder import DataFolder, open_data_folder
from infra.local.durable import write_json
from infra.local.part import cut_long_logs
from infra.local.parts import Parts
from infra.local.ports import choose, remember
from infra.local.services import made_secrets
from infra.local.stack import environment

LOOK_EVERY_S = 0.2
CUT_LOGS_EVERY_S = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

WELCOME = """
Xiaodian is running: {url}

  API docs     {url}/docs
  addresses    {url}/local
  data folder  {data} (logs in logs/)

Try, in another terminal:

  curl {url}/catalog/v1/categories
  {command} token person:alice     a token to call the API with
  {command} clock +25h             move the clock and watch a gift expire

Ctrl-C ends it; everything is kept.
"""


@dataclass(frozen=True)
class UpOptions:
    """``data``: the data folder. ``ready_file`` is written when the system answers. ``package`` has the services."""

    data: Path
    port: int = 8080
    demo: bool = True
    ready_file: Path | None = None
    workers: int = max(2, min(4, os.cpu_count() or 2))
    package: str = "services"


class Interrupted(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def up(options: UpOptions) -> int:
    """Run the stack until it is interrupted (returns 0) or cannot go on (one sentence on stderr, returns 1).

    For a process of its own: it sets the process's environment and signal handlers. Call it from the main thread.
    """
    try:
        with _interruptible(), open_data_folder(options.data, made_secrets(options.package)) as folder:
            _withdraw(options.ready_file)
            _run(options, folder)
    except CannotStart as error:
        print(f"xiaodian: {error}", file=sys.stderr, flush=True)
        return 1
    except Interrupted:
        pass
    return 0


def _withdraw(ready_file: Path | None) -> None:
    """Remove the ready file of an earlier run. Raises CannotStart rather than replace a device or a folder, and where
    none could be written in the end.
    """
    if ready_file is None:
        return
    if ready_file.is_symlink() or (ready_file.exists() and not ready_file.is_file()):
        raise CannotStart(f"{ready_file} cannot be the ready file: it is there and is not an ordinary file")
    try:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        ready_file.unlink(missing_ok=True)
        TemporaryFile(dir=ready_file.parent).close()
    except OSError as error:
        raise CannotStart(f"{ready_file} cannot be the ready file: {error.strerror}") from None


def _run(options: UpOptions, folder: DataFolder) -> None:
    started, command = time.monotonic(), typed(sys.argv[0], which("xiaodian"))
    ports = choose(folder.path, options.port)
    url, env = ports.url("gateway"), environment(folder, ports)
    os.environ.clear()
    os.environ.update(env)
    parts = Parts(folder, ports, options.workers, options.package)
    remember(folder.path, ports, os.getpid())
    try:
        parts.start()
        print(WELCOME.format(url=url, data=folder.path, command=command), flush=True)
        print(f"Ready after {time.monotonic() - started:.1f} s.", flush=True)
        if options.demo and folder.is_new:
            _fill_demo_shop(url, folder.path)
        folder.mark_used()
        if options.ready_file:
            write_json(options.ready_file, {"url": url, "pid": os.getpid(), "data": str(folder.path)})
        _watch(parts, folder.path / "logs")
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        parts.stop()


def typed(called: str, on_path: str | None) -> str:
    """What to type in another terminal of the same folder: after ``make up`` the PATH does not lead to the program."""
    return called if on_path is None and Path(called).name == "xiaodian" else "xiaodian"


def _fill_demo_shop(url: str, data: Path) -> None:
    from infra.local.demo import load

    print("Filling a demo shop …", flush=True)
    try:
        shop = load(url, data)
    except Exception as error:  # noqa: BLE001 - the stack is worth having without its demo data
        print(f"The demo shop is not complete ({error!r}); `xiaodian demo` goes on with it.", flush=True)
    else:
        print(f"The shop {shop.name} sells {shop.products} products. A gift waits: {shop.claim_url}", flush=True)


def _watch(parts: Parts, logs: Path) -> None:
    cut_at = time.monotonic() + CUT_LOGS_EVERY_S
    while True:
        for sentence in parts.revive():
            print(sentence, flush=True)
        if time.monotonic() > cut_at:
            cut_long_logs(logs)
            cut_at = time.monotonic() + CUT_LOGS_EVERY_S
        time.sleep(LOOK_EVERY_S)


@contextmanager
def _interruptible() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise Interrupted

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
