"""Does what is due: sends callbacks, on WeChat's schedule until they are accepted, and finishes refunds.

A few workers share one agenda in the store, so that duplicates really race each other at the merchant. A task leaves
the agenda only in the transaction that records its outcome: killed in between, it is done again after the restart.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import traceback
from urllib.parse import urlsplit

from infra.local.loopback import log
from infra.local.wechat_pay.agenda import Task
from infra.local.wechat_pay.callback import ANSWER_WITHIN_S, SUMMARIES, Attempt, Callback
from infra.local.wechat_pay.moment import rfc3339
from infra.local.wechat_pay.refunds import finish_refund
from infra.local.wechat_pay.sandbox import Sandbox
from infra.local.wechat_pay.signing import seal, sign
from infra.local.wechat_pay.store import Store

WORKERS = 8
AFTER_A_FAULT_S = 5.0


class Courier:
    """`start(sandbox)` starts the workers; `stop()` ends them after what each has in hand."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._agenda = threading.Condition()
        self._attempted = threading.Condition()
        self._in_hand: set[int] = set()
        self._stopping = False
        self._workers: list[threading.Thread] = []

    def start(self, sandbox: Sandbox) -> None:
        self._workers = [threading.Thread(target=self._work, args=(sandbox,), daemon=True) for _ in range(WORKERS)]
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        with self._agenda:
            self._stopping = True
            self._agenda.notify_all()
        for worker in self._workers:
            worker.join()

    def wake(self) -> None:
        """Call after adding a task: a worker looks at the agenda again."""
        with self._agenda:
            self._agenda.notify()

    def wait_for_attempt(self, callback_ids: list[int]) -> None:
        """Return when each callback was tried once, or when a merchant's time to answer is over."""
        with self._attempted:
            self._attempted.wait_for(lambda: all(map(self._was_tried, callback_ids)), ANSWER_WITHIN_S)

    def _was_tried(self, callback_id: int) -> bool:
        with self._store.transaction():
            return bool(self._store.agenda.callback(callback_id).attempts)

    def _work(self, sandbox: Sandbox) -> None:
        while (task := self._next()) is not None:
            try:
                _do(sandbox, task)
            except Exception:  # noqa: BLE001 - the edge: the fault is logged, the task put off, the agenda goes on
                log("fault", verb=task.verb, traceback=traceback.format_exc())
                with self._store.transaction():
                    self._store.agenda.move_task(task.id, time.time() + AFTER_A_FAULT_S)
            with self._agenda:
                self._in_hand.discard(task.id)
            with self._attempted:
                self._attempted.notify_all()

    def _next(self) -> Task | None:
        """Wait for a task that is due and that no other worker has in hand; None when stopping."""
        with self._agenda:
            while not self._stopping:
                with self._store.transaction():
                    task = self._store.agenda.next_task(excluding=self._in_hand)
                wait_s = None if task is None else task.due - time.time()
                if task is not None and wait_s is not None and wait_s <= 0:
                    self._in_hand.add(task.id)
                    self._agenda.notify()  # there may be more that is due
                    return task
                self._agenda.wait(wait_s)
            return None


def _do(sandbox: Sandbox, task: Task) -> None:
    match task.verb:
        case "call_back":
            _call_back(sandbox, task)
        case "finish_refund":
            finish_refund(sandbox, task.id, str(task.subject))


def _call_back(sandbox: Sandbox, task: Task) -> None:
    callback_id = int(task.subject)
    with sandbox.store.transaction():
        callback = sandbox.store.agenda.callback(callback_id)
        lost = sandbox.store.armed.use("lose_callbacks")
    attempt = Attempt(sandbox.now(), failure="lost") if lost else _send(sandbox, callback)
    tried = callback.after(attempt)
    wait_s = tried.wait_s(sandbox.options.callback_speed)
    with sandbox.store.transaction():
        sandbox.store.agenda.put_callback(callback_id, tried)
        sandbox.store.agenda.move_task(task.id, None if wait_s is None else time.time() + wait_s)
    log(
        "callback",
        event_type=callback.event_type,
        out_trade_no=callback.out_trade_no,
        attempt=len(tried.attempts),
        status=attempt.status,
        failure=attempt.failure,
        next_in_s=wait_s,
    )


def _send(sandbox: Sandbox, callback: Callback) -> Attempt:
    """One attempt. It is sealed and signed anew each time, as WeChat does."""
    body = _body(sandbox, callback)
    signature = sign(body, sandbox.keys, time.time(), forged=callback.bad_signature)
    headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0", **signature}
    at = sandbox.now()
    target = urlsplit(callback.notify_url)
    connection = http.client.HTTPConnection(target.netloc, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("POST", target.path or "/", body, headers)
        return Attempt(at, status=connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return Attempt(at, failure=type(error).__name__)
    finally:
        connection.close()


def _body(sandbox: Sandbox, callback: Callback) -> bytes:
    plaintext = json.dumps(callback.resource, ensure_ascii=False).encode()
    envelope = {
        "id": callback.notification_id,
        "create_time": rfc3339(callback.created_at),
        "resource_type": "encrypt-resource",
        "event_type": callback.event_type,
        "summary": SUMMARIES[callback.event_type],
        "resource": seal(plaintext, callback.kind, sandbox.keys.apiv3_key),
    }
    return json.dumps(envelope, ensure_ascii=False).encode()
