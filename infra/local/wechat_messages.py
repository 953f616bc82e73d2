"""Subscribe messages of the local WeChat API: who allows them, which templates there are, what has been told.

    POST /cgi-bin/message/subscribe/send?access_token {touser, template_id, data, page?, lang?, miniprogram_state?}

Beside WeChat's own, for whoever plays with it:

    PUT  /sandbox/people/{openid}       {"accepts": true | false}     false: 43101, as after "refuse"
    PUT  /sandbox/templates/{id}        {"fields": ["thing1", …]}     once there is one, others are 40037
    POST /sandbox/answers               {"errcode": 45009, "times": 1, "after_telling": false}     the next answers
    GET  /sandbox/messages              {"messages": [{touser, template_id, page, data, lang, at}, …]}, oldest first
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from time import time as system_time
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS refusing (openid TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS templates (id TEXT PRIMARY KEY, fields TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (n INTEGER PRIMARY KEY, errcode INTEGER NOT NULL, after_telling INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS told (n INTEGER PRIMARY KEY, message TEXT NOT NULL);
"""
OPENID = re.compile(r"o[\w-]{27}")
# What a field's value must be, by the kind that its name begins with.
KINDS = {
    "thing": r".{1,20}",
    "number": r"-?\d{1,32}(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x21-\x7e ]{1,32}",
    "time": r"(\d{4}年\d{1,2}月\d{1,2}日 ?)?\d{1,2}:\d{2}(:\d{2})?",
    "date": r"\d{4}年\d{1,2}月\d{1,2}日( ?\d{1,2}:\d{2})?",
    "amount": r"[¥$€£]?-?\d{1,10}(\.\d+)?元?",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
}
NO_MESSAGE = {-1: "system error", 45009: "reach max api daily quota limit", 45011: "api minute-quota reach limit"}


class Refusal(Exception):
    """A send that is answered with an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode, self.errmsg = errcode, errmsg


class Messages:
    """All state is in the sandbox's database; its owner holds the lock and the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def send(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Tell a person something. Raises Refusal."""
        planned = self._db.execute("SELECT n, errcode, after_telling FROM answers ORDER BY n LIMIT 1").fetchone()
        if planned:
            self._db.execute("DELETE FROM answers WHERE n = ?", (planned[0],))
            if planned[2]:
                self._tell(given)
            if planned[1]:
                return {"errcode": planned[1], "errmsg": NO_MESSAGE.get(planned[1], "as planned")}
        if not planned or not planned[2]:
            self._tell(given)
        return {"errcode": 0, "errmsg": "ok"}

    def _tell(self, given: Mapping[str, Any]) -> None:
        openid, template, fields = given.get("touser"), given.get("template_id"), given.get("data")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise Refusal(40003, "invalid openid")
        if not template or not self._knows(str(template)):
            raise Refusal(40037, "invalid template_id")
        if not isinstance(fields, dict) or not fields:
            raise Refusal(47003, "argument invalid! data is empty")
        for name, one in fields.items():
            kind = KINDS.get(str(name).rstrip("0123456789"))
            value = one.get("value") if isinstance(one, dict) else None
            if kind is None or not isinstance(value, str) or not re.fullmatch(kind, value):
                raise Refusal(47003, f"argument invalid! data.{name}.value invalid")
        expected = self._fields(str(template))
        if expected is not None and expected != set(fields):
            raise Refusal(47003, f"argument invalid! data.{min(expected ^ set(fields))}.value is empty")
        if self._db.execute("SELECT 1 FROM refusing WHERE openid = ?", (openid,)).fetchone():
            raise Refusal(43101, "user refuse to accept the msg")
        told = {name: given[name] for name in ("touser", "template_id", "page", "data", "lang") if name in given}
        message = json.dumps(told | {"at": system_time()}, ensure_ascii=False)
        self._db.execute("INSERT INTO told (message) VALUES (?)", (message,))

    def _knows(self, template: str) -> bool:
        return self._fields(template) is not None or not self._db.execute("SELECT 1 FROM templates").fetchone()

    def _fields(self, template: str) -> set[str] | None:
        row = self._db.execute("SELECT fields FROM templates WHERE id = ?", (template,)).fetchone()
        return set(json.loads(row[0])) if row else None

    # ---------------------------------------------------------------------------------------------- the playground

    def play(self, method: str, path: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer a request of the playground; None for one that it does not know."""
        match (method, *path.strip("/").split("/")[1:]):
            case ("PUT", "people", openid):
                self._db.execute("DELETE FROM refusing WHERE openid = ?", (openid,))
                if not given.get("accepts", True):
                    self._db.execute("INSERT INTO refusing VALUES (?)", (openid,))
            case ("PUT", "templates", template):
                fields = json.dumps(list(given.get("fields", ())))
                self._db.execute("INSERT OR REPLACE INTO templates VALUES (?, ?)", (template, fields))
            case ("POST", "answers"):
                row = (int(given.get("errcode", 0)), bool(given.get("after_telling", False)))
                for _ in range(int(given.get("times", 1))):
                    self._db.execute("INSERT INTO answers (errcode, after_telling) VALUES (?, ?)", row)
            case ("GET", "messages"):
                rows = self._db.execute("SELECT message FROM told ORDER BY n").fetchall()
                return {"messages": [json.loads(row[0]) for row in rows]}
            case _:
                return None
        return {}
