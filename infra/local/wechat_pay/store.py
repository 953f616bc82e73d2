"""The sandbox's state in one SQLite file: payments, refunds, callbacks, and what is to be done when.

Nothing is kept in memory between two transactions, so a process killed at any point goes on where it was. Nouns are
stored as JSON documents beside the columns that are looked up.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter

from infra.local.wechat_pay.agenda import Agenda
from infra.local.wechat_pay.armed import Armed
from infra.local.wechat_pay.payment import Payment
from infra.local.wechat_pay.refund import Refund

SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    seq INTEGER PRIMARY KEY, out_trade_no TEXT UNIQUE NOT NULL, transaction_id TEXT UNIQUE, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY, out_refund_no TEXT UNIQUE NOT NULL, out_trade_no TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (out_trade_no);
CREATE TABLE IF NOT EXISTS bills (token TEXT PRIMARY KEY, made REAL NOT NULL, content BLOB NOT NULL);
"""

_PAYMENT = TypeAdapter(Payment)
_REFUND = TypeAdapter(Refund)


class Store:
    """Thread-safe: one connection, one transaction at a time. Every method is called inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # WAL without an fsync a commit: what is committed survives the death of the process, which is the promise.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self.agenda = Agenda(self._db)
        self.armed = Armed(self._db)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def put_payment(self, payment: Payment) -> None:
        self._db.execute(
            "INSERT INTO payments (out_trade_no, transaction_id, doc) VALUES (?, ?, ?) ON CONFLICT (out_trade_no)"
            " DO UPDATE SET transaction_id = excluded.transaction_id, doc = excluded.doc",
            (payment.out_trade_no, payment.transaction_id, _PAYMENT.dump_json(payment).decode()),
        )

    def payment(self, out_trade_no: str) -> Payment | None:
        docs = self._docs("SELECT doc FROM payments WHERE out_trade_no = ?", out_trade_no)
        return _PAYMENT.validate_json(docs[0]) if docs else None

    def payment_of_transaction(self, transaction_id: str) -> Payment | None:
        docs = self._docs("SELECT doc FROM payments WHERE transaction_id = ?", transaction_id)
        return _PAYMENT.validate_json(docs[0]) if docs else None

    def latest_payments(self, limit: int) -> list[Payment]:
        docs = self._docs("SELECT doc FROM payments ORDER BY seq DESC LIMIT ?", limit)
        return [_PAYMENT.validate_json(doc) for doc in docs]

    def paid_payments(self) -> list[Payment]:
        docs = self._docs("SELECT doc FROM payments WHERE transaction_id IS NOT NULL ORDER BY seq")
        return [_PAYMENT.validate_json(doc) for doc in docs]

    def put_refund(self, refund: Refund) -> None:
        self._db.execute(
            "INSERT INTO refunds (out_refund_no, out_trade_no, doc) VALUES (?, ?, ?) ON CONFLICT (out_refund_no)"
            " DO UPDATE SET doc = excluded.doc",
            (refund.out_refund_no, refund.out_trade_no, _REFUND.dump_json(refund).decode()),
        )

    def refund(self, out_refund_no: str) -> Refund | None:
        docs = self._docs("SELECT doc FROM refunds WHERE out_refund_no = ?", out_refund_no)
        return _REFUND.validate_json(docs[0]) if docs else None

    def refunds_of(self, out_trade_no: str) -> list[Refund]:
        docs = self._docs("SELECT doc FROM refunds WHERE out_trade_no = ? ORDER BY seq", out_trade_no)
        return [_REFUND.validate_json(doc) for doc in docs]

    def all_refunds(self) -> list[Refund]:
        return [_REFUND.validate_json(doc) for doc in self._docs("SELECT doc FROM refunds ORDER BY seq")]

    def put_bill(self, token: str, made: float, content: bytes, forget_before: float) -> None:
        self._db.execute("DELETE FROM bills WHERE made < ?", (forget_before,))
        self._db.execute("INSERT INTO bills VALUES (?, ?, ?)", (token, made, content))

    def bill(self, token: str, made_after: float) -> bytes | None:
        row = self._db.execute(
            "SELECT content FROM bills WHERE token = ? AND made >= ?", (token, made_after)
        ).fetchone()
        return bytes(row[0]) if row else None

    def _docs(self, sql: str, *values: object) -> list[str]:
        return [str(row[0]) for row in self._db.execute(sql, values).fetchall()]
