"""Rows of an import, and which of them make one product (C6). Pure.

The rows of one product stand together. A row that cannot be read belongs to the product around it, when the rows before
and after it are of the same one, and to none otherwise: bad rows never stop good ones.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.catalog.imports.encoding import Encoding
from services.catalog.imports.records import Record
from services.catalog.products.product import MAX_IMAGES
from services.shared.plumbing.nesting import is_nested_too_deeply

MAX_ROWS_A_PRODUCT = 1000
MAX_BYTES_A_PRODUCT = 4 << 20
MAX_BAD_ROWS_HELD = 100
MAX_COLUMNS, MAX_COLUMN_NAME = 200, 200  # an import's place keeps them, and is one item


class WrongColumns(ValueError):
    """The file's first line is not what the format wants; the message says why."""


class RowRefused(ValueError):
    """A product's rows make no product; the message says why."""


@dataclass(frozen=True)
class Row:
    """One record, read. ``cells`` by column, or a JSON object; ``why`` it could not be read. A bad row has no key."""

    line: int
    end: int
    next_line: int
    key: str
    cells: Mapping[str, Any]
    why: str = ""


def first_images(images: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of a product's images as many as it takes, from the first on; with a note where there are more."""
    note = f"{len(images)} images, the first {MAX_IMAGES} are taken"
    return list(images[:MAX_IMAGES]), [note] if len(images) > MAX_IMAGES else []


@dataclass(frozen=True)
class Group:
    """The rows of one product, or one row of none."""

    key: str
    rows: tuple[Row, ...]
    why: str = ""

    @property
    def line(self) -> int:
        return self.rows[0].line

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(row.line for row in self.rows)

    @property
    def end(self) -> int:
        """The byte after its last row."""
        return self.rows[-1].end

    @property
    def next_line(self) -> int:
        return self.rows[-1].next_line


@dataclass(frozen=True)
class Written:
    """A product as a file has it: the body that would create it by API, what to tell of it, whether it is published."""

    body: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    published: bool = True


def columns_of(record: Record, encoding: Encoding, required: Iterable[str]) -> tuple[str, ...]:
    """The columns that the first line names. Raises WrongColumns."""
    try:
        columns = tuple(name.strip() for name in _cells(record, encoding))
    except ValueError as error:
        raise WrongColumns(f"the first line cannot be read: {error}") from error
    named = [name for name in columns if name]
    missing = [name for name in required if name not in named]
    if missing:
        raise WrongColumns(f"the first line does not name the column {missing[0]}")
    if len(set(named)) < len(named):
        raise WrongColumns("the first line names a column twice")
    if len(columns) > MAX_COLUMNS:
        raise WrongColumns(f"there are more than {MAX_COLUMNS} columns")
    if long := [name for name in columns if len(name) > MAX_COLUMN_NAME]:
        raise WrongColumns(f"the column {long[0][:20]}… has a name of more than {MAX_COLUMN_NAME} characters")
    return columns


def csv_row(record: Record, encoding: Encoding, columns: Sequence[str], key_column: str) -> Row:
    """A CSV record by these columns. Cells are text, whatever they begin with."""
    try:
        cells = _cells(record, encoding)
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise ValueError(f"it has {len(cells)} cells, the first line has {len(columns)}")
    except ValueError as error:
        return _row(record, "", {}, str(error))
    by_name = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
    key = by_name.get(key_column, "")
    return _row(record, key, by_name) if key else _row(record, "", {}, f"{key_column} is empty")


def json_row(record: Record, encoding: Encoding) -> Row:
    """A JSON object on one line, by its ``out_product_id``."""
    try:
        found = json_in(_text(record, encoding))
    except RecursionError:
        return _row(record, "", {}, "it is nested too deeply")
    except ValueError as error:
        return _row(record, "", {}, f"it is no JSON: {error}" if not record.why else record.why)
    if not isinstance(found, dict):
        return _row(record, "", {}, "it is no JSON object")
    key = found.get("out_product_id")
    if not isinstance(key, str) or not key.strip():
        return _row(record, "", {}, "out_product_id is missing: a file sent again would make a second product")
    return _row(record, key.strip(), found)


def json_in(text: str) -> Any:
    """What a line of JSON says. Raises RecursionError, and ValueError.

    Also for what JSON takes and no store does: half a character, where a text was cut inside an emoji, and deeper
    nesting than is read again.
    """
    try:
        found = json.loads(text)
        if is_nested_too_deeply(text, found):
            raise RecursionError
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise ValueError("it has half a character in it, or too long a number") from error
    return found


def on_one_line(cell: str) -> str:
    """A cell's text without the line ends and tabs that a spreadsheet lets into it."""
    return " ".join(part for line in cell.splitlines() for part in line.split("\t") if part)


def grouped(rows: Iterable[Row], previous_key: str = "") -> Iterator[Group]:
    """Products from rows; ``previous_key`` is the key of the group before the first row.

    What a product has over 1000 rows or 4 MB is refused in portions, so that memory stays bounded.
    """
    current: list[Row] = []
    bad: list[Row] = []

    def flush() -> Iterator[Group]:
        nonlocal previous_key
        if current:
            too_many = current[0].key == previous_key
            why = f"the product has more than {MAX_ROWS_A_PRODUCT} rows or 4 MB" if too_many else ""
            yield Group(current[0].key, tuple(current), why)
            previous_key = current[0].key
        yield from (Group("", (row,)) for row in bad)
        current.clear()
        bad.clear()

    for row in rows:
        if row.why:
            bad.append(row)
            if not current or len(bad) >= MAX_BAD_ROWS_HELD:
                yield from flush()
        elif current and row.key == current[0].key and _fits(row, current):
            current += [*bad, row]
            bad.clear()
        else:
            yield from flush()
            current.append(row)
    yield from flush()


def _fits(row: Row, current: Sequence[Row]) -> bool:
    return len(current) < MAX_ROWS_A_PRODUCT and row.end - current[0].end < MAX_BYTES_A_PRODUCT


def _row(record: Record, key: str, cells: Mapping[str, Any], why: str = "") -> Row:
    return Row(record.line, record.end, record.next_line, key, cells, why)


def _cells(record: Record, encoding: Encoding) -> list[str]:
    try:
        return next(csv.reader([_text(record, encoding)]), [])
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from error


def _text(record: Record, encoding: Encoding) -> str:
    if record.why:
        raise ValueError(record.why)
    if b"\x00" in record.content:
        raise ValueError("it contains a NUL byte, as no text does")
    try:
        return record.content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"broken encoding: byte {error.start + 1} of the row is not {encoding.upper()}") from error
