"""A package that grows is noticed the day it does."""

import zipfile
from pathlib import Path

import pytest

from infra.package.sizes import Size, growth, size_of, write_down


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record in which toys is 1 000 bytes."""
    path = tmp_path / "sizes.json"
    path.write_text("{}")
    write_down("toys", "arm64", Size(1_000, {"six": 600}), path)
    return path


@pytest.mark.parametrize(("size", "said"), [(1_100, False), (1_101, True), (10, False)])
def test_more_than_a_tenth_is_too_much(record: Path, size: int, said: bool) -> None:
    """Less is always welcome."""
    assert bool(growth("toys", "arm64", Size(size, {}), record)) is said


def test_a_size_that_nobody_recorded_is_said(record: Path) -> None:
    """A new service, or a new processor."""
    assert "not on record" in growth("toys", "x86_64", Size(1, {}), record)


def test_recording_it_is_the_way_out(record: Path) -> None:
    """Others' records stay."""
    write_down("toys", "arm64", Size(2_000, {}), record)

    assert growth("toys", "arm64", Size(2_100, {}), record) == ""


def test_the_largest_parts_are_named(tmp_path: Path) -> None:
    """By what they take in the zip, three of them."""
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as made:
        for name, length in {"a/1": 50, "a/2": 60, "b/1": 70, "c": 10, "d": 5}.items():
            made.writestr(name, b"x" * length)

    size = size_of(tmp_path / "made.zip")

    assert size.largest == {"a": 110, "b": 70, "c": 10}
    assert size.zip == (tmp_path / "made.zip").stat().st_size
