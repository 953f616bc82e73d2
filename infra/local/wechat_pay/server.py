"""The sandbox's doors: `/v3/…` for the merchant, signed both ways, and `/sandbox…` for whoever plays the buyer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from infra.local.loopback import Answer, LoopbackServer, Request, log
from infra.local.wechat_pay.courier import Courier
from infra.local.wechat_pay.doors import MERCHANT_DOORS, TESTER_DOORS, open_door
from infra.local.wechat_pay.keys import FOLDER, Keys, ensure_keys
from infra.local.wechat_pay.refusal import Refusal
from infra.local.wechat_pay.sandbox import Options, Sandbox
from infra.local.wechat_pay.signing import check_request, sign
from infra.local.wechat_pay.store import Store


def _for_merchant(sandbox: Sandbox, request: Request) -> Answer | None:
    """Check the request, do it, sign the answer; misbehave where armed. None loses an answer after the deed."""
    try:
        check_request(request, sandbox.keys, time.time())
        if sandbox.misbehaves("system_errors"):
            raise Refusal(500, "SYSTEM_ERROR", "系统异常 请稍后重试")
        answer = open_door(MERCHANT_DOORS, sandbox, request)
        if sandbox.misbehaves("lose_answers"):
            return None
        forged = sandbox.misbehaves("forge_answers")
    except Refusal as refusal:
        answer, forged = refusal.answer(), False
    headers = {**answer.headers, **sign(answer.body, sandbox.keys, time.time(), forged=forged)}
    return Answer(answer.status, answer.body, answer.content_type, headers)


def _for_tester(sandbox: Sandbox, request: Request) -> Answer:
    try:
        return open_door(TESTER_DOORS, sandbox, request)
    except Refusal as refusal:
        return refusal.answer()


class WeChatPaySandbox:
    """`with WeChatPaySandbox(options, now) as running:` serves on `running.url` with `running.keys`.

    What was due when the last one ended, however it ended, is taken up again. Raises OSError when the port is taken,
    ValueError when a key file is damaged, sqlite3.DatabaseError when the state is.
    """

    def __init__(self, options: Options, now: Callable[[], datetime]) -> None:
        self.keys: Keys = ensure_keys(options.data_dir)
        with ExitStack() as undo:
            store = Store(options.data_dir / FOLDER / "state.sqlite")
            undo.callback(store.close)
            self._server = LoopbackServer(self._answer, options.port)
            self._courier = Courier(store)
            self._sandbox = Sandbox(
                keys=self.keys,
                store=store,
                options=options,
                now=now,
                url=self._server.url,
                wake=self._courier.wake,
                wait_for_attempt=self._courier.wait_for_attempt,
            )
            undo.pop_all()

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> WeChatPaySandbox:
        self._courier.start(self._sandbox)
        self._server.__enter__()
        log("listening", server="wechat-pay", url=self.url)
        return self

    def __exit__(self, *error: Any) -> None:
        self._server.__exit__(*error)
        self._courier.stop()
        self._sandbox.store.close()

    def _answer(self, request: Request) -> Answer | None:
        if request.path.startswith("/v3/"):
            return _for_merchant(self._sandbox, request)
        return _for_tester(self._sandbox, request)
