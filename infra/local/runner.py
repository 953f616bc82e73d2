"""Gives one service's functions their triggers, as AWS does: ``python -m infra.local.runner SERVICE --data DIR``.

Triggers are read from the Chalice app and the service's resources; there is no second list. Each has a thread of its
own, which does one thing at a time: streams are read in order, queues in batches, schedules when they are due.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, ScheduleExpression, SQSEventConfig

from infra.local import queues
from infra.local.clock import LocalClock
from infra.local.dead_letters import DeadLetterKeeper
from infra.local.functions import Function
from infra.local.housekeeping import tidy
from infra.local.queues import QueuePoller
from infra.local.replay import replay_lost
from infra.local.schedules import Schedule, Timetable, invoke_scheduled
from infra.local.services import app_of, resources_of
from infra.local.streams import Stream, streams_client
from services.shared.plumbing import clock
from services.shared.plumbing.aws import client
from services.shared.plumbing.doors import Service
from services.shared.plumbing.logs import log
from services.shared.plumbing.resources import Resources, physical, table_of_stream

STOP_S = 2.0
AFTER_FAULT_S = 1.0
PROVISIONED_WITHIN_S = 30.0


class Trigger(Protocol):
    """What a thread of the runner repeats until it is told to stop."""

    name: str

    def step(self, stop: threading.Event) -> None:
        """Wait for work for at most about a second, and do it."""


class Runner:
    """All triggers of one service. ``replay_at_start`` runs once, before any of them, and says how much it sent."""

    def __init__(
        self, service: str, app: Chalice, resources: Resources, data: Path, replay_at_start: Callable[[], int]
    ) -> None:
        self._service, self._app, self._resources, self._data = service, app, resources, data
        self._replay_at_start = replay_at_start
        self._clock = LocalClock(data)
        self.stop = threading.Event()

    def run(self) -> None:
        """Serve until ``stop`` is set, then wait up to two seconds for what is being handled."""
        clock.use(self._clock)
        replayed = self._replay_at_start()
        if replayed:
            log(self._service, "replayed", count=replayed)
        threads = [
            threading.Thread(target=self._repeat, args=(trigger,), name=trigger.name, daemon=True)
            for trigger in self.triggers()
        ]
        for thread in threads:
            thread.start()
        self.stop.wait()
        deadline = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _repeat(self, trigger: Trigger) -> None:
        while not self.stop.is_set():
            try:
                trigger.step(self.stop)
            except Exception as error:  # noqa: BLE001 - a trigger outlives an engine or a queue that does not answer
                log(self._service, "trigger_failed", "error", error=error, name=trigger.name)
                self.stop.wait(AFTER_FAULT_S)

    def triggers(self) -> Iterator[Trigger]:
        """One for each event source of the app, and those that AWS has without being asked."""
        for source in self._app.event_sources:
            yield self._trigger(source)
        for queue in self._resources.queues:
            yield DeadLetterKeeper(queue, client("sqs"), self._data)
        yield Schedule("housekeeping", Timetable("rate(1 minute)", self._clock), self._tidy)

    def _trigger(self, source: Any) -> Trigger:
        function = Function(physical(f"{self._service}-{source.name}"), self._app.handler_map[source.name])
        match source:
            case DynamoDBEventConfig():
                table = table_of_stream(source.stream_arn)
                return Stream(self._service, table, function, source.batch_size, streams_client(), self._data)
            case SQSEventConfig():
                queue = next(one for one in self._resources.queues if physical(one.name) == source.queue)
                return QueuePoller(self._service, queue, function, source.batch_size, client("sqs"))
            case ScheduledEventConfig():
                return self._schedule(function, source)
        raise TypeError(f"{self._service}: {source.name} has a trigger that this machine cannot give")

    def _schedule(self, function: Function, source: ScheduledEventConfig) -> Schedule:
        given = source.schedule_expression
        expression = given.to_string() if isinstance(given, ScheduleExpression) else given

        def act(now: datetime) -> None:
            invoke_scheduled(self._service, function, physical(f"{self._service}-{source.name}"), now, self.stop)

        return Schedule(f"schedule {source.name}", Timetable(expression, self._clock), act)

    def _tidy(self, now: datetime) -> None:
        tidy(self._service, self._resources, self._data, now, self.stop)


def wait_until_provisioned(resources: Resources) -> None:
    """Return when the service's queues exist: the supervisor makes them while this process imports its code."""
    deadline = time.monotonic() + PROVISIONED_WITHIN_S
    while not all(queues.exists(client("sqs"), queue) for queue in resources.queues):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the queues of {resources.service} do not exist")
        time.sleep(0.05)


def _replay(app: Chalice, data: Path) -> int:
    return replay_lost(app.store, data, clock.now()) if isinstance(app, Service) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description="Give one service's functions their triggers.")
    parser.add_argument("service")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--package", default="services", help="where the services are imported from")
    parser.add_argument("--ready", type=Path, help="a file to make when the code is imported and the queues exist")
    options = parser.parse_args(arguments)
    app, resources = app_of(options.service, options.package), resources_of(options.service, options.package)
    wait_until_provisioned(resources)
    if options.ready:
        options.ready.touch()
    runner = Runner(options.service, app, resources, options.data, lambda: _replay(app, options.data))
    signal.signal(signal.SIGTERM, lambda *_: runner.stop.set())
    runner.run()
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a handler that takes too long is left behind: its batch comes again
