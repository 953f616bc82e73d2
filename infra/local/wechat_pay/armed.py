"""The misbehaviour a tester has armed, and what the buyer will do at a prepay to come. Kept in the store's database."""

from __future__ import annotations

import sqlite3

from infra.local.wechat_pay.messages import PhoneAction

SCHEMA = """
CREATE TABLE IF NOT EXISTS armed (name TEXT PRIMARY KEY, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS plans (out_trade_no TEXT PRIMARY KEY, doc TEXT NOT NULL);
"""


class Armed:
    """Every method is called inside the store's `transaction()`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def arm(self, name: str, remaining: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO armed VALUES (?, ?)", (name, remaining))

    def remaining(self) -> dict[str, int]:
        """By name, what is still to go wrong."""
        return dict(self._db.execute("SELECT name, remaining FROM armed WHERE remaining > 0").fetchall())

    def use(self, name: str) -> bool:
        """True, and one less remains, when `name` is armed."""
        update = "UPDATE armed SET remaining = remaining - 1 WHERE name = ? AND remaining > 0"
        return self._db.execute(update, (name,)).rowcount == 1

    def put_plan(self, out_trade_no: str, action: PhoneAction) -> None:
        self._db.execute("INSERT OR REPLACE INTO plans VALUES (?, ?)", (out_trade_no, action.model_dump_json()))

    def take_plan(self, out_trade_no: str) -> PhoneAction | None:
        row = self._db.execute("DELETE FROM plans WHERE out_trade_no = ? RETURNING doc", (out_trade_no,)).fetchone()
        return PhoneAction.model_validate_json(row[0]) if row else None
