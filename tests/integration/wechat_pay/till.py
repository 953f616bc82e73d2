"""A merchant's till for the sandbox's tests: the real SDK on one side, a callback receiver on the other."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import requests
from wechatpayv3 import WeChatPay, WeChatPayType

from infra.local.loopback import Answer, Request
from infra.local.wechat_pay.keys import Keys
from infra.local.wechat_pay.server import WeChatPaySandbox

START = datetime(2025, 3, 1, 4, 0, tzinfo=UTC)
NUMBER = "ord_0001"
SHOP = "1900000109"


def client(url: str, keys: Keys, *, partner: bool = False) -> Any:
    """The SDK as orders uses it, pointed at the sandbox."""
    sdk = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=keys.mchid,
        private_key=keys.merchant_private_key_pem,
        cert_serial_no=keys.merchant_serial_no,
        appid=keys.appid,
        apiv3_key=keys.apiv3_key,
        public_key=keys.platform_public_key_pem,
        public_key_id=keys.public_key_id,
        partner_mode=partner,
        timeout=30,
    )
    sdk._core._gate_way = url
    return sdk


@dataclass
class Merchant:
    """Receives callbacks; answers each with the next of `answers`, then with 204."""

    answers: list[int] = field(default_factory=list)
    delay_s: float = 0.0
    received: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Answer:
        with self.lock:
            self.received.append(request)
            status = self.answers.pop(0) if self.answers else 204
        time.sleep(self.delay_s)
        return Answer(status)

    def opened(self, sdk: Any, place: int = 0) -> Any:
        """What the SDK makes of a callback: its content, or None when the signature is wrong."""
        request = self.received[place]
        return sdk.callback(headers=request.headers, body=request.body)


def tell(url: str, body: object = None) -> Any:
    """Speak to the sandbox as the tester does: GET, or POST with a body."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(HttpRequest(url, data, {"Content-Type": "application/json"}), timeout=30) as answer:
        return json.load(answer)


def eventually(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def answered(answer: tuple[int, Any]) -> tuple[int, Any]:
    """The SDK's answer with its JSON read."""
    code, text = answer
    return code, json.loads(text) if text else None


def refusal(answer: tuple[int, Any]) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer[0], answer[1]["code"]


def told(url: str, body: object) -> tuple[int, str]:
    """Status and code of the refusal that the tester is given."""
    answer = requests.post(url, json=body, timeout=30)
    return answer.status_code, answer.json()["code"]


class Till:
    """A merchant's till: a sandbox, an SDK and a callback receiver on loopback, with a clock of its own."""

    def __init__(self, sandbox: WeChatPaySandbox, merchant: Merchant, notify_url: str, clock: list[datetime]) -> None:
        self.sandbox, self.merchant, self.notify_url, self.clock = sandbox, merchant, notify_url, clock
        self.sdk = client(sandbox.url, sandbox.keys)
        self.partner = client(sandbox.url, sandbox.keys, partner=True)

    def ask(self, number: str = NUMBER, *, sdk: Any = None, **changes: Any) -> tuple[int, Any]:
        asked = {
            "description": "桂花茶 一罐",
            "out_trade_no": number,
            "amount": {"total": 1000},
            "notify_url": self.notify_url,
            **changes,
        }
        return answered((sdk or self.sdk).pay(**asked))

    def press(self, number: str = NUMBER, **action: Any) -> Any:
        return tell(f"{self.sandbox.url}/sandbox/payments/{number}", {"action": "pay", **action})

    def look(self, number: str = NUMBER) -> Any:
        return tell(f"{self.sandbox.url}/sandbox/payments/{number}")

    def arm(self, **behaviour: Any) -> Any:
        return tell(f"{self.sandbox.url}/sandbox/behaviour", behaviour)

    def told(self, number: str, **action: Any) -> tuple[int, str]:
        return told(f"{self.sandbox.url}/sandbox/payments/{number}", {"action": "pay", **action})

    def refund(self, number: str, fen: int, total: int = 1000, *, sdk: Any = None, **changes: Any) -> tuple[int, Any]:
        asked = {
            "out_refund_no": number,
            "out_trade_no": NUMBER,
            "amount": {"refund": fen, "total": total, "currency": "CNY"},
            "notify_url": self.notify_url,
            **changes,
        }
        return answered((sdk or self.sdk).refund(**asked))

    def refund_is(self, number: str, status: str) -> bool:
        return eventually(lambda: answered(self.sdk.query_refund(number))[1]["status"] == status)

    def called(self, times: int) -> bool:
        """True when exactly so many callbacks came, with a moment for one too many."""
        arrived = eventually(lambda: len(self.merchant.received) >= times)
        time.sleep(0.05)
        return arrived and len(self.merchant.received) == times
