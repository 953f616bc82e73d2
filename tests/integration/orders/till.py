"""WeChat's side of a shop's till: the buyer's phone, and the letters that WeChat writes to orders."""

import http.client
import json
import os
import re
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from infra.local.loopback import Answer, Request
from infra.local.wechat_pay.keys import Keys
from infra.local.wechat_pay.signing import seal, sign
from services.orders import app as orders
from services.shared.plumbing.ids import made_at
from tests.integration.http import Client, Reply

SUB_MCHID = "1900000109"  # the shop's number under ours, in partner mode


class Letter(NamedTuple):
    """A notification as it comes over the wire."""

    headers: Mapping[str, str]
    body: bytes

    def bring(self) -> Reply:
        """Hand it to orders."""
        return Client(orders.app).send("POST", "/v1/payments/wechat/notifications", self.body, "", self.headers)

    def open(self, apiv3_key: str) -> dict[str, Any]:
        """What it says."""
        sealed = json.loads(self.body)["resource"]
        nonce, added = sealed["nonce"].encode(), sealed["associated_data"].encode()
        opened: dict[str, Any] = json.loads(
            AESGCM(apiv3_key.encode()).decrypt(nonce, b64decode(sealed["ciphertext"]), added)
        )
        return opened


class Letterbox:
    """Where WeChat's notifications arrive: handed to orders at once, or kept for the test to bring as it likes.

    A letter about a payment of an earlier test, which WeChat repeats until it is accepted, is taken and forgotten: it
    would come in the middle of this one.
    """

    def __init__(self) -> None:
        self.keeping = False
        self.apiv3_key = ""
        self._since = datetime.now(UTC)
        self._kept: list[Letter] = []
        self._on_their_way = 0
        self._arrival = threading.Condition()

    def __call__(self, request: Request) -> Answer:
        letter = Letter(request.headers, request.body)
        made = made_at(letter.open(self.apiv3_key)["out_trade_no"])
        with self._arrival:
            if made < self._since:
                return Answer(200)
            if self.keeping:
                self._kept.append(letter)
                self._arrival.notify_all()
                return Answer(200)
            self._on_their_way += 1
        try:
            return Answer(letter.bring().status)
        finally:
            with self._arrival:
                self._on_their_way -= 1
                self._arrival.notify_all()

    def empty(self, *, keep: bool) -> None:
        """Forget what was kept, once nothing is being handed over; from now on keep, or hand over at once."""
        with self._arrival:
            self.keeping, self._since = keep, datetime.now(UTC)
            self._kept.clear()
            assert self._arrival.wait_for(lambda: not self._on_their_way, timeout=30), "a letter was not answered"

    def take(self, count: int = 1) -> list[Letter]:
        """Wait for so many letters, and take them out."""
        with self._arrival:
            assert self._arrival.wait_for(lambda: len(self._kept) >= count, timeout=30), f"only {len(self._kept)} came"
            taken, self._kept[:count] = self._kept[:count], []
        return taken


class Gate:
    """On the way from orders to WeChat: lets everything through, and a test act just before it does."""

    def __init__(self, url: str) -> None:
        self._host = url.removeprefix("http://")
        self._rivals: list[tuple[str, Callable[[], object]]] = []

    def __call__(self, request: Request) -> Answer:
        asked = f"{request.method} {request.target}"
        for rival in [one for one in self._rivals if re.search(one[0], asked)]:
            self._rivals.remove(rival)
            rival[1]()
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            connection.request(request.method, request.target, request.body, dict(request.headers))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.headers.items() if name.startswith("Wechatpay-")}
            return Answer(answer.status, answer.read(), answer.headers.get("Content-Type", ""), headers)
        finally:
            connection.close()

    def before(self, asked: str, act: Callable[[], object]) -> None:
        """Act once, just before the next request like this (a pattern over method and path) reaches WeChat."""
        self._rivals.append((asked, act))

    def clear(self) -> None:
        """Nothing stands in the way any more. Fails the test when something never came to pass."""
        left, self._rivals = self._rivals, []
        assert not left, left


class Till:
    """WeChat Pay as one shop meets it."""

    def __init__(self, url: str, keys: Keys, letterbox: Letterbox, gate: Gate, settings: dict[str, str]) -> None:
        self.url, self.keys, self.letterbox, self.gate, self.settings = url, keys, letterbox, gate, settings

    def phone(self, out_trade_no: str, **action: Any) -> dict[str, Any]:
        """What the buyer does on the phone (default: pay); returns the payment as WeChat has it then."""
        body = {"action": "pay"} | action
        answer = requests.post(f"{self.url}/sandbox/payments/{out_trade_no}", json=body, timeout=60)
        assert answer.ok, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def shown(self, out_trade_no: str) -> dict[str, Any]:
        """The payment as WeChat has it, with its refunds and callbacks."""
        told: dict[str, Any] = requests.get(f"{self.url}/sandbox/payments/{out_trade_no}", timeout=60).json()
        return told

    def arm(self, **behaviour: int) -> None:
        """Let the next so many occasions go wrong."""
        requests.post(f"{self.url}/sandbox/behaviour", json=behaviour, timeout=60).raise_for_status()

    def armed(self) -> dict[str, int]:
        """What is still to go wrong."""
        left: dict[str, int] = requests.get(f"{self.url}/sandbox/behaviour", timeout=60).json()
        return left

    def disarm(self) -> None:
        """Nothing goes wrong any more."""
        self.arm(**dict.fromkeys(self.armed(), 0))

    def check_merchant_signature(self, signature: str, message: str) -> None:
        """Raises InvalidSignature unless the merchant's key signed this."""
        self.keys.merchant_public_key.verify(b64decode(signature), message.encode(), PKCS1v15(), SHA256())

    def paid_letter(self, out_trade_no: str, *, forged: bool = False, **changes: Any) -> Letter:
        """The letter that this payment succeeded, as WeChat would write it, with these fields changed."""
        told = self.shown(out_trade_no) | changes
        return self.letter("TRANSACTION.SUCCESS", "transaction", told, forged=forged)

    def refunded_letter(self, out_trade_no: str) -> Letter:
        """The letter that this payment's refund succeeded, once it has."""
        eventually(lambda: [one["status"] for one in self.shown(out_trade_no)["refunds"]], ["SUCCESS"])
        (refund,) = self.shown(out_trade_no)["refunds"]
        told = refund | {"out_trade_no": out_trade_no, "refund_status": "SUCCESS"}
        return self.letter("REFUND.SUCCESS", "refund", told)

    def refunded_letters(self, out_trade_no: str) -> list[Letter]:
        """The letters of all of this payment's refunds, once none is on its way."""
        eventually(lambda: "PROCESSING" in [one["status"] for one in self.shown(out_trade_no)["refunds"]], False)
        done = [one for one in self.shown(out_trade_no)["refunds"] if one["status"] == "SUCCESS"]
        told = [one | {"out_trade_no": out_trade_no, "refund_status": "SUCCESS"} for one in done]
        return [self.letter("REFUND.SUCCESS", "refund", one) for one in told]

    def merchant(self) -> dict[str, str]:
        """Whom a letter is about: us, and in partner mode the shop under us."""
        if os.environ.get("WECHAT_PAY_MODE") == "partner":
            return {"sp_mchid": self.keys.mchid, "sp_appid": self.keys.appid, "sub_mchid": SUB_MCHID}
        return {"mchid": self.keys.mchid, "appid": self.keys.appid}

    def letter(
        self,
        event_type: str,
        kind: str,
        resource: Mapping[str, Any],
        *,
        forged: bool = False,
        ids: Mapping[str, str] | None = None,
    ) -> Letter:
        """Any letter, sealed and signed; a forged one is signed over something else. ``ids``: about whom, if not us."""
        told = dict(self.merchant() if ids is None else ids) | dict(resource)
        return self._sealed(event_type, kind, told, self.keys.apiv3_key, forged=forged)

    def sealed_for_another(self, out_trade_no: str) -> Letter:
        """A letter that WeChat signed, and that our key does not open."""
        return self._sealed("TRANSACTION.SUCCESS", "transaction", self.shown(out_trade_no), "x" * 32)

    def _sealed(
        self, event_type: str, kind: str, resource: Mapping[str, Any], key: str, *, forged: bool = False
    ) -> Letter:
        sealed = seal(json.dumps(resource).encode(), kind, key)
        envelope = {"id": "letter", "event_type": event_type, "resource_type": "encrypt-resource", "resource": sealed}
        body = json.dumps(envelope).encode()
        return Letter(sign(body, self.keys, time.time(), forged=forged), body)


def eventually(read: Callable[[], Any], wanted: Any) -> None:
    """Wait until what WeChat calls back about has arrived."""
    deadline = time.monotonic() + 30
    while read() != wanted:
        assert time.monotonic() < deadline, read()
        time.sleep(0.01)
