"""The custom domain: one host, a base path for each service. The emulator keeps base path mappings but serves none."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOP_BY_HOP = {"connection", "content-length", "date", "host", "server", "transfer-encoding", "accept-encoding"}


class FrontDoor(ThreadingHTTPServer):
    """``apis`` is where each service answers; ``local`` is what ``GET /local`` says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.apis: dict[str, str] = {}
        self.local: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FrontDoor

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""

    def _forward(self) -> None:
        _, service, rest = (self.path + "/").split("/", 2)
        if service == "local":
            self._answer(200, {"Content-Type": "application/json"}, json.dumps(self.server.local).encode())
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        url = f"{self.server.apis[service]}/{rest.rstrip('/')}"
        asked = urllib.request.Request(url, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                self._answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as refusal:
            self._answer(refusal.code, dict(refusal.headers), refusal.read())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _forward  # noqa: N815 - the base class calls them so

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def front_door() -> Iterator[FrontDoor]:
    """An open one."""
    with FrontDoor() as door:
        thread = threading.Thread(target=door.serve_forever, args=(0.05,), name="front door")
        thread.start()
        try:
            yield door
        finally:
            door.shutdown()
            thread.join()
