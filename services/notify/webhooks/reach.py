"""Reach an address outside, safely (N3): resolved once, judged, and that very IP address is connected to.

One clock runs over connecting, TLS, sending and reading, so that a peer that drips a byte a second ends with it. No
redirect is followed, no proxy asked, and no more than a little is read. A peer's certificate must fit the URL's host.

    name ─▶ all its addresses ─▶ every one public? ─▶ the first one, pinned ─▶ TLS for the name ─▶ request
"""

import io
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from services.notify.webhooks.address import PORTS, NotAllowed, is_public, parts_of
from services.notify.webhooks.delivery import Trouble

if TYPE_CHECKING:
    import ssl

PATIENCE_S = 5.0  # for everything
READ_AT_MOST = 16 * 1024
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Heard:
    """What came back, or what went wrong instead. ``body``: as much of it as was read."""

    trouble: Trouble
    latency_ms: int
    status: int | None = None
    body: str = ""


def resolved(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError."""
    return list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


@cache
def trusted() -> "ssl.SSLContext":
    """TLS as browsers do it."""
    import ssl

    return ssl.create_default_context()


@dataclass(frozen=True)
class Reach:
    """What may be reached, and how. The one for development is in infra/local and in no package."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] | None = PORTS
    permits: Callable[[str], bool] = is_public
    resolve: Resolve = resolved
    tls: Callable[[], "ssl.SSLContext"] = trusted
    patience_s: float = PATIENCE_S

    def parts(self, url: str) -> SplitResult:
        """A URL's parts. Raises NotAllowed."""
        return parts_of(url, self.schemes, self.ports)

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Heard:
        """Send one request. Whatever goes wrong is in what was heard."""
        clock = _Patience(self.patience_s)
        try:
            parts = self.parts(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            address = self._pinned(parts.hostname or "", port, clock)
            with clock.watched(socket.create_connection((address, port), clock.left())) as plain:
                return self._spoken(method, parts, body, headers, plain, clock)
        except Exception as error:  # noqa: BLE001 - a peer can go wrong in any way, and none is our failure
            return Heard(_trouble(error), clock.gone_ms)

    def _pinned(self, host: str, port: int, clock: "_Patience") -> str:
        """The one address that is connected to. Raises NotAllowed when any of the name's addresses is not public."""
        found = _in_time(lambda: self.resolve(host, port), clock)
        if not found or not all(self.permits(one) for one in found):
            raise NotAllowed("it leads to an address that is not public")
        return found[0]

    def _spoken(
        self,
        method: str,
        parts: SplitResult,
        body: bytes,
        headers: Mapping[str, str],
        plain: socket.socket,
        clock: "_Patience",
    ) -> Heard:
        from http.client import HTTPResponse

        line: socket.socket = plain
        if parts.scheme == "https":
            plain.settimeout(clock.left())
            line = self.tls().wrap_socket(plain, server_hostname=parts.hostname)
        with line:
            line.settimeout(clock.left())
            line.sendall(_request(method, parts, body, headers))
            answer = HTTPResponse(_Read(line, clock), method=method)  # type: ignore[arg-type]
            answer.begin()
            text = answer.read(READ_AT_MOST).decode("utf-8", "replace")
            return Heard(_judged(answer.status), clock.gone_ms, answer.status, text)


PUBLIC = Reach()
_reach = PUBLIC


def reach() -> Reach:
    """What this process may reach."""
    return _reach


def use(other: Reach) -> None:
    """Replace it for this process: one machine tells endpoints on itself."""
    global _reach
    _reach = other


# ----------------------------------------------------------------------------------------------------- the pieces


@dataclass
class _Patience:
    """The time that is left for one request."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Raises TimeoutError when there is none."""
        left = self.began + self.seconds - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @property
    def gone_ms(self) -> int:
        return int((time.monotonic() - self.began) * 1000)

    def watched(self, connected: socket.socket) -> socket.socket:
        """The socket, if it came in time."""
        try:
            self.left()
        except TimeoutError:
            connected.close()
            raise
        return connected


class TooLarge(Exception):
    """The peer says more than anybody asked for."""


class _Read(io.RawIOBase):
    """A socket's incoming side, as http.client wants it: ends with the clock, and after READ_AT_MOST bytes."""

    def __init__(self, line: socket.socket, clock: _Patience) -> None:
        self._line, self._clock, self._taken = line, clock, 0

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(self._clock.left())
        count = self._line.recv_into(buffer)
        self._taken += count
        if self._taken > READ_AT_MOST:
            raise TooLarge
        return count


def _request(method: str, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    """HTTP/1.1, one request a connection. The URL is printable ASCII without spaces: nothing can be smuggled in."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "User-Agent: Xiaodian-Webhooks/1"]
    lines += ["Connection: close", "Accept-Encoding: identity", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _in_time(resolve: Callable[[], list[str]], clock: _Patience) -> list[str]:
    """A resolver cannot be interrupted, so it is left behind when it takes too long."""
    found: list[list[str]] = []
    failed: list[Exception] = []

    def look() -> None:
        try:
            found.append(resolve())
        except Exception as error:  # noqa: BLE001 - raised below
            failed.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(clock.left())
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found[0]


def _judged(status: int) -> Trouble:
    if 300 <= status < 400:
        return "redirect"
    return "" if status == 200 else "status"


def _trouble(error: Exception) -> Trouble:
    import ssl

    kinds: tuple[tuple[type[Exception], Trouble], ...] = (
        (NotAllowed, "address"),
        (TooLarge, "too_large"),
        (TimeoutError, "timeout"),
        (ssl.SSLError, "tls"),
    )
    return next((trouble for kind, trouble in kinds if isinstance(error, kind)), "connection")
