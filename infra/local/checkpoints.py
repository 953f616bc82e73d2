"""How far each stream was read, kept through crashes in one small SQLite file per service."""

import sqlite3
from pathlib import Path


class Checkpoints:
    """The last sequence number that was handled, per stream and shard. One instance per thread.

    A stream is known by its ARN, which is new with every table: a table made afresh is read from its beginning.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        # Survives the death of every process; a power cut may lose the last moments, which are then handled again.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS checkpoint"
            " (stream TEXT, shard TEXT, sequence TEXT NOT NULL, PRIMARY KEY (stream, shard)) WITHOUT ROWID"
        )

    def get(self, stream: str, shard: str) -> str | None:
        """The last handled sequence number, None when there is none yet."""
        row = self._db.execute(
            "SELECT sequence FROM checkpoint WHERE stream = ? AND shard = ?", (stream, shard)
        ).fetchone()
        return row[0] if row else None

    def put(self, stream: str, shard: str, sequence: str) -> None:
        """Everything up to and including ``sequence`` was handled."""
        self._db.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", (stream, shard, sequence))

    def close(self) -> None:
        """Free the file."""
        self._db.close()
