"""What the sandbox has to do and when: callbacks to send, refunds to finish. Kept in the store's database."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from infra.local.wechat_pay.callback import Callback

SCHEMA = """
CREATE TABLE IF NOT EXISTS callbacks (id INTEGER PRIMARY KEY, out_trade_no TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS callbacks_of_payment ON callbacks (out_trade_no);
CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY, due REAL NOT NULL, verb TEXT NOT NULL, subject NOT NULL);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (due);
"""
_CALLBACK = TypeAdapter(Callback)

Verb = Literal["call_back", "finish_refund"]


@dataclass(frozen=True)
class Task:
    """Something to do at `due` (system time, seconds). `subject` is a callback's id or a refund's number."""

    id: int
    due: float
    verb: Verb
    subject: int | str


class Agenda:
    """Every method is called inside the store's `transaction()`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)

    def add_callback(self, callback: Callback, due: float) -> int:
        """Keep a new callback and the task to send it; return its id."""
        doc = _CALLBACK.dump_json(callback).decode()
        cursor = self._db.execute(
            "INSERT INTO callbacks (out_trade_no, doc) VALUES (?, ?) RETURNING id", (callback.out_trade_no, doc)
        )
        callback_id = int(cursor.fetchone()[0])
        self.add_task("call_back", callback_id, due)
        return callback_id

    def put_callback(self, callback_id: int, callback: Callback) -> None:
        doc = _CALLBACK.dump_json(callback).decode()
        self._db.execute("UPDATE callbacks SET doc = ? WHERE id = ?", (doc, callback_id))

    def callback(self, callback_id: int) -> Callback:
        row = self._db.execute("SELECT doc FROM callbacks WHERE id = ?", (callback_id,)).fetchone()
        return _CALLBACK.validate_json(row[0])

    def callbacks_of(self, out_trade_no: str) -> list[Callback]:
        query = "SELECT doc FROM callbacks WHERE out_trade_no = ? ORDER BY id"
        return [_CALLBACK.validate_json(row[0]) for row in self._db.execute(query, (out_trade_no,)).fetchall()]

    def add_task(self, verb: Verb, subject: int | str, due: float) -> None:
        self._db.execute("INSERT INTO tasks (due, verb, subject) VALUES (?, ?, ?)", (due, verb, subject))

    def move_task(self, task_id: int, due: float | None) -> None:
        """Put the task off until `due`; None ends it."""
        if due is None:
            self._db.execute("DELETE FROM tasks WHERE id = ?", (task_id,))
        else:
            self._db.execute("UPDATE tasks SET due = ? WHERE id = ?", (due, task_id))

    def next_task(self, excluding: Collection[int]) -> Task | None:
        """The task due first, whether or not it is due yet."""
        marks = ",".join("?" * len(excluding))
        row = self._db.execute(
            f"SELECT id, due, verb, subject FROM tasks WHERE id NOT IN ({marks}) ORDER BY due, id LIMIT 1",  # noqa: S608
            tuple(excluding),
        ).fetchone()
        return Task(*row) if row else None
