"""A local WeChat API: logins, access tokens and messages of one mini program, as `api.weixin.qq.com` answers them.

    GET  /sns/jscode2session?appid&secret&js_code&grant_type=authorization_code   {openid, session_key, unionid?}
    GET  /cgi-bin/token?grant_type=client_credential&appid&secret                {access_token, expires_in}
    POST /cgi-bin/stable_token {grant_type, appid, secret, force_refresh?}       {access_token, expires_in}
    POST /cgi-bin/message/subscribe/send?access_token {touser, template_id, data, page?, lang?}    {errcode, errmsg}
    GET  /sandbox/calls                                                           {path: how often it was asked}
    PUT  /sandbox/stable-tokens {older_by_s}                                      as if made so much sooner

Of messages, and of what can be planned for them, more is in `infra.local.wechat_messages`.

Any code logs in. What comes before its first `.` names the person: `code-alice` and `code-alice.2` are two logins of
one openid. A code works once (40163 after that); one that begins with `invalid` never does (40029). Errors are HTTP 200
`{errcode, errmsg}`. The app id and secret, made at the first start, are the files `<data>/wechat-pay/appid` (payments
belong to the same app) and `<data>/wechat-api/secret`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import sqlite3
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from time import time as system_time
from typing import Any

from infra.local.loopback import (
    Answer,
    LoopbackServer,
    Request,
    cannot_start,
    data_dir,
    json_answer,
    log,
    serve_until_signal,
)
from infra.local.wechat_messages import Messages, Refusal
from infra.local.wechat_pay.keys import ensure_appid, write_once

FOLDER = "wechat-api"
TOKEN_LIVES_S = 7200
# A stable token is renewed this long before its end; the one before stays good meanwhile.
RENEWED_BEFORE_S = 300
FORCED_APART_S = 30
FORCED_A_DAY = 20
DAY_S = 86_400

SCHEMA = """
CREATE TABLE IF NOT EXISTS used_codes (code TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS stable_tokens (made REAL NOT NULL, token TEXT NOT NULL, forced INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS plain_tokens (made REAL NOT NULL, token TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (path TEXT PRIMARY KEY, times INTEGER NOT NULL);
"""


class ApiError(Exception):
    """Answered as `{errcode, errmsg}`, where errmsg ends in a request id."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg

    def answer(self) -> Answer:
        rid = "-".join(secrets.token_hex(4) for _ in range(3))
        return json_answer({"errcode": self.errcode, "errmsg": f"{self.errmsg} rid: {rid}"})


@dataclass(frozen=True)
class App:
    appid: str
    secret: str = field(repr=False)

    def check(self, given: dict[str, Any], grant_type: str) -> None:
        """Raise ApiError unless `given` holds this app's id and secret and the grant type."""
        if given.get("grant_type") != grant_type:
            raise ApiError(40002, "invalid grant_type")
        for name, missing in (("appid", 41002), ("secret", 41004)):
            if not given.get(name):
                raise ApiError(missing, f"{name} missing")
        if given["appid"] != self.appid:
            raise ApiError(40013, "invalid appid")
        if not compare_digest(str(given["secret"]).encode(), self.secret.encode()):
            raise ApiError(40125, "invalid appsecret")


def ensure_app(data_dir: Path) -> App:
    """Return the mini program's id and secret, made and kept in `data_dir` when it has none."""
    secret = write_once(data_dir / FOLDER / "secret", lambda: secrets.token_hex(16))
    return App(ensure_appid(data_dir), secret)


def openid_of(app: App, code: str) -> str:
    """The same person has the same 28 characters at the same app, and others elsewhere."""
    return "o" + _digest(app.appid, code.partition(".")[0])[:27]


def unionid_of(code: str) -> str:
    """The same person has the same unionid at every app."""
    return "u" + _digest("open-platform", code.partition(".")[0])[:27]


class WeChatApiSandbox:
    """`with WeChatApiSandbox(data_dir) as running:` serves on `running.url` for `running.app`.

    Raises OSError when the port is taken, sqlite3.DatabaseError when the state is damaged.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, unionid: bool = False) -> None:
        self.app = ensure_app(data_dir)
        self._unionid = unionid
        self._server = LoopbackServer(self._answer, port)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(data_dir / FOLDER / "state.sqlite", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(SCHEMA)
        self._messages = Messages(self._db)

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> WeChatApiSandbox:
        self._server.__enter__()
        log("listening", server="wechat-api", url=self.url)
        return self

    def __exit__(self, *error: Any) -> None:
        self._server.__exit__(*error)
        self._db.close()

    def _answer(self, request: Request) -> Answer:
        doors: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
            "/sns/jscode2session": ("GET", self._log_in),
            "/cgi-bin/token": ("GET", self._token),
            "/cgi-bin/stable_token": ("POST", self._stable_token),
            "/cgi-bin/message/subscribe/send": ("POST", lambda given: self._send(request.query, given)),
        }
        try:
            if request.path.startswith("/sandbox/"):
                return self._play(request)
            if request.path not in doors:
                raise ApiError(40066, "invalid url")
            method, door = doors[request.path]
            if request.method != method:
                raise ApiError({"GET": 43001, "POST": 43002}[method], f"require {method} method")
            self._count(request.path)
            return json_answer(door(request.query if method == "GET" else _json(request.body)))
        except ApiError as error:
            return error.answer()

    def _log_in(self, given: dict[str, Any]) -> dict[str, Any]:
        self.app.check(given, "authorization_code")
        code = given.get("js_code")
        if not code:
            raise ApiError(41008, "missing code")
        if code.startswith("invalid"):
            raise ApiError(40029, "invalid code")
        with self._transaction():
            if self._db.execute("INSERT OR IGNORE INTO used_codes VALUES (?)", (code,)).rowcount == 0:
                raise ApiError(40163, "code been used")
        session = {"openid": openid_of(self.app, code), "session_key": b64encode(secrets.token_bytes(16)).decode()}
        return {**session, "unionid": unionid_of(code)} if self._unionid else session

    def _token(self, given: dict[str, Any]) -> dict[str, Any]:
        """A new token each time, and nothing to do with the stable ones."""
        self.app.check(given, "client_credential")
        token = _new_token()
        with self._transaction():
            self._db.execute("DELETE FROM plain_tokens")
            self._db.execute("INSERT INTO plain_tokens VALUES (?, ?)", (system_time(), token))
        return {"access_token": token, "expires_in": TOKEN_LIVES_S}

    def _stable_token(self, given: dict[str, Any]) -> dict[str, Any]:
        """The current token with what it has left to live; a new one when that is nearly over, or when forced.

        Forcing again within 30 s gives the same token, and more than 20 times a day is refused (45009).
        """
        self.app.check(given, "client_credential")
        now = system_time()
        with self._transaction():
            row = self._db.execute("SELECT made, token FROM stable_tokens ORDER BY made DESC LIMIT 1").fetchone()
            age = now - row[0] if row else float(TOKEN_LIVES_S)
            forced = given.get("force_refresh") is True and age >= FORCED_APART_S
            if forced and self._forced_since(now - DAY_S) >= FORCED_A_DAY:
                raise ApiError(45009, "reach max api daily quota limit")
            if not forced and age < TOKEN_LIVES_S - RENEWED_BEFORE_S:
                return {"access_token": row[1], "expires_in": int(TOKEN_LIVES_S - age)}
            token = _new_token()
            self._db.execute("DELETE FROM stable_tokens WHERE made < ?", (now - DAY_S,))
            self._db.execute("INSERT INTO stable_tokens VALUES (?, ?, ?)", (now, token, forced))
        return {"access_token": token, "expires_in": TOKEN_LIVES_S}

    def _send(self, query: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
        token = query.get("access_token", "")
        if not token:
            raise ApiError(41001, "access_token missing")
        with self._transaction():
            if not self._is_good(token):
                raise ApiError(40001, "invalid credential, access_token is invalid or not latest")
            try:
                return self._messages.send(given)
            except Refusal as refusal:
                raise ApiError(refusal.errcode, refusal.errmsg) from refusal

    def _is_good(self, token: str) -> bool:
        """The newest of its kind, or the stable one before it for five minutes more, unless a new one was forced."""
        now = system_time()
        stable = self._db.execute("SELECT made, token, forced FROM stable_tokens ORDER BY made DESC LIMIT 2").fetchall()
        plain = self._db.execute("SELECT made, token FROM plain_tokens").fetchall()
        good = {one for made, one, *_ in (*stable[:1], *plain) if now - made < TOKEN_LIVES_S}
        if len(stable) > 1 and not stable[0][2] and now - stable[0][0] < RENEWED_BEFORE_S:
            good.add(stable[1][1])
        return token in good

    def _play(self, request: Request) -> Answer:
        if request.path == "/sandbox/calls":
            with self._lock:
                return json_answer(dict(self._db.execute("SELECT path, times FROM calls").fetchall()))
        if (request.method, request.path) == ("PUT", "/sandbox/stable-tokens"):
            with self._transaction():
                self._db.execute("UPDATE stable_tokens SET made = made - ?", (_json(request.body)["older_by_s"],))
            return json_answer({})
        with self._transaction():
            played = self._messages.play(request.method, request.path, _json(request.body) if request.body else {})
        return json_answer(played) if played is not None else json_answer({"title": "no such door"}, 404)

    def _count(self, path: str) -> None:
        with self._transaction():
            self._db.execute(
                "INSERT INTO calls VALUES (?, 1) ON CONFLICT (path) DO UPDATE SET times = times + 1", (path,)
            )

    def _forced_since(self, at: float) -> int:
        query = "SELECT count(*) FROM stable_tokens WHERE forced AND made >= ?"
        return int(self._db.execute(query, (at,)).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        raise ApiError(44002, "empty post data")
    try:
        given = json.loads(body)
    except ValueError as error:
        raise ApiError(47001, "data format error") from error
    if not isinstance(given, dict):
        raise ApiError(47001, "data format error")
    return given


def _digest(*parts: str) -> str:
    return urlsafe_b64encode(hashlib.sha256("|".join(parts).encode()).digest()).decode()


def _new_token() -> str:
    return f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}"


def main() -> int:
    """Serve until SIGINT or SIGTERM; 1 and one sentence on stderr when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.wechat_api", description="WeChat's API on this machine."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument(
        "--data", type=Path, default=data_dir(), help="data folder (default: $XIAODIAN_DATA, .xiaodian)"
    )
    parser.add_argument("--unionid", action="store_true", help="give a unionid too, as for an app on an open platform")
    given = parser.parse_args()
    try:
        sandbox = WeChatApiSandbox(given.data, given.port, unionid=given.unionid)
    except (OSError, sqlite3.DatabaseError) as error:
        return parser.exit(1, cannot_start("wechat-api", given.port, error))
    serve_until_signal(sandbox)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
