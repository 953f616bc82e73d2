"""Records of a file of any size in bounded memory, with their places, so that reading can go on later (C6). Pure.

A CSV record ends at a line's end outside quotes, where a quote opens only at a field's beginning. The bytes of quote,
comma and line feed are never part of another character in UTF-8 or GB18030, so this works before decoding.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_RECORD_BYTES = 1 << 20


@dataclass(frozen=True)
class Record:
    """One record: the line it begins on, the bytes it spans, and its content, or ``why`` it cannot be read."""

    line: int
    start: int
    end: int
    next_line: int
    content: bytes
    why: str = ""


@dataclass(frozen=True)
class _Line:
    number: int
    start: int
    end: int
    content: bytes | None  # None: longer than a record may be


def records(pieces: Iterable[bytes], *, quoted: bool, line: int = 1, offset: int = 0) -> Iterator[Record]:
    """The records of a stream whose first byte is at ``offset`` of the file, on ``line``. Blank lines are none.

    A line over 1 MB is skipped and said to be so. Where a quote opens and nothing closes it within 1 MB, only its line
    is bad, and the next line is read for itself.
    """
    lines = _Lines(_lines(pieces, line, offset))
    while (first := lines.take()) is not None:
        if first.content is None:
            yield _bad(first, "the line is longer than 1 MB")
            continue
        parts = [first]
        if quoted and _ends_inside(first.content, inside=False):
            rest = lines.take_to_end_of_quote(MAX_RECORD_BYTES - len(first.content))
            if rest is None:
                yield _bad(first, "a quote opens on this line and is not closed")
                continue
            parts += rest
        content = b"".join(part.content or b"" for part in parts).rstrip(b"\r\n")
        if content.strip():
            yield Record(first.number, first.start, parts[-1].end, parts[-1].number + 1, content)


class _Lines:
    """Lines, of which some were read ahead to find the end of a quote.

    Of those it remembers how many of the first ones end inside quotes when they begin there, and their bytes: no line
    is asked twice, also where every line of a file opens a quote that nothing closes.
    """

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines, self._ahead = lines, deque[_Line]()
        self._inside, self._bytes = 0, 0

    def take(self) -> _Line | None:
        """The next line; None at the end."""
        if not self._ahead:
            return next(self._lines, None)
        line = self._ahead.popleft()
        if self._inside:
            self._inside, self._bytes = self._inside - 1, self._bytes - len(line.content or b"")
        return line

    def take_to_end_of_quote(self, room: int) -> list[_Line] | None:
        """The next lines to the end of a quote that is open before them; None, taking none, beyond ``room`` bytes."""
        while True:
            if self._inside == len(self._ahead):
                if (read := next(self._lines, None)) is None:
                    return None
                self._ahead.append(read)
            line = self._ahead[self._inside]
            if line.content is None or self._bytes + len(line.content) > room:
                return None
            if not _ends_inside(line.content, inside=True):
                found = [self._ahead.popleft() for _ in range(self._inside + 1)]
                self._inside, self._bytes = 0, 0
                return found
            self._inside, self._bytes = self._inside + 1, self._bytes + len(line.content)


def _bad(line: _Line, why: str) -> Record:
    return Record(line.number, line.start, line.end, line.number + 1, b"", why)


def _lines(pieces: Iterable[bytes], number: int, start: int) -> Iterator[_Line]:
    held, skipped = b"", 0  # what is held of the current line, and how much of it was thrown away
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        for part in whole:
            end = start + skipped + len(part) + 1
            yield _Line(number, start, end, None if skipped or len(part) > MAX_RECORD_BYTES else part + b"\n")
            number, start, skipped = number + 1, end, 0
        if skipped or len(held) > MAX_RECORD_BYTES:
            skipped, held = skipped + len(held), b""
    if held or skipped:
        yield _Line(number, start, start + skipped + len(held), None if skipped else held)


def _ends_inside(content: bytes, *, inside: bool) -> bool:
    """Whether the end of a line lies inside quotes, when its beginning does or does not."""
    at = 0
    while True:
        if not inside:
            if not content.startswith(b'"', at):
                comma = content.find(b",", at)
                if comma < 0:
                    return False
                at = comma + 1
                continue
            at += 1
        while (quote := content.find(b'"', at)) >= 0 and content.startswith(b'"', quote + 1):
            at = quote + 2  # a doubled quote is a quote
        if quote < 0:
            return True
        comma = content.find(b",", quote + 1)
        if comma < 0:
            return False
        at, inside = comma + 1, False
