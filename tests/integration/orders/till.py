"""WeChat's side of a shop's till: the buyer's phone, and the letters that WeChat writes to orders."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import requests

from infra.local.loopback import Answer, Request
from infra.local.wechat_pay.keys import Keys
from infra.local.wechat_pay.signing import seal, sign
from services.orders import app as orders
from tests.integration.http import Client, Reply


class Letter(NamedTuple):
    """A notification as it comes over the wire."""

    headers: Mapping[str, str]
    body: bytes

    def bring(self) -> Reply:
        """Hand it to orders."""
        return Client(orders.app).send("POST", "/v1/payments/wechat/notifications", self.body, "", self.headers)


class Letterbox:
    """Where WeChat's notifications arrive: handed to orders at once, or kept for the test to bring as it likes."""

    def __init__(self) -> None:
        self.keeping = False
        self._kept: list[Letter] = []
        self._arrival = threading.Condition()

    def __call__(self, request: Request) -> Answer:
        letter = Letter(request.headers, request.body)
        if not self.keeping:
            return Answer(letter.bring().status)
        with self._arrival:
            self._kept.append(letter)
            self._arrival.notify_all()
        return Answer(200)

    def empty(self, *, keep: bool) -> None:
        """Forget what was kept; from now on keep, or hand over at once."""
        with self._arrival:
            self.keeping = keep
            self._kept.clear()

    def take(self, count: int = 1) -> list[Letter]:
        """Wait for so many letters, and take them out."""
        with self._arrival:
            assert self._arrival.wait_for(lambda: len(self._kept) >= count, timeout=5), f"only {len(self._kept)} came"
            taken, self._kept[:count] = self._kept[:count], []
        return taken


class Till:
    """WeChat Pay as one shop meets it."""

    def __init__(self, url: str, keys: Keys, letterbox: Letterbox) -> None:
        self.url, self.keys, self.letterbox = url, keys, letterbox

    def phone(self, out_trade_no: str, **action: Any) -> dict[str, Any]:
        """What the buyer does on the phone (default: pay); returns the payment as WeChat has it then."""
        body = {"action": "pay"} | action
        answer = requests.post(f"{self.url}/sandbox/payments/{out_trade_no}", json=body, timeout=10)
        assert answer.ok, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def shown(self, out_trade_no: str) -> dict[str, Any]:
        """The payment as WeChat has it, with its refunds and callbacks."""
        told: dict[str, Any] = requests.get(f"{self.url}/sandbox/payments/{out_trade_no}", timeout=10).json()
        return told

    def arm(self, **behaviour: int) -> None:
        """Let the next so many occasions go wrong."""
        requests.post(f"{self.url}/sandbox/behaviour", json=behaviour, timeout=10).raise_for_status()

    def disarm(self) -> None:
        """Nothing goes wrong any more."""
        self.arm(**dict.fromkeys(requests.get(f"{self.url}/sandbox/behaviour", timeout=10).json(), 0))

    def paid_letter(self, out_trade_no: str, *, forged: bool = False, **changes: Any) -> Letter:
        """The letter that this payment succeeded, as WeChat would write it, with these fields changed."""
        told = self.shown(out_trade_no) | changes
        return self.letter("TRANSACTION.SUCCESS", "transaction", told, forged=forged)

    def letter(self, event_type: str, kind: str, resource: Mapping[str, Any], *, forged: bool = False) -> Letter:
        """Any letter, sealed and signed; a forged one is signed over something else."""
        sealed = seal(json.dumps(resource).encode(), kind, self.keys.apiv3_key)
        envelope = {"id": "letter", "event_type": event_type, "resource_type": "encrypt-resource", "resource": sealed}
        body = json.dumps(envelope).encode()
        return Letter(sign(body, self.keys, time.time(), forged=forged), body)


def eventually(read: Callable[[], Any], wanted: Any) -> None:
    """Wait until what WeChat calls back about has arrived."""
    deadline = time.monotonic() + 5
    while read() != wanted:
        assert time.monotonic() < deadline, read()
        time.sleep(0.01)
