"""The processes of the stack: started in an order that wastes no time, started again when they end, ended together.

    engine ─▶ functions and sandboxes, which import ─▶ queues and files ─▶ tables, queues, bucket ─▶ all are ready

What starts slowly starts first and waits for what it needs. With the queue server the runners start again too and
replay what its queues held; without the engine nothing can go on.
"""

import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from infra.local.child import CannotStart
from infra.local.cloud import Ministack, start_ministack
from infra.local.data_folder import DataFolder
from infra.local.engine import Engine, start_engine
from infra.local.part import Part, accepts, answers, append_only
from infra.local.ports import Ports
from infra.local.provision import create_bucket, create_queues, create_tables
from infra.local.services import SERVICES, resources_of
from infra.local.stack import BUCKET
from infra.local.stream_records import add_index
from services.shared.plumbing.aws import client

CLOUD_STOP_S = 1.5  # it waits long for idle connections, and has nothing to save: a file is on disk when it was taken


class Parts:
    """All processes of one run. They get this process's environment. ``package`` has the services."""

    def __init__(self, folder: DataFolder, ports: Ports, workers: int, package: str) -> None:
        self._folder, self._data, self._ports, self._package = folder, folder.path, ports, package
        self._engine: Engine | None = None
        self._cloud: Ministack | None = None
        self._signs = folder.path / "signs"  # files by which the parts tell each other how far they are
        self._provisioned = self._signs / "provisioned"
        self._host = self._host_of(workers)
        self._parts = [self._host, self._sandbox("wechat_pay"), self._sandbox("wechat_api")]

    def start(self) -> None:
        """Return when everything answers. Raises CannotStart; what has started by then is ended by ``stop``."""
        shutil.rmtree(self._signs, ignore_errors=True)
        self._signs.mkdir()
        file = self._data / "engine.db"
        self._engine = start_engine(self._ports.engine, file, self._folder.log("engine"))
        append_only(self._engine.child)
        add_index(file)
        for part in self._parts:
            part.start()
        with ThreadPoolExecutor(1) as beside:
            tables = beside.submit(self._create_tables)
            self._start_cloud()
            tables.result()
        self._provisioned.touch()
        for part in self._parts:
            part.wait()

    def revive(self) -> list[str]:
        """Start again what has ended; returns a sentence for each. Raises CannotStart when that is hopeless."""
        if self._engine and self._engine.child.process.poll() is not None:
            words = self._engine.child.last_words()
            raise CannotStart(f"the engine has ended, so everything was stopped; its last words: {words}")
        said = [self._revive_cloud()] if self._cloud and self._cloud.child.process.poll() is not None else []
        ended = [part for part in self._parts if part.ended()]
        return said + [f"{part.name} has ended and is started again: {part.restart()}" for part in ended]

    def stop(self) -> None:
        """End everything, the engine last: until then what is being handled can be finished."""
        for part in self._parts:
            part.send(signal.SIGTERM)
        for part in self._parts:
            part.stop()
        if self._cloud:
            self._cloud.child.stop(CLOUD_STOP_S)
            self._cloud.stop()
        if self._engine:
            self._engine.stop()

    def _host_of(self, workers: int) -> Part:
        command = [sys.executable, "-m", "infra.local.host", "--data", str(self._data), "--package", self._package]
        command += ["--port", str(self._ports.gateway), "--workers", str(workers)]
        command += ["--after", str(self._provisioned), "--ready", str(self._signs)]

        def ready() -> bool:
            runners = all((self._signs / f"runner-{service}").exists() for service in SERVICES)
            return runners and answers(self._ports.gateway, "/health")

        return Part("host", command, ready, self._folder, dict(os.environ))

    def _sandbox(self, name: str) -> Part:
        port = getattr(self._ports, name)
        command = [sys.executable, "-m", f"infra.local.{name}", "--data", str(self._data), "--port", str(port)]
        return Part(name, command, lambda: accepts(port), self._folder, dict(os.environ))

    def _create_tables(self) -> None:
        for service in SERVICES:
            create_tables(client("dynamodb"), resources_of(service, self._package))

    def _start_cloud(self) -> None:
        self._cloud = start_ministack(self._ports.cloud, self._data / "files", self._folder.log("cloud"))
        append_only(self._cloud.child)
        create_bucket(client("s3"), BUCKET)
        for service in SERVICES:
            create_queues(client("sqs"), resources_of(service, self._package))

    def _revive_cloud(self) -> str:
        assert self._cloud is not None
        words = self._cloud.child.last_words()
        self._cloud.stop()
        self._start_cloud()
        self._host.send(signal.SIGHUP)  # new runners, which replay at their start what the queues held
        return f"the queue server has ended and is started again: {words}"
