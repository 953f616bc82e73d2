"""Gives a service's functions their triggers, as AWS does: ``python -m infra.local.runner SERVICE --data DIR``.

Each service has a process of its own, and in it each trigger has a thread: streams are read in order, queues in
batches, schedules act when they are due.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from chalice.app import Chalice

from infra.local.clock import LocalClock
from infra.local.replay import replay_lost
from infra.local.services import app_of, resources_of
from infra.local.triggers import Trigger, Triggers
from infra.local.webhooks import allow_this_machine
from services.shared.plumbing import clock
from services.shared.plumbing.doors import Service
from services.shared.plumbing.logs import log
from services.shared.plumbing.resources import Resources

STOP_S = 2.0
AFTER_FAULT_S = 1.0
PROVISIONED_WITHIN_S = 60.0


class Runner:
    """Serves the triggers of one service. ``replay_at_start`` runs once before them and says how much it sent."""

    def __init__(self, service: str, replay_at_start: Callable[[], int], stop: threading.Event) -> None:
        self._service, self._replay_at_start, self._stop = service, replay_at_start, stop

    def run(self, triggers: Iterable[Trigger]) -> None:
        """Serve until ``stop`` is set, then wait up to two seconds for what is being handled."""
        self._replay()
        threads = [
            threading.Thread(target=self._repeat, args=(trigger,), name=trigger.name, daemon=True)
            for trigger in triggers
        ]
        for thread in threads:
            thread.start()
        self._stop.wait()
        deadline = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _replay(self) -> None:
        try:
            replayed = self._replay_at_start()
        except Exception as error:  # noqa: BLE001 - what is new must be served even if what is old cannot be read
            log(self._service, "replay_failed", "error", error=error)
        else:
            log(self._service, "replayed", count=replayed)

    def _repeat(self, trigger: Trigger) -> None:
        while not self._stop.is_set():
            try:
                trigger.step(self._stop)
            except Exception as error:  # noqa: BLE001 - a trigger outlives an engine or a queue that does not answer
                log(self._service, "trigger_failed", "error", error=error, name=trigger.name)
                self._stop.wait(AFTER_FAULT_S)


def serve(app: Chalice, resources: Resources, data: Path, after: Path | None = None, ready: Path | None = None) -> int:
    """Serve one service's triggers in this process until SIGTERM. Waits for ``after``, then marks itself in ``ready``.

    Does not return to code that could still wait for a thread: a handler that takes too long is left behind, and its
    batch comes again.
    """
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    clock.use(LocalClock(data))
    allow_this_machine()
    if after:
        _wait_for(after, stop)
    if ready:
        (ready / f"runner-{resources.service}").touch()
    runner = Runner(resources.service, lambda: _replay(app, data), stop)
    runner.run(Triggers(resources.service, app, resources, data, stop))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _wait_for(file: Path, stop: threading.Event) -> None:
    deadline = time.monotonic() + PROVISIONED_WITHIN_S
    while not (file.exists() or stop.wait(0.02)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{file} did not appear within {PROVISIONED_WITHIN_S:g} s")


def _replay(app: Chalice, data: Path) -> int:
    return replay_lost(app.store, data, clock.now()) if isinstance(app, Service) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description="Give one service's functions their triggers.")
    parser.add_argument("service")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--package", default="services", help="where the services are imported from")
    options = parser.parse_args(arguments)
    app, resources = app_of(options.service, options.package), resources_of(options.service, options.package)
    return serve(app, resources, options.data)


if __name__ == "__main__":
    sys.exit(main())
