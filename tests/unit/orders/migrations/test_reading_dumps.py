"""A dump is read line by line, from any place, and at a pace that the table takes (M3, M6)."""

import pytest

from services.orders.migrations.dump import MAX_LINE, DumpLine, lines_from
from services.orders.migrations.pace import FEWEST, MOST, after_trouble, next_size
from services.shared.plumbing.nesting import DEEP

DUMP = b'\xef\xbb\xbf{"a": 1}\r\n\n{"b": \n{"c": 37051120583665254400001}\n"\xff"\n{"d": NaN}'


def read(content: bytes, piece: int = 3, offset: int = 0, line: int = 1) -> list[DumpLine]:
    """The lines, brought in pieces of so many bytes."""
    rest = content[offset:]
    return list(lines_from([rest[at : at + piece] for at in range(0, len(rest), piece)], offset, line))


@pytest.mark.parametrize("piece", [1, 3, 1_000])
def test_each_line_has_its_number_and_its_end(piece: int) -> None:
    """M6: whatever the pieces; a mark at the beginning and blank lines are none; numbers keep all their digits."""
    lines = read(DUMP, piece)

    assert [line.number for line in lines] == [1, 3, 4, 5, 6]
    assert [line.record for line in lines if not line.why] == [{"a": 1}, {"c": 37051120583665254400001}]
    assert [line.why.partition(":")[0] for line in lines if line.why] == [
        "it is no JSON",
        "it is not written in UTF-8",
        "it is no JSON that can be read",
    ]
    assert lines[-1].end == len(DUMP)


def test_reading_goes_on_after_any_line() -> None:
    """M3: what a worker who died had read is read no more."""
    whole = read(DUMP)

    for number, line in enumerate(whole):
        assert read(DUMP, offset=line.end, line=line.number + 1) == whole[number + 1 :]


def test_a_line_too_long_is_named_and_passed_over() -> None:
    """M6: in bounded memory; the next one is read."""
    content = b'{"a": "' + b"x" * MAX_LINE + b'"}\n{"b": 2}\n'

    first, second = read(content, piece=10_000)

    assert "longer than" in first.why
    assert (second.number, second.record) == (2, {"b": 2})


def test_what_is_nested_too_deep_is_no_record() -> None:
    """M6: nothing in a file stops the job."""
    deep = b"[" * (DEEP + 1) + b"]" * (DEEP + 1)
    for content in (b"[" * 100_000, deep):
        (line,) = read(content, piece=200_000)
        assert line.why == "it is no JSON that can be read"
    assert [line.why for line in read(deep[1:-1], piece=200_000)] == [""]


def test_the_pace_falls_at_once_and_rises_slowly() -> None:
    """M3: throughput adapts."""
    assert after_trouble(MOST) == MOST // 2
    assert next_size(20, took_s=3.0) == 10
    assert next_size(20, took_s=0.5) == 20
    assert next_size(20, took_s=0.1) == 25
    assert next_size(MOST, took_s=0.1) == MOST
    assert after_trouble(FEWEST) == FEWEST
