"""Records of a file: where they begin and end, whatever is inside and however the bytes arrive (C6)."""

import csv
import io
import tracemalloc
from itertools import chain, pairwise, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.imports import records as module
from services.catalog.imports.records import Record, records

CELL = st.lists(st.sampled_from(['"', ",", "\n", "a", "漢", " ", "\r\n"]), max_size=6).map("".join)
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=8)


def written(table: list[list[str]]) -> bytes:
    """The table as a spreadsheet writes it."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def cells(record: Record) -> list[str]:
    """The cells of a record."""
    return next(csv.reader([record.content.decode()]))


def in_pieces(content: bytes, size: int) -> list[bytes]:
    """The content as it arrives."""
    return [content[at : at + size] for at in range(0, len(content), size)]


@given(TABLE, st.integers(1, 30))
def test_any_table_comes_back_record_by_record(table: list[list[str]], size: int) -> None:
    """What a writer quotes is read as it was, however the bytes are cut into pieces."""
    content = written(table)

    found = list(records(in_pieces(content, size), quoted=True))

    assert [cells(one) for one in found] == table
    assert b"".join(content[one.start : one.end] for one in found) == content


@given(TABLE, st.integers(1, 30), st.data())
def test_reading_goes_on_from_any_record(table: list[list[str]], size: int, data: st.DataObject) -> None:
    """A record's end is a place to begin at: the rest is the same, with the same lines and places."""
    content = written(table)
    whole = list(records([content], quoted=True))
    number = data.draw(st.integers(0, len(whole) - 1))
    last = whole[number]

    rest = records(in_pieces(content[last.end :], size), quoted=True, line=last.next_line, offset=last.end)

    assert list(rest) == whole[number + 1 :]


@given(st.binary(max_size=300).map(lambda raw: raw.replace(b"\x00", b'"')), st.integers(1, 50))
def test_no_byte_of_any_file_is_read_twice_or_out_of_order(content: bytes, size: int) -> None:
    """Broken quotes, broken encodings: lines and places only go forward, and the pieces' size does not matter."""
    found = list(records(in_pieces(content, size), quoted=True))

    assert found == list(records([content], quoted=True))
    assert all(one.start < one.end for one in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(before.next_line <= after.line for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'5" pipe,1\nnext,2\n', [(1, b'5" pipe,1', ""), (2, b"next,2", "")]),
        (b'"a\nb",1\nc,2', [(1, b'"a\nb",1', ""), (3, b"c,2", "")]),
        (b'"a ""quoted"" b",1\n', [(1, b'"a ""quoted"" b",1', "")]),
        (
            b'a,"open\nb,1\nc,2\n',
            [(1, b"", "a quote opens on this line and is not closed"), (2, b"b,1", ""), (3, b"c,2", "")],
        ),
        (b'"x"y"z,1\na\n', [(1, b'"x"y"z,1', ""), (2, b"a", "")]),
        (b"\n  \r\na\n", [(3, b"a", "")]),
        (b"", []),
    ],
)
def test_a_quote_counts_at_a_fields_beginning(content: bytes, expected: list[tuple[int, bytes, str]]) -> None:
    """Inches stay inches; a quote that nothing closes spoils its own line only; blank lines are none."""
    assert [(one.line, one.content, one.why) for one in records([content], quoted=True)] == expected


def test_json_lines_know_no_quotes() -> None:
    """A record is a line, whatever is in it."""
    found = records([b'{"a": "\n"}\n'], quoted=False)

    assert [one.content for one in found] == [b'{"a": "', b'"}']


@pytest.mark.parametrize("size", [7, 64])
def test_a_line_too_long_is_skipped_in_bounded_memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """A line of a gigabyte is one bad row; what is held of it never grows beyond a record's most and a piece."""
    monkeypatch.setattr(module, "MAX_RECORD_BYTES", 20)
    content = b"a,1\n" + b"x" * 500 + b"\nb,2\n" + b'"' + b"y" * 30 + b'",3'

    found = list(records(in_pieces(content, size), quoted=True))

    long = "the line is longer than 1 MB"
    assert [(one.line, one.content, one.why) for one in found] == [
        (1, b"a,1", ""),
        (2, b"", long),
        (3, b"b,2", ""),
        (4, b"", long),
    ]
    assert found[-1].end == len(content)


def test_a_quote_open_over_a_megabyte_spoils_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows after it are read for themselves."""
    monkeypatch.setattr(module, "MAX_RECORD_BYTES", 20)
    content = b'a,"open\n' + b"".join(b"row,%d\n" % n for n in range(9))

    found = list(records([content], quoted=True))

    assert [one.line for one in found if one.why] == [1]
    assert len(found) == 10


def test_quotes_that_nothing_closes_cost_no_line_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """C6: each line opens one, and each is bad; a megabyte of them kept a worker busy until it was cut off."""
    asked = 0
    really = module._ends_inside

    def counted(content: bytes, *, inside: bool) -> bool:
        nonlocal asked
        asked += 1
        return really(content, inside=inside)

    monkeypatch.setattr(module, "_ends_inside", counted)
    lines = 20_000

    found = list(records([b'a"b,"c\n' * lines], quoted=True))

    assert {one.why for one in found} == {"a quote opens on this line and is not closed"}
    assert len(found) == lines
    assert asked <= 2 * lines


def test_a_line_of_a_gigabyte_is_skipped_in_bounded_memory() -> None:
    """C6: it is counted and thrown away as it comes; the line after it is read."""
    piece = b"x" * (1 << 20)
    pieces = chain([b"first,1\n"], repeat(piece, 1024), [b"\nlast,2\n"])
    tracemalloc.start()

    found = [(one.line, one.content, one.why) for one in records(pieces, quoted=True)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found == [(1, b"first,1", ""), (2, b"", "the line is longer than 1 MB"), (3, b"last,2", "")]
    assert peak < 8 << 20
