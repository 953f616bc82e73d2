"""The client of the command line against a server that misbehaves on purpose."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest

from infra.cli.api import NoAnswer, Refusal, Stack
from infra.local.child import free_port
from infra.local.loopback import Answer, LoopbackServer, Request, json_answer
from tests.integration.local.stack import eventually


class Server:
    """Answers with what is lined up, in order; remembers what it was asked."""

    def __init__(self, *answers: Answer | None, port: int = 0) -> None:
        self.asked: list[Request] = []
        self._answers = list(answers)
        self._lock = threading.Lock()
        self.running = LoopbackServer(self._answer, port)

    def _answer(self, request: Request) -> Answer | None:
        with self._lock:
            self.asked.append(request)
            return self._answers.pop(0)


@contextmanager
def served(*answers: Answer | None) -> Iterator[tuple[Server, Stack]]:
    """A server with these answers, and a client of it that signs tokens."""
    server = Server(*answers)
    with server.running, closing(Stack(server.running.url).signing(lambda who, _: f"token of {who}")) as stack:
        yield server, stack


def problem(status: int, slug: str, **headers: str) -> Answer:
    """A refusal as the services write it."""
    body = {"type": f"https://xiaodian.example/problems/{slug}", "detail": "because", "left": 3}
    return Answer(status, json.dumps(body).encode(), "application/problem+json", headers)


def page(*items: Any, cursor: str | None = None) -> Answer:
    """A list's page."""
    return json_answer({"items": items, "next_cursor": cursor})


def test_a_person_asks_with_a_token_and_a_key() -> None:
    """Subject and key are those that were given."""
    with served(json_answer({"order_id": "ord_1"}, 201)) as (server, stack):
        found = stack.person("alice").post("/orders/v1/orders", {"a": 1}, "the-key")

    assert found == {"order_id": "ord_1"}
    (asked,) = server.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/orders/v1/orders", {"a": 1})
    assert asked.headers["authorization"] == "Bearer token of person:alice"
    assert asked.headers["idempotency-key"] == "the-key"


def test_lists_are_read_to_their_end() -> None:
    """Also when a page in the middle is empty."""
    with served(page("x", "y", cursor="a"), page(cursor="b"), page("z")) as (server, stack):
        found: list[Any] = list(stack.anyone().pages("/things", status="done"))

    assert found == ["x", "y", "z"]
    assert [one.query.get("cursor") for one in server.asked] == [None, "a", "b"]
    assert all(one.query["status"] == "done" for one in server.asked)


@pytest.mark.parametrize("slug", ["too-busy", "too-many-requests", "idempotency-key-in-progress"])
def test_an_answer_that_names_a_time_is_asked_for_again(slug: str) -> None:
    """The same request, with the same key, until there is an answer."""
    busy = problem(409 if "key" in slug else 503, slug, **{"Retry-After": "0"})
    with served(busy, busy, json_answer({"done": True})) as (server, stack):
        assert stack.person("alice").post("/things", {}, "k") == {"done": True}

    assert [one.headers["idempotency-key"] for one in server.asked] == ["k"] * 3


def test_a_refusal_tells_its_slug_and_fields() -> None:
    """It is not asked again."""
    with served(problem(409, "out-of-stock")) as (server, stack), pytest.raises(Refusal) as refused:
        stack.person("alice").post("/orders/v1/orders", {}, "k")

    assert (refused.value.status, refused.value.slug, refused.value.problem["left"]) == (409, "out-of-stock", 3)
    assert str(refused.value) == "POST /orders/v1/orders was refused (409 out-of-stock): because"
    assert len(server.asked) == 1


def test_a_refusal_that_is_no_problem_document_is_told_as_it_is() -> None:
    """A server that is none of ours."""
    with served(Answer(500, b"oops", "text/plain")) as (_, stack), pytest.raises(Refusal, match=r"\(500 \): oops"):
        stack.anyone().get("/things")


def test_nobody_there_is_one_sentence() -> None:
    """At once, without patience."""
    stack = Stack(f"http://127.0.0.1:{free_port()}")

    with closing(stack), pytest.raises(NoAnswer, match="start a stack with: xiaodian up"):
        stack.local()


def test_a_lost_answer_is_asked_for_again() -> None:
    """The server died after it had acted: the repeat carries the same key."""
    with (
        served(None, json_answer({"done": True})) as (server, _),
        closing(Stack(server.running.url, patience_s=5).signing(lambda *_: "t")) as patient,
    ):
        assert patient.person("alice").post("/things", {}, "k") == {"done": True}

    assert [one.headers["idempotency-key"] for one in server.asked] == ["k", "k"]


def test_patience_outlasts_a_restart_and_says_so_once() -> None:
    """Several threads wait; one line is told."""
    port, told = free_port(), list[str]()
    with (
        closing(Stack(f"http://127.0.0.1:{port}", patience_s=20, tell=told.append)) as stack,
        ThreadPoolExecutor() as pool,
    ):
        waiting = [pool.submit(stack.local) for _ in range(4)]
        eventually(lambda: bool(told))
        with Server(*[json_answer({"data_dir": "x"})] * 4, port=port).running:
            found = [one.result() for one in waiting]

    assert found == [{"data_dir": "x"}] * 4
    assert told == [f"Nobody answers at http://127.0.0.1:{port}; trying for 20 s …"]
