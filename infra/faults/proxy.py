"""The proxy as a test sees it, and what it does with a call."""

import threading
import time
from collections import Counter
from collections.abc import Collection
from io import BufferedIOBase
from typing import Any, Self

from infra.faults.batch import leave_over, split
from infra.faults.call import Call
from infra.faults.fault import REFUSALS, Fault
from infra.faults.message import Message, request
from infra.faults.script import Action, CallPoint, ConnectionDropped, Fate, Script, When
from infra.faults.server import Server, exchange
from infra.faults.stale import Past


class FaultsProxy:
    """A proxy on 127.0.0.1, harmless until faults are planned. ``url`` is what clients use as the engine's.

    Every decision is drawn from ``seed``: the same calls in the same order meet the same faults.
    """

    def __init__(self, engine_url: str, seed: int, port: int = 0) -> None:
        self._script = Script(seed)
        self._errors: list[BaseException] = []
        self._server = Server(port, engine_url, self._answer, self._errors.append)
        self._past = Past(self._ask)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="faults-proxy")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()
        self._raise_errors()

    @property
    def calls(self) -> list[Call]:
        """The calls since it was cleared, in the order of arrival."""
        return list(self._script.calls)

    @property
    def fired(self) -> Counter[str]:
        """How often each kind of fault has happened since it was cleared."""
        return self._script.fired

    @property
    def harmless(self) -> bool:
        """Nothing is planned: every call is passed on as it is."""
        return self._script.harmless

    def answer(self, asked: Message) -> Message:
        """What a client gets for this request, without the way there and back: for a client in this process.

        Raises ConnectionDropped when that was planned, EOFError or OSError when the engine is gone.
        """
        with self._server.lent() as engine:
            return self._answer(asked, engine)

    def plan(self, *faults: Fault) -> None:
        """Let these faults befall the calls to come, beside those planned before."""
        self._script.plan(faults)

    def at_call(self, number: int, when: When, action: Action, operations: Collection[str] | None = None) -> CallPoint:
        """Act once, just before or just after the ``number``-th call to come (of ``operations``).

        ``action`` is called with the Call, and the call waits for it; it may raise ConnectionDropped. "drop" just does
        that: before, the engine never sees the call, after, only the answer is lost. "crash" drops all later calls as
        well, like a process that has died.
        """
        point = CallPoint(number, when, action, operations)
        self._script.add(point)
        return point

    def clear(self, seed: int | None = None) -> None:
        """No faults, no points, no record; the next call is number 1. Raises what an action has raised."""
        self._script.forget(self._script.seed if seed is None else seed)
        self._past.forget()
        self._raise_errors()

    def _raise_errors(self) -> None:
        errors = self._errors[:]
        self._errors.clear()
        if errors:
            raise errors[0]

    def _ask(self, operation: str, body: Any) -> Any:
        with self._server.engine() as engine:
            return exchange(engine, request(operation, body)).json()

    def _answer(self, asked: Message, engine: BufferedIOBase) -> Message:
        """What the client gets for its request. Raises ConnectionDropped."""
        target = asked.headers.get(b"x-amz-target", b"").decode()
        if not target.startswith("DynamoDB_"):  # streams and health checks pass untouched
            return exchange(engine, asked)
        fate = self._script.admit(target.partition(".")[2], asked.json())
        self._script.act(fate, "before")
        answer = self._suffer(fate, asked, engine)
        self._script.act(fate, "after")
        if answer is None:
            raise ConnectionDropped
        return answer

    def _suffer(self, fate: Fate, asked: Message, engine: BufferedIOBase) -> Message | None:
        """The answer after all faults; None when it gets lost."""
        call, left_over = fate.call, None
        time.sleep(sum(hit.dice.uniform(*hit.fault.delay_s) for hit in fate.hits if hit.fault.kind == "latency"))
        if hit := fate.hit_by(*REFUSALS):
            return hit.fault.answer(call, hit.dice)
        if hit := fate.hit_by("unprocessed"):
            call, left_over = split(call, hit.dice)
            asked = asked.with_json(call.body)
        answer = self._forward(call, asked, engine)
        if hit := fate.hit_by("lose_answer"):
            return hit.fault.answer(call, hit.dice)
        if left_over is not None:
            return leave_over(call, answer, left_over)
        if (hit := fate.hit_by("stale_index")) and answer.succeeded:
            return answer.with_json(self._past.undo(call, answer.json(), hit.fault.lag_s))
        return answer

    def _forward(self, call: Call, asked: Message, engine: BufferedIOBase) -> Message:
        keep_s = self._script.lag_s()
        before = self._past.before(call) if keep_s else []
        answer = exchange(engine, asked)
        if answer.succeeded:
            self._past.remember(before, keep_s)
        return answer
