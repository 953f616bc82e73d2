"""The HTTP entrance on one machine: four services behind one port, a base path each, as API mappings do on AWS.

Every worker has one thread, as a function instance handles one request at a time.
"""

import json
import os
import sys
import traceback
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from chalice.app import Chalice
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from infra.local.clock import LocalClock
from infra.local.crew import die_with
from infra.local.docs_page import docs_answer
from infra.local.functions import LambdaContext
from infra.local.http_event import Answer, Environ, Request, request_of, to_answer, to_event
from infra.local.routing import Router
from infra.local.webhooks import allow_this_machine
from services.shared.plumbing import clock, origins
from services.shared.plumbing.problems import Forbidden, MethodNotAllowed, NotFound, Problem
from services.shared.plumbing.resources import physical

TIMEOUT_S = 29  # API Gateway waits no longer
HOSTS = frozenset({"127.0.0.1", "localhost"})
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class BadGateway(Problem):
    """The function raised, or answered something that is not an HTTP answer."""

    slug, status, title = "bad-gateway", 502, "The service gave no usable answer; see its log"


class Gateway:
    """A WSGI application over the services' Chalice apps. ``port`` is the one it is reached at."""

    def __init__(self, apps: Mapping[str, Chalice], port: int, data: Path) -> None:
        self._apps, self._port, self._data = apps, port, data
        self._routers = {name: Router(app.routes) for name, app in apps.items()}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, whatever happens."""
        answer = self._answer(environ)
        phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
        start_response(f"{answer.status} {phrase}", list(answer.headers))
        return [answer.body]

    def _answer(self, environ: Environ) -> Answer:
        request_id = ""
        try:
            self._refuse_foreigners(environ)
            request = request_of(environ)
            request_id = request.id
            service = request.path.split("/")[1]
            return self._invoke(service, request) if service in self._apps else self._own(request)
        except Problem as problem:
            return _problem(problem, request_id)

    def _refuse_foreigners(self, environ: Environ) -> None:
        """No page of another site, and no name that was made to point here, may use what runs on this machine.

        But for pages of the origins that the setting of CORS names.
        """
        host = str(environ.get("HTTP_HOST", ""))
        if not self._is_ours(f"http://{host}"):
            raise Forbidden("This gateway answers to 127.0.0.1 and localhost only")
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and not self._is_ours(str(origin)) and not origins.allows(str(origin)):
            raise Forbidden("Requests from pages of another origin are refused")

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urllib.parse.urlsplit(url)
            return parts.scheme == "http" and parts.hostname in HOSTS and (parts.port or 80) in (self._port, 80)
        except ValueError:
            return False

    def _invoke(self, service: str, request: Request) -> Answer:
        app = self._apps[service]
        match = self._routers[service].match(request.path[len(service) + 1 :])
        if match is None:
            raise NotFound(f"{service} has no {request.path}")
        methods = sorted(app.routes[match.route])
        if request.method not in methods:
            return _problem(MethodNotAllowed(f"It answers {', '.join(methods)}"), request.id, Allow=", ".join(methods))
        context = LambdaContext(physical(service), TIMEOUT_S, request.id)
        try:
            return to_answer(app(to_event(request, match, app.api.binary_types), context))
        except Exception:  # noqa: BLE001 - what a function raises becomes 502, as on AWS, and a traceback in the log
            traceback.print_exc()
            raise BadGateway() from None

    def _own(self, request: Request) -> Answer:
        if request.method != "GET":
            return _problem(MethodNotAllowed("It answers GET"), request.id, Allow="GET")
        match request.path.rstrip("/").split("/")[1:]:
            case []:
                return _json({"name": "xiaodian", "docs": "/docs", "local": "/local", "services": self._base_paths()})
            case ["health"]:
                return _json({"status": "ok", "services": list(self._apps)})
            case ["local"]:
                return _json(self._local())
            case ["docs", *name] if len(name) <= 1:
                return docs_answer("".join(name), list(self._apps))
        raise NotFound(f"Nothing is served at {request.path}; the services are at {', '.join(self._base_paths())}")

    def _base_paths(self) -> list[str]:
        return [f"/{name}" for name in self._apps]

    def _local(self) -> dict[str, Any]:
        """What only exists on one machine, for tools and tests."""
        return {
            "engine_url": os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"),
            "queue_url": os.environ.get("AWS_ENDPOINT_URL_SQS"),
            "wechat_pay_sandbox_url": os.environ.get("WECHAT_PAY_URL"),
            "wechat_api_sandbox_url": os.environ.get("WECHAT_API_URL"),
            "jwks_url": f"http://127.0.0.1:{self._port}/catalog/v1/jwks.json",
            "clock": LocalClock(self._data)().isoformat().replace("+00:00", "Z"),
            "data_dir": str(self._data),
        }


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(value, ensure_ascii=False).encode())


def _problem(problem: Problem, instance: str, **headers: str) -> Answer:
    kept = {"Content-Type": "application/problem+json", "X-Request-Id": instance, **problem.headers(), **headers}
    body = json.dumps(problem.body(instance), ensure_ascii=False).encode()
    return Answer(problem.status, tuple(kept.items()), body)


def start_worker(apps: Mapping[str, Chalice], port: int, data: Path, parent: int) -> Gateway:
    """What a worker does before it accepts connections: follow the stack's clock, and serve each app once."""
    if not die_with(parent):
        sys.exit(1)
    clock.use(LocalClock(data))
    allow_this_machine()
    gateway = Gateway(apps, port, data)
    for service in apps:
        gateway(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": f"/{service}/health",
                "HTTP_HOST": f"127.0.0.1:{port}",
                "wsgi.input": _Nothing(),
            },
            lambda *_: None,
        )
    return gateway


class _Nothing:
    def read(self, _: int) -> bytes:
        return b""


def serve(apps: Mapping[str, Chalice], data: Path, port: int, workers: int) -> int:
    """Serve in processes forked from this one until SIGTERM."""
    server = Server(
        "infra.local.gateway:Gateway",  # only its name: the workers get their application from the loader below
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=2,
    )
    server.serve(target_loader=partial(start_worker, apps, port, data, os.getpid()), wrap_loader=False)
    return 0
