"""The local clock is system time plus what the data folder says."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.clock import LocalClock, read_offset, write_offset


def ahead(clock: LocalClock) -> timedelta:
    """How far the clock is ahead of the system's, to the second."""
    return timedelta(seconds=round((clock() - datetime.now(UTC)).total_seconds()))


def test_no_file_is_no_offset(tmp_path: Path) -> None:
    """A new data folder has the system's time."""
    assert read_offset(tmp_path / "none") == timedelta()
    assert ahead(LocalClock(tmp_path)) == timedelta()
    assert LocalClock(tmp_path)().tzinfo is UTC


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Also by a clock that runs already, also when written twice within a tick, also when taken away."""
    clock = LocalClock(tmp_path / "data")
    assert ahead(clock) == timedelta()

    for hours in (25, 26, -3):
        write_offset(tmp_path / "data", timedelta(hours=hours))
        assert read_offset(tmp_path / "data") == timedelta(hours=hours)
        assert ahead(clock) == timedelta(hours=hours)
    (tmp_path / "data" / "clock.json").unlink()
    assert ahead(clock) == timedelta()
    assert list((tmp_path / "data").iterdir()) == []


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    """The offset stands although the file could not be read any more."""
    write_offset(tmp_path, timedelta(hours=1))
    clock = LocalClock(tmp_path)
    clock()
    stat = (tmp_path / "clock.json").stat()

    with (tmp_path / "clock.json").open("r+") as file:
        file.write("broken!")
    os.utime(tmp_path / "clock.json", ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert ahead(clock) == timedelta(hours=1)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"offset_s": "soon"}', '{"offset_s": null}', '{"offset_s": 1e99}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    """Never taken for zero: deadlines would pass unseen."""
    (tmp_path / "clock.json").write_text(text)

    with pytest.raises(ValueError, match=r"clock\.json should hold"):
        LocalClock(tmp_path)()
