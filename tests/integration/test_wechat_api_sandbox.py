"""The local WeChat API answers logins and access tokens as the real one does."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from infra.local import wechat_api
from infra.local.wechat_api import WeChatApiSandbox, ensure_app
from infra.local.wechat_pay.keys import ensure_keys

Call = Callable[..., Any]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[WeChatApiSandbox]:
    """On a data folder of its own."""
    with WeChatApiSandbox(tmp_path) as running:
        yield running


def get(sandbox: WeChatApiSandbox, path: str, **query: str) -> Any:
    """GET with the app's own id and secret unless told otherwise."""
    credentials = {"appid": sandbox.app.appid, "secret": sandbox.app.secret}
    with urlopen(f"{sandbox.url}{path}?{urlencode({**credentials, **query})}", timeout=30) as answer:
        assert answer.status == 200
        return json.load(answer)


def log_in(sandbox: WeChatApiSandbox, code: str, **query: str) -> Any:
    """What a server does with the code of `wx.login`."""
    asked = {"js_code": code, "grant_type": "authorization_code", **query}
    return get(sandbox, "/sns/jscode2session", **asked)


def stable_token(sandbox: WeChatApiSandbox, **changes: Any) -> Any:
    """POST for a stable token."""
    asked = {"grant_type": "client_credential", "appid": sandbox.app.appid, "secret": sandbox.app.secret, **changes}
    return post(sandbox, json.dumps(asked).encode())


def post(sandbox: WeChatApiSandbox, body: bytes) -> Any:
    """POST whatever body."""
    with urlopen(Request(f"{sandbox.url}/cgi-bin/stable_token", body), timeout=30) as answer:
        return json.load(answer)


def test_a_code_names_its_person(sandbox: WeChatApiSandbox) -> None:
    """Up to its first dot, always the same openid; each login has a session key of its own."""
    first, again, other = (log_in(sandbox, code) for code in ("code-alice", "code-alice.2", "code-bob"))

    assert set(first) == {"openid", "session_key"}
    assert (len(first["openid"]), first["openid"][0], len(first["session_key"])) == (28, "o", 24)
    assert first["openid"] == again["openid"] != other["openid"]
    assert first["session_key"] != again["session_key"]


def test_openid_belongs_to_the_app_and_unionid_to_the_person(tmp_path: Path) -> None:
    """Two apps see two openids and one unionid of one person."""
    with (
        WeChatApiSandbox(tmp_path / "one", unionid=True) as one,
        WeChatApiSandbox(tmp_path / "two", unionid=True) as two,
    ):
        here, there = log_in(one, "code-alice"), log_in(two, "code-alice")

    assert here["openid"] != there["openid"]
    assert here["unionid"] == there["unionid"]


def test_a_code_works_once(sandbox: WeChatApiSandbox, tmp_path: Path) -> None:
    """However many ask with it at once, and after a restart."""
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: log_in(sandbox, "code-alice"), range(10)))
    with WeChatApiSandbox(tmp_path) as restarted:
        late = log_in(restarted, "code-alice")

    assert sorted(answer.get("errcode", 0) for answer in answers) == [0] + [40163] * 9
    assert late["errcode"] == 40163
    assert late["errmsg"].startswith("code been used rid: ")


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"code": "invalid-code"}, 40029),
        ({"code": ""}, 41008),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": "0" * 32}, 40125),
        ({"secret": ""}, 41004),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
def test_a_wrong_login_is_told_why(sandbox: WeChatApiSandbox, changes: dict[str, str], errcode: int) -> None:
    """HTTP 200 with an errcode; the code is not used up by it."""
    answer = log_in(sandbox, **{"code": "code-alice", **changes})

    assert answer["errcode"] == errcode
    assert " rid: " in answer["errmsg"]
    assert "openid" in log_in(sandbox, "code-alice")


def test_tokens(sandbox: WeChatApiSandbox) -> None:
    """The plain one is new each time; the stable one stays, also when forced again within half a minute."""
    plain = [get(sandbox, "/cgi-bin/token", grant_type="client_credential") for _ in range(2)]
    stable = [stable_token(sandbox), stable_token(sandbox), stable_token(sandbox, force_refresh=True)]

    assert plain[0]["access_token"] != plain[1]["access_token"]
    assert plain[0]["expires_in"] == 7200
    assert {token["access_token"] for token in stable} == {stable[0]["access_token"]}
    assert stable[0]["access_token"] not in {token["access_token"] for token in plain}


def test_a_stable_token_ages(sandbox: WeChatApiSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells what it has left, is renewed five minutes before its end, and may be forced twenty times a day."""
    now = [1_000_000.0]
    monkeypatch.setattr(wechat_api, "system_time", lambda: now[0])
    first = stable_token(sandbox)
    now[0] += 6855
    old = stable_token(sandbox)
    now[0] += 45
    renewed = stable_token(sandbox)
    forced = []
    for _ in range(21):
        now[0] += 30
        forced.append(stable_token(sandbox, force_refresh=True))

    assert old == {"access_token": first["access_token"], "expires_in": 345}
    assert renewed["access_token"] != first["access_token"]
    assert len({token["access_token"] for token in forced[:20]}) == 20
    assert forced[20]["errcode"] == 45009
    assert stable_token(sandbox)["access_token"] == forced[19]["access_token"]
    now[0] += 86_400
    assert "access_token" in stable_token(sandbox, force_refresh=True)


@pytest.mark.parametrize(
    ("body", "errcode"), [(b"", 44002), (b"{", 47001), (b"[]", 47001), (b'{"grant_type": "x"}', 40002)]
)
def test_a_wrong_token_request_is_told_why(sandbox: WeChatApiSandbox, body: bytes, errcode: int) -> None:
    """An empty body, one that is no JSON object, a wrong grant type."""
    assert post(sandbox, body)["errcode"] == errcode


def test_wrong_doors(sandbox: WeChatApiSandbox) -> None:
    """A path that is not served, and the right one by the wrong method."""
    assert get(sandbox, "/cgi-bin/nothing")["errcode"] == 40066
    assert get(sandbox, "/cgi-bin/stable_token")["errcode"] == 43002


def test_one_app_for_logins_and_payments(tmp_path: Path) -> None:
    """Whichever sandbox starts first, both know the same appid, and the secret is its owner's only."""
    app = ensure_app(tmp_path)

    assert ensure_keys(tmp_path).appid == app.appid
    assert ensure_app(tmp_path) == app
    assert (tmp_path / "wechat-api" / "secret").stat().st_mode & 0o777 == 0o600
    assert app.secret not in repr(app)


def told(sandbox: WeChatApiSandbox, token: str, **changes: Any) -> Any:
    """The answer to a subscribe message, right but for the changes."""
    message = {
        "touser": wechat_api.openid_of(sandbox.app, "code-alice"),
        "template_id": "tmpl",
        "data": {"thing1": {"value": "茶杯"}, "amount2": {"value": "¥12.30"}},
    }
    body = json.dumps(message | changes).encode()
    path = f"/cgi-bin/message/subscribe/send?access_token={token}"
    with urlopen(Request(f"{sandbox.url}{path}", body), timeout=30) as answer:
        return json.load(answer)


def play(sandbox: WeChatApiSandbox, method: str, path: str, body: Any = None) -> Any:
    """Use the playground."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{sandbox.url}/sandbox/{path}", data, method=method), timeout=30) as answer:
        return json.load(answer)


def test_a_message_is_told_with_either_token(sandbox: WeChatApiSandbox) -> None:
    """By the stable one, and by the newest plain one."""
    plain = get(sandbox, "/cgi-bin/token", grant_type="client_credential")["access_token"]

    for token in (stable_token(sandbox)["access_token"], plain):
        assert told(sandbox, token)["errcode"] == 0
    assert [one["template_id"] for one in play(sandbox, "GET", "messages")["messages"]] == ["tmpl", "tmpl"]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "somebody"}, 40003),
        ({"template_id": ""}, 40037),
        ({"data": {}}, 47003),
        ({"data": {"thing1": {"value": "一" * 21}}}, 47003),
        ({"data": {"amount1": {"value": "CN¥1,234.56"}}}, 47003),
        ({"data": {"thing1": "茶杯"}}, 47003),
        ({"data": {"title": {"value": "茶杯"}}}, 47003),
    ],
)
def test_a_message_that_wechat_would_refuse_is_refused(
    sandbox: WeChatApiSandbox, changes: dict[str, Any], errcode: int
) -> None:
    """With WeChat's code; nobody is told anything."""
    token = stable_token(sandbox)["access_token"]

    assert told(sandbox, token, **changes)["errcode"] == errcode
    assert play(sandbox, "GET", "messages") == {"messages": []}


def test_who_refuses_is_not_told_until_accepting_again(sandbox: WeChatApiSandbox) -> None:
    """43101."""
    token = stable_token(sandbox)["access_token"]
    alice = f"people/{wechat_api.openid_of(sandbox.app, 'code-alice')}"

    play(sandbox, "PUT", alice, {"accepts": False})
    refused = told(sandbox, token)["errcode"]
    play(sandbox, "PUT", alice, {"accepts": True})

    assert (refused, told(sandbox, token)["errcode"]) == (43101, 0)


def test_a_token_that_was_replaced_by_force_is_no_longer_good(sandbox: WeChatApiSandbox) -> None:
    """40001; one that was renewed in time stays good for a while."""
    first = stable_token(sandbox)["access_token"]
    play(sandbox, "PUT", "stable-tokens", {"older_by_s": 7000})
    second = stable_token(sandbox)["access_token"]
    assert [told(sandbox, token)["errcode"] for token in (first, second)] == [0, 0]

    play(sandbox, "PUT", "stable-tokens", {"older_by_s": 60})
    third = stable_token(sandbox, force_refresh=True)["access_token"]

    assert [told(sandbox, token)["errcode"] for token in (second, third, "made-up", "")] == [40001, 0, 40001, 41001]


def test_answers_can_be_planned(sandbox: WeChatApiSandbox) -> None:
    """For whoever tries what happens when a quota is used up, or an answer is lost."""
    token = stable_token(sandbox)["access_token"]
    play(sandbox, "POST", "answers", {"errcode": 45009, "times": 2})
    play(sandbox, "POST", "answers", {"errcode": -1, "after_telling": True})

    assert [told(sandbox, token)["errcode"] for _ in range(4)] == [45009, 45009, -1, 0]
    assert len(play(sandbox, "GET", "messages")["messages"]) == 2
    assert play(sandbox, "GET", "calls")["/cgi-bin/message/subscribe/send"] == 4
