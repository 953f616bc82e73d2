"""The doors of a service: a Chalice app whose every route says who may use it, what it takes and what it gives.

One request, from left to right::

    parse id ─▶ who is it ─▶ how often ─▶ may they ─▶ read body and query ─▶ [idempotency] ─▶ the handler ─▶ answer
        └──────────────────── any Problem, and anything unforeseen, becomes problem+json here ─────────────────┘

A handler names what it needs by its parameters: ``call`` (always first), path parameters as ``str``, ``body`` and
``query`` as pydantic models; its return annotation is the answer's model. All of it is the OpenAPI document too.
Every path answers ``OPTIONS`` as well, and every answer says which other sites' pages may read it (see origins).
"""

import inspect
import math
import time
import typing
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from chalice.app import BaseLambdaEvent, Chalice, Request, Response
from pydantic import BaseModel

from services.shared.plumbing import clock, ids, logs, origins
from services.shared.plumbing.actors import ANYONE, PERSON, PLATFORM, Actor, admit, member
from services.shared.plumbing.answers import Answer, Page, View, problem_response, response_of
from services.shared.plumbing.audit import AuditQuery, Deed, DeedView, list_deeds, new_entry_id
from services.shared.plumbing.auth import Principal, principal_of
from services.shared.plumbing.calls import Call
from services.shared.plumbing.contention import Contended, ending_at, retrying
from services.shared.plumbing.idempotency import keyed
from services.shared.plumbing.inputs import Body, Day, Instant, body_bytes, key_of, parsed, queried, require_ids
from services.shared.plumbing.pace import admit_caller
from services.shared.plumbing.problems import (
    CursorInvalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooBusy,
    Unauthenticated,
    UnsupportedMediaType,
)
from services.shared.plumbing.subjects import Subjects
from services.shared.plumbing.tables import Store

# What an ``app.py`` and its messages need, from one place.
__all__ = [
    "ANYONE",
    "PERSON",
    "PLATFORM",
    "Actor",
    "Answer",
    "Body",
    "Call",
    "Day",
    "Door",
    "Instant",
    "Page",
    "Service",
    "View",
    "member",
]

_current: ContextVar[Request | None] = ContextVar("current_request", default=None)


@dataclass(frozen=True)
class Door:
    """One route, as declared."""

    method: str
    path: str
    actor: Actor
    handler: Callable[..., Any]
    status: int
    again: Callable[..., Any] | None
    problems: tuple[type[Problem], ...]
    takes: type[BaseModel] | None
    query: type[BaseModel] | None
    gives: Any
    later: str = ""

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def keyed(self) -> bool:
        """Whether it creates something and so needs an Idempotency-Key."""
        return self.again is not None

    @property
    def audited(self) -> bool:
        """Whether what it writes is an act for a shop or for the platform, and leaves an entry (O20)."""
        return self.actor.kind in ("member", "platform") and self.method != "GET"


class Service(Chalice):
    """A service's Chalice app with doors. Event handlers are registered on it directly, as Chalice has them."""

    def __init__(self, name: str, store: Store, title: str) -> None:
        super().__init__(app_name=name, configure_logs=False)
        self.service, self.store, self.title = name, store, title
        self.doors: list[Door] = []
        self.subjects: Subjects | None = None
        # Asked before a member's write to a shop; raises the Problem that keeps everybody there from writing.
        self.gate: Callable[[Door, str], None] | None = None
        self.register_middleware(in_time, "all")
        self.door("GET", "/health", ANYONE)(health)
        self.door("GET", "/v1/shops/{shop_id}/audit", member(or_platform=True), problems=(CursorInvalid,))(get_audit)
        self.door("GET", "/v1/audit", PLATFORM, problems=(CursorInvalid,))(get_platform_audit)
        self.route("/openapi.json", methods=["GET"])(self._openapi)
        self._answer_options("/openapi.json")

    def hang(self, doors: ModuleType) -> None:
        """Have the doors that are declared in a package's modules: now, or each when it is asked for (see Subjects)."""
        self.subjects = Subjects(doors)

    def door(
        self,
        method: str,
        path: str,
        actor: Actor,
        *,
        status: int = 200,
        again: Callable[..., Any] | None = None,
        problems: tuple[type[Problem], ...] = (),
        later: str = "",
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route. ``again(call, ids)`` makes it keyed: it rebuilds the answer of a request sent again.

        ``later`` says when the answer may be a 202 instead, which names where to look and how soon.
        """

        def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
            hints = typing.get_type_hints(handler)
            _require_sense(path, actor, handler, again)
            door = Door(
                method=method,
                path=path,
                actor=actor,
                handler=handler,
                status=status,
                again=again,
                problems=problems,
                takes=hints.get("body"),
                query=hints.get("query"),
                gives=hints["return"],
                later=later,
            )
            self.doors.append(door)
            self.route(path, methods=[method], content_types=["application/json"], name=handler.__name__)(
                lambda **path_params: self._serve(door, path_params)
            )
            self._answer_options(path)
            return handler

        return declare

    def __call__(self, event: Any, context: Any) -> Any:
        """The answer to a request, with what a browser has to know of it."""
        path, method = event["requestContext"]["resourcePath"], event["requestContext"]["httpMethod"]
        if self.subjects:
            self.subjects.load(path)
        answer = self._answered(event, context, path)
        added = origins.cors_headers(event.get("headers") or {}, method, self.routes.get(path, ()))
        if "Vary" in added and "Vary" in answer["headers"]:
            added["Vary"] = f"{answer['headers']['Vary']}, {added['Vary']}"
        known = {"X-Request-Id": _request_id(event["requestContext"])}
        return answer | {"headers": known | answer["headers"] | added}

    def _answer_options(self, path: str) -> None:
        """Answer a browser that asks what it may send there; once for all methods of the path."""
        if "OPTIONS" not in self.routes[path]:
            self.route(path, methods=["OPTIONS"])(
                lambda **_: Response("", {"Allow": ", ".join(sorted(self.routes[path]))}, 204)
            )

    def _answered(self, event: Any, context: Any, path: str) -> Any:
        """Chalice's own refusals (no such method, another media type, an error of its own) become problems too."""
        answer = super().__call__(event, context)
        if answer["statusCode"] < 400 or "Content-Type" in answer["headers"]:
            return answer  # ours
        request_id = _request_id(event["requestContext"])
        refused = _CHALICE.get(answer["statusCode"], Problem) if self.routes.get(path) else NotFound
        response = problem_response(refused(), request_id)
        kept = {name: value for name, value in answer["headers"].items() if name == "Allow"}
        headers = response.headers | kept | {"X-Request-Id": request_id}
        return answer | {"statusCode": response.status_code, "body": response.body, "headers": headers}

    def _get_middleware_handlers(self, event_type: str) -> list[Any]:
        return list(super()._get_middleware_handlers(event_type))  # Chalice's generator is for one thread

    @property  # Chalice has an attribute, which the last of several threads would own
    def current_request(self) -> Request | None:
        """The request that this thread is serving."""
        return _current.get()

    @current_request.setter
    def current_request(self, request: Request | None) -> None:
        _current.set(request)

    # ------------------------------------------------------------------------------------------------ serving

    def _serve(self, door: Door, path: dict[str, str]) -> Response:
        request = self.current_request
        if request is None:
            raise RuntimeError("a door was used outside a request")
        request_id = _request_id(request.context)
        token = logs.request_id.set(request_id)
        trace = logs.trace_id.set(request.headers.get("x-amzn-trace-id", "")[:128] or request_id)
        try:
            response = self._answer(door, request, path)
        except (Problem, Contended) as refusal:
            # Contended: the engine was busy outside the verb, at the membership or the idempotency record.
            problem = refusal if isinstance(refusal, Problem) else TooBusy()
            if problem.status >= 500:
                logs.log(self.service, "request_refused", "warning", route=door.name, problem=problem.slug)
            response = problem_response(problem, request_id)
        except Exception as error:  # noqa: BLE001 - the last resort: say nothing of it outside, everything inside
            logs.log(self.service, "request_failed", "error", error=error, route=door.name, method=door.method)
            response = problem_response(Problem(), request_id)
        finally:
            logs.request_id.reset(token)
            logs.trace_id.reset(trace)
        response.headers["X-Request-Id"] = request_id
        return response

    def _answer(self, door: Door, request: Request, path: dict[str, str]) -> Response:
        raw = body_bytes(request.raw_body)
        require_ids(path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        source = str(request.context.get("identity", {}).get("sourceIp", ""))
        principal = _admitted(headers.get("authorization"), source)
        role = admit(self.store, door.actor, principal, path.get("shop_id"))
        arguments: dict[str, Any] = dict(path)
        if door.takes:
            arguments["body"] = parsed(door.takes, raw)
        if door.query:
            arguments["query"] = queried(door.query, request.query_params)
        key = None
        if door.keyed and principal:
            route = f"{door.method} {door.path}"
            key = key_of(headers.get("idempotency-key", ""), principal.person, route, path, raw)
        deed = _deed(door, principal, role, path, headers, source) if door.audited and principal else None
        call = Call(self.store, principal, role, clock.now(), headers, raw, key, source, deed)

        def act() -> Any:
            if self.gate and role and door.audited:
                self.gate(door, path["shop_id"])
            return door.handler(call, **arguments)

        if key is None:
            result = retrying(act)
        else:
            again = door.again
            result = keyed(
                self.store,
                key,
                call.now,
                lambda: retrying(act),
                lambda stored: again(call, stored),  # type: ignore[misc]
            )
        return response_of(result, door.status)

    def _openapi(self) -> Response:
        from services.shared.plumbing.openapi import document  # only this route needs it

        if self.subjects:
            self.subjects.load_all()
        return Response(body=document(self), headers={"Content-Type": "application/json"})


LAST_TRY_S = 3.5  # one call to the engine (connect 1 s, read 2 s), and the answer


def in_time(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Middleware of every function: what is tried again in it ends before it is cut off."""
    context: Any = event.context if isinstance(event, BaseLambdaEvent) else event.lambda_context
    left_s = context.get_remaining_time_in_millis() / 1000 if context else math.inf
    with ending_at(time.monotonic() + left_s - LAST_TRY_S):
        return get_response(event)


class Health(View):
    status: str
    service: str
    time: datetime


def health(call: Call) -> Health:
    """Whether the service answers, and its clock."""
    return Health(status="ok", service=call.store.service, time=call.now)


def get_audit(call: Call, shop_id: str, query: AuditQuery) -> Page[DeedView]:
    """What was done for a shop here, by whom and from where, newest first (O20)."""
    return list_deeds(call.store, shop_id, query)


def get_platform_audit(call: Call, query: AuditQuery) -> Page[DeedView]:
    """What the platform did here to no shop in particular, newest first (O20)."""
    return list_deeds(call.store, None, query)


# ----------------------------------------------------------------------------------------------------- the steps


def _admitted(authorization: str | None, source: str) -> Principal | None:
    """Who asks, if it is not too often. Raises Unauthenticated and TooManyRequests."""
    try:
        principal = principal_of(authorization)
    except Unauthenticated:
        admit_caller(None, source)
        raise
    admit_caller(principal.person if principal else None, source)
    return principal


def _deed(
    door: Door,
    principal: Principal,
    role: str | None,
    path: Mapping[str, str],
    headers: Mapping[str, str],
    source: str,
) -> Deed:
    return Deed(
        entry_id=new_entry_id(),
        shop_id=path.get("shop_id"),
        actor=principal.person,
        role=role or "platform",
        action=door.name,
        things={name: value for name, value in path.items() if name != "shop_id"},
        ip=source,
        agent=headers.get("user-agent", ""),
        token_id=principal.token_id,
        request_id=logs.request_id.get(),
    )


def _require_sense(path: str, actor: Actor, handler: Callable[..., Any], again: Callable[..., Any] | None) -> None:
    """Raises TypeError, when the app is imported, for a door that could never keep its promise."""
    name = handler.__name__
    if not inspect.getdoc(handler):
        raise TypeError(f"{name} needs a docstring: it is the route's summary")
    if actor.kind == "member" and "{shop_id}" not in path:
        raise TypeError(f"{name} is for a shop's members, but its path names no shop_id: nobody could pass")
    if again and actor.kind == "anyone":
        raise TypeError(f"{name} is keyed, but keys belong to a person: strangers would share theirs")


def _request_id(context: Mapping[str, Any]) -> str:
    return str(context.get("requestId") or ids.new_id("req"))


_CHALICE: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed, 415: UnsupportedMediaType}
