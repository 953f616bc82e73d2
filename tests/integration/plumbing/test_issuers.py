"""Issuers whose keys are fetched: rotation needs no deployment, and an outage is no refusal (X1)."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest

from infra.local.child import free_port
from services.shared.plumbing import auth
from services.shared.plumbing.auth import Principal, principal_of
from services.shared.plumbing.problems import TooBusy, Unauthenticated
from tests.tokens import AUDIENCE, PEOPLE, PLATFORM, key_of, signed, trusted


class Issuer:
    """A server of public keys. ``names`` are those whose keys it shows, ``asked`` how often it was asked."""

    def __init__(self) -> None:
        self.names, self.asked = [PEOPLE], 0

    def document(self) -> bytes:
        shown = {one["issuer"]: one["jwks"]["keys"][0] for one in json.loads(trusted())}
        self.asked += 1
        return json.dumps({"keys": [shown[name] for name in self.names]}).encode()


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """An issuer that is trusted by its URL."""
    served = Issuer()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.document()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    trust(monkeypatch, f"http://127.0.0.1:{server.server_address[1]}/jwks.json")
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def trust(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Trust the people's issuer by this URL alone."""
    setting = [{"issuer": PEOPLE, "audience": AUDIENCE, "jwks_url": url}]
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUERS", json.dumps(setting))
    auth._remote.cache_clear()


def test_keys_are_fetched_once(issuer: Issuer) -> None:
    """And kept."""
    for _ in range(3):
        assert principal_of(f"Bearer {signed(PEOPLE)}") == Principal("person:anna")

    assert issuer.asked == 1


def after(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let so much time pass for whatever keeps keys."""
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + seconds)


def test_a_new_key_is_fetched_when_a_token_names_it(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute after the last look, so that made-up key ids do not hammer the issuer."""
    rotated = jwt.encode(
        jwt.decode(signed(PEOPLE), options={"verify_signature": False}),
        key_of(PLATFORM),
        algorithm="ES256",
        headers={"kid": PLATFORM},
    )
    principal_of(f"Bearer {signed(PEOPLE)}")
    issuer.names.append(PLATFORM)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            principal_of(f"Bearer {rotated}")
    assert issuer.asked == 1

    after(monkeypatch, 31)

    assert principal_of(f"Bearer {rotated}") == Principal("person:anna")
    assert issuer.asked == 2


def test_a_withdrawn_key_is_not_believed_for_long(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes at most, however often it was used."""
    principal_of(f"Bearer {signed(PEOPLE)}")
    issuer.names = [PLATFORM]

    after(monkeypatch, 301)

    with pytest.raises(Unauthenticated):
        principal_of(f"Bearer {signed(PEOPLE)}")


def test_an_issuer_that_does_not_answer_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """503: the token may be good, so the client keeps it and comes again."""
    trust(monkeypatch, f"http://127.0.0.1:{free_port()}/jwks.json")

    with pytest.raises(TooBusy):
        principal_of(f"Bearer {signed(PEOPLE)}")
