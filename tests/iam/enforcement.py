"""Each call that a service's function makes in a test needs the right that its rendered role gives it.

Whatever tests run as a function (a request to its app, an event to its handler) is judged, so a new route, schedule or
table is too. What a test calls directly is not.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from chalice.app import Chalice, DynamoDBEventConfig, EventSourceHandler, ScheduledEventConfig, SQSEventConfig

from infra.package.stage import Stage
from infra.package.template.function import Function, Json, Kind
from infra.package.template.permissions import statements
from services.shared.plumbing.resources import Resources, physical
from tests.iam.calls import needed
from tests.iam.policy import allows

STAGE = Stage("test")
PARAMETERS = {"KeyArn": "key", "XiaodianFilesBucket": "files", "FailuresBucket": "failures"}
KINDS: dict[type, Kind] = {DynamoDBEventConfig: "stream", SQSEventConfig: "queue", ScheduledEventConfig: "schedule"}

EMIT = "_emit_api_params"  # what botocore does first for a call and for a signed URL alike

running: ContextVar[tuple[str, str] | None] = ContextVar("running", default=None)  # service, function


@contextmanager
def enforced() -> Iterator[list[str]]:
    """Judge every call inside the block; what is denied fails as on AWS, and is in the list."""
    denied: list[str] = []
    api, event, emit = Chalice.__call__, EventSourceHandler.__call__, getattr(BaseClient, EMIT)

    def call_api(app: Chalice, *given: Any) -> Any:
        return _as((app.app_name, "api"), lambda: api(app, *given))

    def call_handler(handler: EventSourceHandler, *given: Any) -> Any:
        return _as(_name_of(handler), lambda: event(handler, *given))

    def judge(client: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        _judge(client.meta.service_model.service_name, operation_model.name, api_params, denied)
        return emit(client, api_params=api_params, operation_model=operation_model, context=context)

    _replace(call_api, call_handler, judge)
    try:
        yield denied
    finally:
        _replace(api, event, emit)


def _replace(api: Any, event: Any, emit: Any) -> None:
    for owner, name, function in (
        (Chalice, "__call__", api),
        (EventSourceHandler, "__call__", event),
        (BaseClient, EMIT, emit),
    ):
        setattr(owner, name, function)


def _as(name: tuple[str, str] | None, act: Callable[[], Any]) -> Any:
    token = running.set(name)
    try:
        return act()
    finally:
        running.reset(token)


def _apps() -> Iterator[Chalice]:
    for name, module in list(sys.modules.items()):
        if name.startswith("services.") and name.endswith(".app"):
            yield module.app


def _name_of(handler: EventSourceHandler) -> tuple[str, str] | None:
    for app in _apps():
        for name, one in app.handler_map.items():
            if one is handler:
                return app.app_name, name
    return None


def _judge(service: str, operation: str, asked: Json, denied: list[str]) -> None:
    name = running.get()
    rights = _rights(*name) if name else None
    if rights is None:
        return
    for action, resource in needed(service, operation, asked):
        if not allows(rights, action, _deployed(resource), PARAMETERS):
            denied.append(f"{name} needs {action} on {resource}")
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": denied[-1]}}, operation)


def _deployed(resource: str) -> str:
    """The resource as the stage would call it that the policies are rendered for."""
    files = os.environ["XIAODIAN_FILES_BUCKET"]
    return resource.replace(f":::{files}", f":::{PARAMETERS['XiaodianFilesBucket']}").replace(
        physical(""), STAGE.physical("")
    )


@cache
def _rights(service: str, function: str) -> list[Json] | None:
    """What the function's role allows; None for an app that is no service, only a test's."""
    app = next((one for one in _apps() if one.app_name == service), None)
    if app is None:
        return None
    kinds = {source.name: KINDS[type(source)] for source in app.event_sources}
    resources: Resources = import_module(f"services.{service}.resources").resources
    declared = Function(function, function, kinds.get(function, "api" if function == "api" else "plain"))
    return list(statements(declared, resources, STAGE))
