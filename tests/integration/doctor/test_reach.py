"""Whether WeChat would reach the services is seen from their answers."""

import json

import pytest

from infra.doctor.reach import _healthy, _hears, _reaches, ask
from infra.local.loopback import Answer, LoopbackServer, Request


def _says(status: int, body: object) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def _well(request: Request) -> Answer:
    if request.method == "POST":
        return _says(401, {"type": "https://xiaodian.example/problems/bad-notification"})
    return _says(200, {"status": "ok", "service": "orders"})


def test_services_that_answer_are_left_alone() -> None:
    """Health by name; a notification that nobody signed is refused by orders itself."""
    with LoopbackServer(_well) as server:
        assert list(_healthy(server.url, "orders")) == []
        assert list(_hears(server.url)) == []
        assert list(_reaches(server.url)) == []


@pytest.mark.parametrize(
    "answer",
    [
        _says(200, {"service": "catalog"}),
        _says(200, b"<html>"),
        _says(200, []),
        _says(502, {"service": "orders"}),
        None,
    ],
    ids=["another service", "a page", "a list", "a failure", "nothing"],
)
def test_whatever_is_not_the_service_is_said(answer: Answer | None) -> None:
    """A parked domain answers 200 as well."""
    with LoopbackServer(lambda _: answer) as server:
        (found,) = _healthy(server.url, "orders")

    assert (found.level, found.about) == ("error", f"{server.url}/orders/health")


@pytest.mark.parametrize("status", [200, 403, 404, 405, 502])
def test_a_door_that_something_else_guards_is_said(status: int) -> None:
    """A firewall's 403, a gateway without the route, somebody who swallows it."""
    with LoopbackServer(lambda _: _says(status, {"message": "Forbidden"})) as server:
        (found,) = _hears(server.url)

    assert found.level == "error"
    assert f"payment notifications do not arrive: {status}" in found.what


def test_wechat_out_of_reach_is_a_warning() -> None:
    """It is asked from here, and functions may have another way."""
    with LoopbackServer(lambda _: None) as server:
        (found,) = _reaches(server.url)

    assert found.level == "warning"


def test_only_the_web_is_asked() -> None:
    """A URL comes out of a parameter: it may not name a file of this machine."""
    assert ask("file:///etc/passwd") == (0, "it is no URL of the web")
