"""``xiaodian up``: starts the whole stack, keeps it running, and ends it.

    engine ─▶ functions and sandboxes, which import ─▶ queues and files ─▶ tables, queues, bucket ─▶ all are ready

What starts slowly starts first and waits for what it needs. A part that ends is started again; with the queue server
the runners start again too and replay what its queues held; without the engine nothing can go on. Children die with
this process, whatever it dies of.
"""

import importlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.child import CannotStart
from infra.local.cloud import Ministack, start_ministack
from infra.local.data_folder import DataFolder, open_data_folder
from infra.local.durable import write_json
from infra.local.engine import Engine, start_engine
from infra.local.part import Part, accepts, answers, append_only, cut_long_logs
from infra.local.ports import Ports, choose, remember
from infra.local.provision import create_bucket, create_queues, create_tables
from infra.local.services import SERVICES, made_secrets, resources_of
from infra.local.stack import BUCKET, environment
from infra.local.stream_records import add_index
from services.shared.plumbing.aws import client

LOOK_EVERY_S = 0.2
CUT_LOGS_EVERY_S = 10.0
CLOUD_STOP_S = 1.5  # it waits long for idle connections, and has nothing to save: a file is on disk when it was taken

WELCOME = """
Xiaodian is running: {url}

  API docs     {url}/docs
  addresses    {url}/local
  data folder  {data} (logs in logs/)

Try, in another terminal:

  curl {url}/catalog/v1/categories
  xiaodian token person:alice     a token to call the API with
  xiaodian clock +25h             move the clock and watch a gift expire

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
    started = time.monotonic()
    try:
        with _interruptible(), open_data_folder(options.data, made_secrets(options.package)) as folder:
            _withdraw(options.ready_file)
            Supervisor(options, folder, choose(folder.path, options.port)).run(started)
    except CannotStart as error:
        print(f"xiaodian: {error}", file=sys.stderr, flush=True)
        return 1
    except Interrupted:
        return 0
    return 1


def _withdraw(ready_file: Path | None) -> None:
    """Remove the ready file of an earlier run. Raises CannotStart rather than replace a device or a folder."""
    if ready_file is None:
        return
    if ready_file.is_symlink() or (ready_file.exists() and not ready_file.is_file()):
        raise CannotStart(f"{ready_file} cannot be the ready file: it is there and is not an ordinary file")
    ready_file.unlink(missing_ok=True)


class Supervisor:
    """One run of the stack."""

    def __init__(self, options: UpOptions, folder: DataFolder, ports: Ports) -> None:
        self._options, self._folder, self._ports = options, folder, ports
        self._data, self._url = folder.path, ports.url("gateway")
        self._engine: Engine | None = None
        self._cloud: Ministack | None = None
        self._signs = folder.path / "signs"  # files by which the parts tell each other how far they are
        self._provisioned = self._signs / "provisioned"
        env = environment(folder, ports)
        os.environ.clear()
        os.environ.update(env)
        self._host = self._host_part()
        self._parts = [self._host, self._sandbox("wechat_pay"), self._sandbox("wechat_api")]

    def run(self, started: float) -> None:
        """Start everything, say so, and watch until interrupted. Raises CannotStart."""
        try:
            self._start()
            print(WELCOME.format(url=self._url, data=self._data), flush=True)
            print(f"Ready after {time.monotonic() - started:.1f} s.", flush=True)
            self._load_demo()
            if self._options.ready_file:
                write_json(self._options.ready_file, {"url": self._url, "pid": os.getpid(), "data": str(self._data)})
            self._watch()
        finally:
            self._stop()

    # ------------------------------------------------------------------------------------------------ the parts

    def _host_part(self) -> Part:
        options = self._options
        command = [sys.executable, "-m", "infra.local.host", "--data", str(self._data), "--package", options.package]
        command += ["--port", str(self._ports.gateway), "--workers", str(options.workers)]
        command += ["--after", str(self._provisioned), "--ready", str(self._signs)]

        def ready() -> bool:
            runners = all((self._signs / f"runner-{service}").exists() for service in SERVICES)
            return runners and answers(self._ports.gateway, "/health")

        return Part("host", command, ready, self._folder, dict(os.environ))

    def _sandbox(self, name: str) -> Part:
        port = getattr(self._ports, name)
        command = [sys.executable, "-m", f"infra.local.{name}", "--data", str(self._data), "--port", str(port)]
        return Part(name, command, lambda: accepts(port), self._folder, dict(os.environ))

    # ------------------------------------------------------------------------------------------ start and stop

    def _start(self) -> None:
        shutil.rmtree(self._signs, ignore_errors=True)
        self._signs.mkdir()
        file = self._data / "engine.db"
        self._engine = start_engine(self._ports.engine, file, self._folder.log("engine"))
        append_only(self._engine.child)
        add_index(file)
        remember(self._data, self._ports, os.getpid())
        for part in self._parts:
            part.start()
        with ThreadPoolExecutor(1) as beside:
            tables = beside.submit(self._create_tables)
            self._start_cloud()
            tables.result()
        self._provisioned.touch()
        for part in self._parts:
            part.wait()

    def _create_tables(self) -> None:
        for service in SERVICES:
            create_tables(client("dynamodb"), resources_of(service, self._options.package))

    def _start_cloud(self) -> None:
        self._cloud = start_ministack(self._ports.cloud, self._data / "files", self._folder.log("cloud"))
        append_only(self._cloud.child)
        create_bucket(client("s3"), BUCKET)
        for service in SERVICES:
            create_queues(client("sqs"), resources_of(service, self._options.package))

    def _stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for part in self._parts:
            part.send(signal.SIGTERM)
        for part in self._parts:
            part.stop()
        if self._cloud:
            self._cloud.child.stop(CLOUD_STOP_S)
            self._cloud.stop()
        if self._engine:
            self._engine.stop()

    def _load_demo(self) -> None:
        if not (self._options.demo and self._folder.is_new):
            return
        try:
            importlib.import_module("infra.local.demo").load(self._url, self._data)
        except Exception as error:  # noqa: BLE001 - the stack is worth having without its demo data
            print(f"The demo data could not be loaded ({error!r}); `xiaodian demo` tries again.", flush=True)

    # -------------------------------------------------------------------------------------------------- watching

    def _watch(self) -> None:
        cut_at = time.monotonic() + CUT_LOGS_EVERY_S
        while True:
            self._require_engine()
            self._revive_cloud()
            for part in self._parts:
                if part.ended():
                    print(f"{part.name} has ended and is started again: {part.restart()}", flush=True)
            if time.monotonic() > cut_at:
                cut_long_logs(self._data / "logs")
                cut_at = time.monotonic() + CUT_LOGS_EVERY_S
            time.sleep(LOOK_EVERY_S)

    def _require_engine(self) -> None:
        if self._engine and self._engine.child.process.poll() is not None:
            words = self._engine.child.last_words()
            raise CannotStart(f"the engine has ended, so everything was stopped; its last words: {words}")

    def _revive_cloud(self) -> None:
        if self._cloud is None or self._cloud.child.process.poll() is None:
            return
        print(f"The queue server has ended and is started again: {self._cloud.child.last_words()}", flush=True)
        self._cloud.stop()
        self._start_cloud()
        self._host.send(signal.SIGHUP)  # new runners, which replay at their start what the queues held


@contextmanager
def _interruptible() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise Interrupted

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
