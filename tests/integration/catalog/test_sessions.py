"""Sessions: from a WeChat login code to our token, renewed, and checked by published keys (X1)."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local import tokens as issuer
from infra.local.loopback import Answer, LoopbackServer, Request, json_answer
from infra.local.wechat_api import WeChatApiSandbox, openid_of
from services.catalog.tables import CatalogRow
from services.shared.plumbing.auth import principal_of
from services.shared.plumbing.tables import get
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import ANYBODY, fresh_name, ok
from tests.integration.http import Reply


def pem() -> str:
    """A fresh signing key."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode()
    )


@pytest.fixture
def wechat(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatApiSandbox]:
    """WeChat's API, and our issuer with a fresh key that this service trusts."""
    folder = tmp_path_factory.mktemp("data")
    with WeChatApiSandbox(folder) as sandbox:
        trusted = issuer.issuer(folder) | {"platform": False}
        for name, value in {
            "WECHAT_API_URL": sandbox.url,
            "WECHAT_APPID": sandbox.app.appid,
            "WECHAT_APP_SECRET": sandbox.app.secret,
            "XIAODIAN_TOKEN_KEY": f"file:{folder / issuer.FILE}",
            "XIAODIAN_TOKEN_ISSUER": issuer.ISSUER,
            "XIAODIAN_TOKEN_ISSUERS": json.dumps([trusted]),
        }.items():
            monkeypatch.setenv(name, value)
        yield sandbox


def log_in(code: str) -> Reply:
    """Log in with a WeChat code."""
    return ANYBODY.post("/v1/sessions/wechat", {"code": code}, key="")


def refresh(token: str) -> Reply:
    """Renew a session."""
    return ANYBODY.post("/v1/sessions/refresh", {"refresh_token": token}, key="")


def test_a_code_becomes_a_token_that_names_the_person(wechat: WeChatApiSandbox) -> None:
    """X1: identity is app id and openid; the token is good for two hours and for every service that trusts us."""
    code = fresh_name("code")

    session = ok(log_in(code))

    person = f"{wechat.app.appid}:{openid_of(wechat.app, code)}"
    assert (session["person"], session["token_type"], session["expires_in_s"]) == (person, "Bearer", 7200)
    caller = principal_of(f"Bearer {session['access_token']}")
    assert caller is not None
    assert (caller.person, caller.platform) == (person, False)
    claims = jwt.decode(session["access_token"], options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 7200


def test_the_published_keys_check_the_token(wechat: WeChatApiSandbox) -> None:
    """X1: whoever has only our JWKS can check a token; its kid is the one the stack's own issuer uses."""
    session = ok(log_in(fresh_name("code")))

    reply = ANYBODY.get("/v1/jwks.json")

    keys = jwt.PyJWKSet.from_dict(ok(reply))
    kid = jwt.get_unverified_header(session["access_token"])["kid"]
    key = next(one for one in keys.keys if one.key_id == kid)
    claims = jwt.decode(session["access_token"], key.key, ["ES256"], audience="xiaodian", issuer=issuer.ISSUER)
    assert claims["sub"] == session["person"]
    assert kid == json.loads(os.environ["XIAODIAN_TOKEN_ISSUERS"])[0]["jwks"]["keys"][0]["kid"]
    assert "d" not in reply.json["keys"][0]
    assert reply.headers["cache-control"] == "public, max-age=300"


def test_a_new_key_in_front_signs_while_the_old_one_still_checks(
    wechat: WeChatApiSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X1: keys rotate without a token being refused."""
    old = pem()
    monkeypatch.setenv("XIAODIAN_TOKEN_KEY", old)
    before = ok(log_in(fresh_name("code")))["access_token"]

    monkeypatch.setenv("XIAODIAN_TOKEN_KEY", pem() + old)
    after = ok(log_in(fresh_name("code")))["access_token"]

    published = [one["kid"] for one in ok(ANYBODY.get("/v1/jwks.json"))["keys"]]
    assert published == [jwt.get_unverified_header(one)["kid"] for one in (after, before)]


@pytest.mark.parametrize("code", ["invalid", "used"])
def test_a_code_that_wechat_does_not_take_opens_nothing(wechat: WeChatApiSandbox, code: str) -> None:
    """X1: wrong or used before: 401 and the way to go on."""
    log_in("used")

    reply = log_in(code)

    assert (reply.status, reply.slug) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("answer", "status", "slug"),
    [
        (json_answer({"errcode": -1, "errmsg": "system error"}), 503, "too-busy"),
        (json_answer({"errcode": 45011, "errmsg": "minute quota"}), 429, "too-many-requests"),
        (json_answer({"errcode": 40226, "errmsg": "code blocked"}), 403, "forbidden"),
        (json_answer({"errcode": 40125, "errmsg": "invalid appsecret"}), 500, "internal"),
        (json_answer({"session_key": "x"}), 500, "internal"),
        (Answer(502, b"<html>bad gateway</html>"), 503, "too-busy"),
        (Answer(200, b"<html>a login page</html>"), 503, "too-busy"),
    ],
)
def test_what_wechat_says_has_a_meaning(
    wechat: WeChatApiSandbox, monkeypatch: pytest.MonkeyPatch, answer: Answer, status: int, slug: str
) -> None:
    """X1: busy and limited are for later, our own wrong settings are our fault."""

    def wechat_says(_: Request) -> Answer:
        return answer

    with LoopbackServer(wechat_says) as server:
        monkeypatch.setenv("WECHAT_API_URL", server.url)
        reply = log_in("code")

    assert (reply.status, reply.slug) == (status, slug)
    assert ("retry-after" in reply.headers) is (status in (429, 503))


def test_a_silent_wechat_is_busy_and_our_secret_stays_ours(
    wechat: WeChatApiSandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """X1, X3: nobody answers: 503; the secret is in no answer and no log."""
    monkeypatch.setenv("WECHAT_API_URL", "http://127.0.0.1:9")

    reply = log_in("code")

    printed = capfd.readouterr()
    assert (reply.status, reply.slug) == (503, "too-busy")
    assert wechat.app.secret not in reply.text + printed.out + printed.err


def test_a_refresh_token_changes_at_every_use(wechat: WeChatApiSandbox) -> None:
    """X1: rotated, and kept as a hash only."""
    first = ok(log_in(fresh_name("code")))

    second = ok(refresh(first["refresh_token"]))
    third = ok(refresh(second["refresh_token"]))

    tokens = [one["refresh_token"] for one in (first, second, third)]
    assert len(set(tokens)) == 3
    assert {one["person"] for one in (first, second, third)} == {first["person"]}
    session_id, _, secret = tokens[-1].partition(".")
    row = get(CatalogRow, f"SES#{session_id}", "SESSION")
    assert row is not None
    assert secret not in str(row.to_simple_dict())


def test_a_refresh_token_used_twice_ends_the_session(wechat: WeChatApiSandbox) -> None:
    """X1: one of the two who hold it is a thief, so neither may go on."""
    first = ok(log_in(fresh_name("code")))["refresh_token"]
    second = ok(refresh(first))["refresh_token"]

    stolen = refresh(first)

    assert (stolen.status, stolen.slug) == (401, "unauthenticated")
    assert refresh(second).status == 401


def test_of_two_who_refresh_at_once_at_most_one_goes_on(wechat: WeChatApiSandbox) -> None:
    """X1: a token is good for one use, also at the same moment."""
    token = ok(log_in(fresh_name("code")))["refresh_token"]

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: refresh(token).status, range(4)))

    assert statuses in ([200, 401, 401, 401], [401, 401, 401, 401])


def test_a_session_ends_thirty_days_after_its_last_use(wechat: WeChatApiSandbox, hands: Hands) -> None:
    """X1: every use gives thirty days more."""
    token = ok(log_in(fresh_name("code")))["refresh_token"]

    hands.move(days=29)
    renewed = ok(refresh(token))["refresh_token"]
    hands.move(days=29)
    renewed = ok(refresh(renewed))["refresh_token"]
    hands.move(days=31)

    assert refresh(renewed).status == 401


@pytest.mark.parametrize("token", ["nonsense", "ses_none.secret", "."])
def test_an_unknown_refresh_token_renews_nothing(wechat: WeChatApiSandbox, token: str) -> None:
    """X1: 401, whatever it looks like."""
    assert refresh(token).status == 401
