"""A merchant's receiver on this machine: it checks like WeChat's clients do, and can be told how to behave."""

import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN, AES_KEY = "xiaodianTOKEN1", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER_TOKEN, OTHER_AES_KEY = "rotatedTOKEN2", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str


Behaviour = Callable[["Hand", Asked], None]


class Hand(BaseHTTPRequestHandler):
    """What a behaviour answers with."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = self._asked()
        self.server.receiver.checked.append(asked)  # type: ignore[attr-defined]
        self.server.receiver.on_check(self, asked)  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        asked = self._asked()
        self.server.receiver.pushed.append(asked)  # type: ignore[attr-defined]
        self.server.receiver.on_push(self, asked)  # type: ignore[attr-defined]

    def say(self, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Answer."""
        body = text.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _asked(self) -> Asked:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, dict(parse_qsl(urlsplit(self.path).query)), headers, body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def echo(hand: Hand, asked: Asked) -> None:
    """As WeChat wants it."""
    hand.say(asked.query["echostr"])


def success(hand: Hand, _: Asked) -> None:
    """The push was taken."""
    hand.say("success")


def answering(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Something else."""
    return lambda hand, _: hand.say(text, status, headers)


def flapping(every: int) -> Behaviour:
    """Each delivery is taken at its try of this number only."""

    def answer(hand: Hand, asked: Asked) -> None:
        taken = int(asked.headers["x-xiaodian-attempt"]) >= every
        hand.say("success" if taken else "no", 200 if taken else 500)

    return answer


def slowly(seconds: float) -> Behaviour:
    """Taken, in the end."""

    def answer(hand: Hand, _: Asked) -> None:
        time.sleep(seconds)
        hand.say("success")

    return answer


class Receiver:
    """``with Receiver() as receiver:`` listens on ``receiver.url``."""

    def __init__(self, on_push: Behaviour = success, on_check: Behaviour = echo) -> None:
        self.on_push, self.on_check = on_push, on_check
        self.checked: list[Asked] = []
        self.pushed: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), Hand)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def delivery_ids(self) -> list[str]:
        """Of what was pushed, in order."""
        return [one.headers["x-xiaodian-delivery"] for one in self.pushed]

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    receiver: Receiver

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's asks the resolver for a name

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""
