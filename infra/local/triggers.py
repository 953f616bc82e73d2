"""A service's triggers, read from its Chalice app and its resources; there is no second list."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, ScheduleExpression, SQSEventConfig

from infra.local.clock import LocalClock
from infra.local.dead_letters import DeadLetterKeeper
from infra.local.functions import Function
from infra.local.housekeeping import Housekeeping
from infra.local.queues import QueuePoller
from infra.local.schedules import Schedule, Timetable, invoke_scheduled
from infra.local.streams import Stream
from infra.local.streams_api import StreamsApi
from services.shared.plumbing.aws import client
from services.shared.plumbing.resources import Resources, physical, table_of_stream


class Trigger(Protocol):
    """What a thread of the runner repeats until it is told to stop."""

    name: str

    def step(self, stop: threading.Event) -> None:
        """Wait for work for at most about a second, and do it."""


class Triggers:
    """All triggers of one service; ``stop`` is what ends them."""

    def __init__(self, service: str, app: Chalice, resources: Resources, data: Path, stop: threading.Event) -> None:
        self._service, self._app, self._resources, self._data, self._stop = service, app, resources, data, stop
        self._clock = LocalClock(data)

    def __iter__(self) -> Iterator[Trigger]:
        """One for each event source of the app, and those that AWS has without being asked."""
        for source in self._app.event_sources:
            yield self._of(source)
        for queue in self._resources.queues:
            yield DeadLetterKeeper(queue, client("sqs"), self._data)
        housekeeping = Housekeeping(self._resources, self._data, client("dynamodb"), StreamsApi(), self._stop)
        yield Schedule("housekeeping", Timetable("rate(1 minute)", self._clock), housekeeping.tidy)

    def _of(self, source: Any) -> Trigger:
        function = Function(physical(f"{self._service}-{source.name}"), self._app.handler_map[source.name])
        match source:
            case DynamoDBEventConfig():
                table = table_of_stream(source.stream_arn)
                return Stream(self._service, table, function, source.batch_size, StreamsApi(), self._data)
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
            invoke_scheduled(self._service, function, function.name, now, self._stop)

        return Schedule(f"schedule {source.name}", Timetable(expression, self._clock), act)
