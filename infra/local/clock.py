"""The clock of the stack on one machine: system time plus an offset kept in the data folder.

`<data>/clock.json` holds `{"offset_s": n}` (seconds, may be negative); without the file the offset is 0. Every process
of the stack reads the same file, so `xiaodian clock +25h` moves the clock that decides deadlines everywhere at once.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.local.durable import write_json

FILE = "clock.json"


def read_offset(data_dir: Path) -> timedelta:
    """Return the offset kept in `data_dir`, zero when there is none.

    Raises ValueError, naming the file, when its content is not `{"offset_s": number}`.
    """
    path = data_dir / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return timedelta()
    try:
        return timedelta(seconds=float(json.loads(text)["offset_s"]))
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f'{path} should hold {{"offset_s": seconds}}') from error


def write_offset(data_dir: Path, delta: timedelta) -> None:
    """Keep `delta` as the offset. A reader sees the old file or the new one, never a part of it."""
    write_json(data_dir / FILE, {"offset_s": delta.total_seconds()})


class LocalClock:
    """`LocalClock(data_dir)()` is the time now, aware and in UTC, moved by the offset in `data_dir`.

    The file is read again only after it has been replaced, so a call costs one `stat`.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._current_offset()

    def _current_offset(self) -> timedelta:
        try:
            stat = (self._data_dir / FILE).stat()
        except FileNotFoundError:
            self._seen = None
            return timedelta()
        # A rename within one tick of the file system's clock keeps the mtime but not the inode.
        version = (stat.st_mtime_ns, stat.st_ino)
        if version != self._seen:
            self._offset = read_offset(self._data_dir)
            self._seen = version
        return self._offset
