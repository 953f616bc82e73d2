"""A small HTTP server for the sandboxes: bound to 127.0.0.1, one function answers every request.

A request whose Host or Origin is not loopback is refused with 403, so that no web page open in a browser on this
machine can reach a sandbox under a name of its own. Every request leaves one JSON line on stderr, without its query,
headers or body, since these carry secrets.
"""

from __future__ import annotations

import json
import os
import signal
import socketserver
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 1 << 20
_NAMES = {LOOPBACK, "localhost", "::1"}


@dataclass(frozen=True)
class Request:
    """`target` is path and query as sent (signatures cover it); header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Application = Callable[[Request], Answer | None]
"""Answers one request; None drops the connection without an answer."""


def json_answer(value: object, status: int = 200) -> Answer:
    """`value` as JSON in UTF-8."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode())


def is_loopback(host: str | None) -> bool:
    """True for 127.0.0.1, ::1 and localhost, the names under which the stack is reached."""
    return host in _NAMES


def log(event: str, **fields: Any) -> None:
    """Write one JSON line to stderr. Callers pass ids, codes and durations only."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sys.stderr.write(json.dumps({"at": at, "event": event, **fields}, ensure_ascii=False) + "\n")
    sys.stderr.flush()


def data_dir() -> Path:
    """The data folder when no option says otherwise."""
    return Path(os.environ.get("XIAODIAN_DATA", ".xiaodian"))


def cannot_start(server: str, port: int, error: Exception) -> str:
    """One sentence for the person at the terminal: about the file an OSError names, else about the port."""
    if isinstance(error, OSError):
        return f"{server} cannot start: {error.filename or f'port {port}'}: {error.strerror}\n"
    return f"{server} cannot start: {error}\n"


def serve_until_signal(server: AbstractContextManager[object]) -> None:
    """Run until SIGINT or SIGTERM, then leave the server in order."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with server:
        ended.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    application: Application

    def server_bind(self) -> None:
        # HTTPServer's own also asks the resolver for the machine's name, which can take seconds and is not used here.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        log("connection_lost", error=repr(sys.exc_info()[1]))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Server

    def _serve(self) -> None:
        started = time.perf_counter()
        answer = self._refused() or self._answer()
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)
        log(
            "request",
            server=self.server.server_address[1],
            method=self.command,
            path=urlsplit(self.path).path,
            status=answer.status if answer else None,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names http.server looks for

    def _refused(self) -> Answer | None:
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        origin = self.headers.get("Origin")
        if not is_loopback(host) or (origin is not None and not is_loopback(urlsplit(origin).hostname)):
            self.close_connection = True
            return json_answer({"code": "FORBIDDEN", "message": "only loopback hosts and origins are served"}, 403)
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return json_answer({"code": "INVALID_REQUEST", "message": "a body needs a Content-Length up to 1 MiB"}, 413)
        return None

    def _answer(self) -> Answer | None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            return self.server.application(Request(self.command, self.path, headers, body))
        except Exception:  # noqa: BLE001 - the edge: a fault becomes an answer and a line in the log
            log("fault", method=self.command, path=urlsplit(self.path).path, traceback=traceback.format_exc())
            return json_answer({"code": "SYSTEM_ERROR", "message": "the sandbox failed, see its log"}, 500)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Say nothing: `_serve` writes the one line of a request."""


class LoopbackServer:
    """`with LoopbackServer(application, port) as server:` serves on `server.url`. Port 0 takes a free one.

    Raises OSError at construction when the port is taken.
    """

    def __init__(self, application: Application, port: int = 0) -> None:
        self._server = _Server((LOOPBACK, port), _Handler)
        self._server.application = application
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
