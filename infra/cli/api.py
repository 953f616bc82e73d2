"""The stack's HTTP interface as its clients use it: any number of persons, each with a token of their own.

A client waits where waiting helps: an answer that names a time (503, 429, a key in progress) is asked for again after
it, and while nobody answers at all the request is repeated for up to ``patience_s`` seconds. Requests are such that
repeating them is harmless: reads, keyed POSTs, and moves that a second time are refused as already made.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:  # it takes longer to import than many a command to run
    import httpx

Json = dict[str, Any]
Sign = Callable[[str, bool], str]  # subject, whether it is a platform operator → JWT
PAUSE_S = 0.5
BUSY_FOR_S = 60.0


class NoAnswer(Exception):
    """Nobody answers at the URL. The message is one sentence for the person at the terminal."""


class Refusal(Exception):
    """The stack said no. ``slug`` is the problem's stable name, ``problem`` all of it."""

    def __init__(self, status: int, problem: Json, request: str) -> None:
        self.status, self.problem = status, problem
        self.slug = str(problem.get("type", "")).rpartition("/")[2]
        super().__init__(f"{request} was refused ({status} {self.slug}): {problem.get('detail', 'no reason given')}")


class Stack:
    """A running stack. ``tell`` hears why a request waits. May be used by many threads."""

    def __init__(self, url: str, patience_s: float = 0, tell: Callable[[str], object] = lambda _: None) -> None:
        self.url = url.rstrip("/")
        self._sign: Sign | None = None
        self._patience_s, self._tell = patience_s, tell
        import httpx

        self._http = httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_keepalive_connections=32))
        self._lock, self._told = threading.Lock(), False

    def signing(self, sign: Sign) -> "Stack":
        """The same, able to act as persons: ``sign`` makes their tokens."""
        self._sign = sign
        return self

    def anyone(self) -> "Caller":
        """Somebody without a token."""
        return Caller(self, {})

    def person(self, name: str) -> "Caller":
        """The person of this name."""
        return self._caller(f"person:{name}", platform=False)

    def platform(self) -> "Caller":
        """The platform's operator."""
        return self._caller("platform", platform=True)

    def local(self) -> Json:
        """What only a stack on one machine tells: where its engine, queues and sandboxes are."""
        return self.anyone().get("/local")

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def _caller(self, subject: str, *, platform: bool) -> "Caller":
        if self._sign is None:
            raise ValueError("this client cannot sign tokens")
        return Caller(self, {"Authorization": f"Bearer {self._sign(subject, platform)}"})

    def send(self, method: str, url: str, **request: Any) -> "httpx.Response":
        """The answer to one request; repeated while that helps. Raises NoAnswer, Refusal."""
        url = urljoin(self.url + "/", url)
        busy_until = time.monotonic() + BUSY_FOR_S
        while True:
            answer = self._answer(method, url, request)
            if answer.is_success:
                return answer
            pause = answer.headers.get("Retry-After", "")
            if not pause.isdigit() or time.monotonic() > busy_until:
                raise Refusal(answer.status_code, _problem(answer), f"{method} {urlsplit(url).path}")
            time.sleep(max(int(pause), PAUSE_S))

    def _answer(self, method: str, url: str, request: Json) -> "httpx.Response":
        import httpx

        silent_until = time.monotonic() + self._patience_s
        while True:
            try:
                answer = self._sent(method, url, request)
                self._told = False
                return answer
            except httpx.TransportError as error:
                if time.monotonic() > silent_until:
                    why = f"nobody answers at {_origin(url)} ({error}); start a stack with: xiaodian up"
                    raise NoAnswer(why) from error
                self._wait(url)

    def _sent(self, method: str, url: str, request: Json) -> "httpx.Response":
        if not isinstance(request.get("content"), Path):
            return self._http.request(method, url, **request)
        with request["content"].open("rb") as file:  # from its beginning, each time
            return self._http.request(method, url, **{**request, "content": file})

    def _wait(self, url: str) -> None:
        with self._lock:
            first, self._told = not self._told, True
        if first:
            self._tell(f"Nobody answers at {_origin(url)}; trying for {self._patience_s:g} s …")
        time.sleep(PAUSE_S)


class Caller:
    """Somebody who uses the stack. Paths begin with the service: ``/orders/v1/…``."""

    def __init__(self, stack: Stack, headers: dict[str, str]) -> None:
        self._stack, self._headers = stack, headers

    def get(self, path: str, **query: Any) -> Json:
        """A resource. Raises NoAnswer, Refusal, as all of these do."""
        given = {name: value for name, value in query.items() if value is not None}
        return _json(self._stack.send("GET", path, params=given, headers=self._headers))

    def pages(self, path: str, **query: Any) -> Iterator[Json]:
        """All items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, limit=100, cursor=cursor, **query)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(self, path: str, body: Json | None = None, key: str | None = None) -> Json:
        """Do something; ``key`` is its Idempotency-Key."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        return _json(self._stack.send("POST", path, json=body or {}, headers=headers))

    def put(self, path: str, body: Json) -> Json:
        """Replace something."""
        return _json(self._stack.send("PUT", path, json=body, headers=self._headers))

    def upload(self, url: str, content: bytes | Path, headers: dict[str, str]) -> None:
        """PUT a file to the signed place that an upload names; one on the disk goes piece by piece."""
        self._stack.send("PUT", url, content=content, headers=headers)


def _origin(url: str) -> str:
    return f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"


def _json(answer: "httpx.Response") -> Json:
    found: Json = answer.json() if answer.content else {}
    return found


def _problem(answer: "httpx.Response") -> Json:
    try:
        found = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return found if isinstance(found, dict) else {"detail": answer.text[:200]}
