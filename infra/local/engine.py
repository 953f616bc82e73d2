"""The DynamoDB engine on one machine: dynoxide, on disk or in memory, on loopback."""

import contextlib
import fcntl
import http.client
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.local.child import CannotStart, Child, require_free, spawn

BINARY = Path(__file__).parents[2] / "node_modules/@dynoxide/linux-x64/dynoxide"
_CHECKED_BYTES = 1 << 30


@dataclass(frozen=True)
class Engine:
    """A running engine. ``url`` is what AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_DYNAMODB_STREAMS are set to."""

    url: str
    child: Child
    lock: IO[bytes] | None

    def stop(self) -> None:
        """End the engine. Everything it acknowledged is on disk."""
        self.child.stop()
        if self.lock is not None:
            self.lock.close()


def start_engine(port: int, db_path: Path | None, log_file: Path | None = None, binary: Path = BINARY) -> Engine:
    """Start the engine on 127.0.0.1:``port``, on the file ``db_path`` or in memory, and wait until it answers.

    Call it from the main thread. Raises CannotStart: no binary, port taken, file damaged or used by another stack.
    """
    if not binary.exists():
        raise CannotStart(f"the engine is not installed ({binary} is missing); run: make install")
    require_free(port)
    lock = None
    command = [str(binary), "serve", "--host", "127.0.0.1", "--port", str(port)]
    if db_path is not None:
        db_path.parent.mkdir(parents=True, exist_ok=True)
        lock = _own(db_path)
        command += ["--db-path", str(db_path)]
    try:
        if db_path is not None:
            _require_sound(db_path)
        child = spawn("the engine", command, dict(os.environ), log_file)
        child.wait_until(lambda: _answers(port))
    except BaseException:
        if lock is not None:
            lock.close()
        raise
    return Engine(f"http://127.0.0.1:{port}", child, lock)


def _own(db_path: Path) -> IO[bytes]:
    """Two engines on one file would each believe what they have cached. The lock ends with this process."""
    lock = db_path.with_name(db_path.name + ".lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(f"{db_path} is in use by another running stack") from None
    return lock


def _require_sound(db_path: Path) -> None:
    """Raises CannotStart for a damaged file. The engine itself would start on one and fail at some later read.

    Reading it all takes 0.6 s a GB; a larger file is taken as it is, since a start must be quick.
    """
    if not db_path.exists() or db_path.stat().st_size > _CHECKED_BYTES:
        return
    try:
        with contextlib.closing(sqlite3.connect(db_path)) as db:
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise CannotStart(f"{db_path} cannot be used ({verdict}): restore it, or move it away to start afresh")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
