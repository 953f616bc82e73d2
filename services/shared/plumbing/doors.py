"""The doors of a service: a Chalice app whose every route says who may use it, what it takes and what it gives.

One request, from left to right::

    parse id ─▶ who is it ─▶ may they ─▶ read body and query ─▶ [idempotency] ─▶ the handler ─▶ answer
        └────────────── any Problem, and anything unforeseen, becomes problem+json here ─────────────┘

A handler names what it needs by its parameters: ``call`` (always first), path parameters as ``str``, ``body`` and
``query`` as pydantic models; its return annotation is the answer's model. All of it is the OpenAPI document too.
"""

import inspect
import json
import typing
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from chalice.app import Chalice, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.contracts.catalog import Role
from services.shared.plumbing import clock, ids, logs
from services.shared.plumbing.auth import Principal, principal_of
from services.shared.plumbing.idempotency import Key, keyed
from services.shared.plumbing.memberships import role_of
from services.shared.plumbing.problems import (
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
    TooBusy,
    Unauthenticated,
    UnsupportedMediaType,
)
from services.shared.plumbing.tables import Contended, Store, Transaction, retrying

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_ID = 512
Item = TypeVar("Item")

_current: ContextVar[Request | None] = ContextVar("current_request", default=None)


class Body(BaseModel):
    """What comes in. Unknown fields are refused, so that a typing error is seen and not ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class View(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)


class Page(View, Generic[Item]):
    """A list's page. ``next_cursor`` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Actor:
    """Who may use a route. ``roles``: any of these in the shop that the path names (``shop_id``)."""

    kind: str  # anyone, person, platform, member
    roles: frozenset[Role] = frozenset()
    or_platform: bool = False


ANYONE = Actor("anyone")
PERSON = Actor("person")
PLATFORM = Actor("platform")


def member(*roles: Role, or_platform: bool = False) -> Actor:
    """The shop's owner, and staff in these roles."""
    return Actor("member", frozenset(roles) | {"owner"}, or_platform)


@dataclass(frozen=True)
class Call:
    """One request as a handler sees it."""

    store: Store
    principal: Principal | None
    role: Role | None
    now: datetime
    headers: Mapping[str, str]
    raw_body: bytes
    key: Key | None = None
    source_ip: str = ""

    @property
    def person(self) -> str:
        """The caller's person id; only for routes that need one."""
        if self.principal is None:
            raise Unauthenticated()
        return self.principal.person

    def begin(self) -> Transaction:
        """A transaction of this request, with its idempotency record inside."""
        return Transaction(self.store, self.now, ids.new_id, self.key.once() if self.key else None)

    @property
    def if_match(self) -> int | None:
        """The version in If-Match, None without one. Raises Invalid for something else."""
        value = self.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
        if not value:
            return None
        if not (value.isascii() and value.isdigit()):
            raise Invalid("If-Match must be an ETag of ours")
        return int(value)


@dataclass(frozen=True)
class Answer:
    """A handler's answer when 200-and-a-model is not enough."""

    body: BaseModel | None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None


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

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def keyed(self) -> bool:
        """Whether it creates something and so needs an Idempotency-Key."""
        return self.again is not None


class Service(Chalice):
    """A service's Chalice app with doors. Event handlers are registered on it directly, as Chalice has them."""

    def __init__(self, name: str, store: Store, title: str) -> None:
        super().__init__(app_name=name, configure_logs=False)
        self.service, self.store, self.title = name, store, title
        self.doors: list[Door] = []
        self.door("GET", "/health", ANYONE)(health)
        self.route("/openapi.json", methods=["GET"])(self._openapi)

    def door(
        self,
        method: str,
        path: str,
        actor: Actor,
        *,
        status: int = 200,
        again: Callable[..., Any] | None = None,
        problems: tuple[type[Problem], ...] = (),
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route. ``again(call, ids)`` makes it keyed: it rebuilds the answer of a request sent again."""

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
            )
            self.doors.append(door)
            self.route(path, methods=[method], content_types=["application/json"], name=handler.__name__)(
                lambda **path_params: self._serve(door, path_params)
            )
            return handler

        return declare

    def __call__(self, event: Any, context: Any) -> Any:
        """Chalice's own refusals (no such method, another media type, an error of its own) become problems too."""
        answer = super().__call__(event, context)
        if answer["statusCode"] < 400 or "Content-Type" in answer["headers"]:
            return answer  # ours
        request_id = _request_id(event["requestContext"])
        response = _problem_response(_CHALICE.get(answer["statusCode"], Problem)(), request_id)
        kept = {name: value for name, value in answer["headers"].items() if name == "Allow"}
        return answer | {"body": response.body, "headers": response.headers | kept | {"X-Request-Id": request_id}}

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
            response = _problem_response(problem, request_id)
        except Exception as error:  # noqa: BLE001 - the last resort: say nothing of it outside, everything inside
            logs.log(self.service, "request_failed", "error", error=error, route=door.name, method=door.method)
            response = _problem_response(Problem(), request_id)
        finally:
            logs.request_id.reset(token)
            logs.trace_id.reset(trace)
        response.headers["X-Request-Id"] = request_id
        return response

    def _answer(self, door: Door, request: Request, path: dict[str, str]) -> Response:
        raw = _bytes(request.raw_body)
        if len(raw) > MAX_BODY_BYTES:
            raise PayloadTooLarge()
        if any(len(value) > MAX_ID for value in path.values()):
            raise NotFound()  # no key of ours is as long; DynamoDB would refuse to look
        headers = {name.lower(): value for name, value in request.headers.items()}
        principal = principal_of(headers.get("authorization"))
        role = admit(self.store, door.actor, principal, path.get("shop_id"))
        arguments: dict[str, Any] = dict(path)
        if door.takes:
            arguments["body"] = _parsed(door.takes, raw or b"{}")
        if door.query:
            arguments["query"] = _query(door.query, request)
        key = _key(door, headers, principal, path, raw) if door.keyed else None
        source = str(request.context.get("identity", {}).get("sourceIp", ""))
        call = Call(self.store, principal, role, clock.now(), headers, raw, key, source)
        if key is None:
            result = retrying(lambda: door.handler(call, **arguments))
        else:
            again = door.again
            result = keyed(
                self.store,
                key,
                call.now,
                lambda: retrying(lambda: door.handler(call, **arguments)),
                lambda stored: again(call, stored),  # type: ignore[misc]
            )
        return _response(door, result)

    def _openapi(self) -> Response:
        from services.shared.plumbing.openapi import document  # only this route needs it

        return Response(body=document(self), headers={"Content-Type": "application/json"})


class Health(View):
    status: str
    service: str
    time: datetime


def health(call: Call) -> Health:
    """Whether the service answers, and its clock."""
    return Health(status="ok", service=call.store.service, time=call.now)


# ----------------------------------------------------------------------------------------------------- the steps


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


def admit(store: Store, actor: Actor, principal: Principal | None, shop_id: str | None) -> Role | None:
    """Let the caller in or raise; returns the role in the path's shop where one is needed. Default deny.

    Raises Unauthenticated without a token, NotFound for a shop that the caller has nothing to do with, Forbidden for a
    member whose role is not enough and for a platform route.
    """
    if actor.kind == "anyone":
        return None
    if principal is None:
        raise Unauthenticated()
    if actor.kind == "person" or (principal.platform and (actor.kind == "platform" or actor.or_platform)):
        return None
    if actor.kind == "member" and shop_id is not None:
        role = role_of(store, shop_id, principal.person)
        if role is None:
            raise NotFound()
        if role in actor.roles:
            return role
    raise Forbidden()


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _parsed(model: type[BaseModel], raw: bytes) -> BaseModel:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _invalid(error) from error


def _query(model: type[BaseModel], request: Request) -> BaseModel:
    try:
        return model.model_validate(dict(request.query_params or {}))
    except ValidationError as error:
        raise _invalid(error) from error


def _invalid(error: ValidationError) -> Invalid:
    errors = [{"at": ".".join(str(part) for part in one["loc"]), "why": one["msg"]} for one in error.errors()]
    return Invalid("; ".join(f"{one['at'] or 'body'}: {one['why']}" for one in errors[:3]), errors=errors[:50])


def _key(door: Door, headers: Mapping[str, str], principal: Principal | None, path: dict[str, str], raw: bytes) -> Key:
    value = headers.get("idempotency-key", "")
    if not 1 <= len(value) <= 255:
        raise Invalid("Send an Idempotency-Key header of 1 to 255 characters with this request")
    route = f"{door.method} {door.path} " + " ".join(f"{name}={path[name]}" for name in sorted(path))
    return Key(principal.person if principal else "", route, value, _canonical(raw))


def _canonical(raw: bytes) -> Any:
    """The body as JSON, so that another order of its fields makes no other request; as text if it is none."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode("utf-8", "replace")


def _response(door: Door, result: Any) -> Response:
    answer = result if isinstance(result, Answer) else Answer(result)
    headers: dict[str, str | list[str]] = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    headers |= answer.headers
    if answer.raw is not None:
        return Response(body=answer.raw, status_code=answer.status or door.status, headers=headers)
    if answer.body is None:
        return Response(body="", status_code=answer.status or 204, headers=headers)
    version = getattr(answer.body, "version", None)
    if version is not None:
        headers["ETag"] = f'"{version}"'
    return Response(body=answer.body.model_dump_json(), status_code=answer.status or door.status, headers=headers)


_CHALICE: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed, 415: UnsupportedMediaType}


def _problem_response(problem: Problem, instance: str) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    headers |= problem.headers()
    return Response(body=_json(problem.body(instance)), status_code=problem.status, headers=headers)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
