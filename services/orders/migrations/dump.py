"""A dump, read line by line from a place in it: one JSON object a line (M6). Pure; bounded by a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from services.shared.plumbing.nesting import is_nested_too_deeply

MAX_LINE = 256 << 10
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class DumpLine:
    """One line that is not blank: its number, the byte after it, and what is in it, or ``why`` it cannot be read."""

    number: int
    end: int
    size: int
    record: Any = None
    why: str = ""


def lines_from(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[DumpLine]:
    """The lines of a file whose byte ``offset`` comes first and begins line number ``line``."""
    held, skipped = b"", 0
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        for part in whole:
            end = offset + skipped + len(part) + 1
            if found := _read(part, line, end, skipped):
                yield found
            line, offset, skipped = line + 1, end, 0
        if skipped or len(held) > MAX_LINE:
            skipped, held = skipped + len(held), b""
    if (held or skipped) and (found := _read(held, line, offset + skipped + len(held), skipped)):
        yield found


def _read(content: bytes, number: int, end: int, skipped: int) -> DumpLine | None:
    size = skipped + len(content)
    if size > MAX_LINE:
        return DumpLine(number, end, size, why=f"the line is longer than {MAX_LINE >> 10} KB")
    content = content.removeprefix(BOM) if number == 1 else content
    if not content.strip():
        return None
    try:
        text = content.decode()
        found = json.loads(text, parse_constant=_no_number)
        if is_nested_too_deeply(text, found):
            raise RecursionError
        return DumpLine(number, end, size, found)
    except UnicodeDecodeError:
        return DumpLine(number, end, size, why="it is not written in UTF-8")
    except json.JSONDecodeError as error:
        return DumpLine(number, end, size, why=f"it is no JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError):
        return DumpLine(number, end, size, why="it is no JSON that can be read")


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
