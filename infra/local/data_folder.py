"""The data folder of a stack: one stack at a time, its secrets made once, and nothing in it damaged.

engine.db  checkpoints/  files/  wechat-pay/  wechat-api/   state
stack.json  issuer.pem                                      secrets, readable by their owner only
clock.json  run.json                                        the clock's offset; where the stack runs
dead-letters/  failed/                                      what could not be handled, until somebody looks
logs/  used                                                 one file a process, and the one before; not new
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.local.child import CannotStart
from infra.local.clock import read_offset
from infra.local.crew import rotated
from infra.local.durable import write_json
from infra.local.ports import FILE as RUN
from infra.local.tokens import issuer_key
from infra.local.wechat_pay.keys import ensure_keys, write_once

SECRETS = "stack.json"
USED = "used"
OURS = frozenset(
    """
    checkpoints clock.json dead-letters failed files issuer.pem lock logs run.json signs stack.json used wechat-api
    wechat-pay
    """.split()
)


@dataclass(frozen=True)
class DataFolder:
    """An open data folder. ``is_new``: no stack has come so far as to be used. ``secrets`` are settings by name."""

    path: Path
    is_new: bool
    secrets: dict[str, str]

    def mark_used(self) -> None:
        """From now on the folder is not new."""
        (self.path / USED).touch()

    def log(self, name: str) -> Path:
        """Where a new process writes."""
        return rotated(self.path / "logs" / f"{name}.log")


@contextmanager
def open_data_folder(path: Path, secret_names: Collection[str]) -> Iterator[DataFolder]:
    """The folder, made if missing, with these secrets, ours alone until the end. Raises CannotStart in one sentence."""
    path = path.resolve()
    try:
        (path / "logs").mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"the data folder {path} cannot be used: {error.strerror}") from None
    with lock:
        if not _locked(lock):
            lock.seek(0)
            holder = lock.read() or "unknown"
            raise CannotStart(f"the data folder {path} is in use by a running stack (process {holder})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        _require_sound(path)
        yield DataFolder(path, not (path / USED).exists(), _secrets(path / SECRETS, secret_names))


def clear(path: Path) -> list[str]:
    """Delete the folder, or, where other people's things are in it too, what a stack keeps in it; returns the others.

    Somebody may have started a stack in a folder of their own.
    """
    ours = [one for one in path.iterdir() if _is_ours(one.name)]
    others = sorted(one.name for one in path.iterdir() if one not in ours)
    for one in ours:
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
    if not others:
        path.rmdir()
    return others


def _is_ours(name: str) -> bool:
    # ".stack.json.x7f2" is what a kill -9 leaves of writing it, with the secrets in it.
    return name in OURS or name.startswith("engine.db") or any(name.startswith(f".{one}.") for one in OURS)


def running(path: Path) -> dict[str, Any]:
    """Where this folder's stack runs: ``{"pid", "url", "ports": {part: port}}``. Raises CannotStart if none does."""
    nothing = CannotStart(f"no stack runs in {path}; start one with: xiaodian up --data {path}")
    try:
        with (path / "lock").open("a+", encoding="utf-8") as lock:
            if _locked(lock):
                raise nothing
        found: dict[str, Any] = json.loads((path / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise nothing from None
    return found


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _require_sound(path: Path) -> None:
    try:
        read_offset(path)
        issuer_key(path)
        ensure_keys(path)
    except ValueError as error:
        raise CannotStart(str(error)) from None
    for file in sorted((path / "checkpoints").glob("*.sqlite")):
        try:
            with contextlib.closing(sqlite3.connect(file)) as db:
                verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            verdict = str(error)
        if verdict != "ok":
            # Without it the streams are read from their beginning, and consumers do nothing twice.
            raise CannotStart(f"{file} is damaged ({verdict}): remove it; what it counted is then handled again")


def _secrets(file: Path, names: Collection[str]) -> dict[str, str]:
    """Each named secret: 256 random bits in base64, made when it is first asked for and kept from then on."""
    try:
        kept = {str(name): str(value) for name, value in json.loads(write_once(file, lambda: "{}")).items()}
    except (ValueError, AttributeError) as error:
        # New keys would make what the old ones sealed unreadable, so none are made.
        damage = f"{file} is damaged ({error!r}): restore it, or move {file.parent} away to start afresh"
        raise CannotStart(damage) from None
    made = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in sorted(set(names) - set(kept))}
    if made:
        write_json(file, kept | made)
    return kept | made
