"""The file of an import, read from a place in it (C6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from services.catalog.imports import native_csv, shopify_csv
from services.catalog.imports.encoding import UTF8_MARK, Encoding, encoding_of
from services.catalog.imports.product_rows import (
    Group,
    Row,
    RowRefused,
    Written,
    WrongColumns,
    columns_of,
    csv_row,
    grouped,
    json_row,
)
from services.catalog.imports.records import Record, records
from services.shared.plumbing import files

CHUNK_PRODUCTS = 200
CHUNK_BYTES = 8 << 20
KEY_KEPT = 256  # characters


def _any_columns(_: Sequence[str]) -> None:
    """Other people's formats have columns that we need not know."""


@dataclass(frozen=True)
class Format:
    """How one kind of file becomes products. ``key`` is the column that names a product; without one it is JSON."""

    product: Callable[[Sequence[Row]], Written]
    key: str = ""
    required: tuple[str, ...] = ()
    check_columns: Callable[[Sequence[str]], None] = _any_columns

    def row(self, record: Record, place: "Place") -> Row:
        if self.key:
            return csv_row(record, place.encoding, place.columns, self.key)
        return json_row(record, place.encoding)


def _json_product(rows: Sequence[Row]) -> Written:
    """The product of a line. Raises RowRefused for two lines of one: they may differ, and none is the right one."""
    if len(rows) > 1:
        again = f"line {rows[1].line} has the product of line {rows[0].line} again"
        raise RowRefused(f"{again}: one line says all of a product")
    return Written(rows[0].cells)


FORMATS: Mapping[str, Format] = {
    "native": Format(native_csv.product, native_csv.KEY, native_csv.REQUIRED, native_csv.check_columns),
    "shopify": Format(shopify_csv.product, shopify_csv.KEY, shopify_csv.REQUIRED),
    "jsonl": Format(_json_product),
}


@dataclass(frozen=True)
class Place:
    """How far an import has read: the next byte and its line, and what was learnt at the file's beginning.

    ``previous_key`` is of the product before; ``ended``: all is read, or nothing more will be, and ``why``. Then the
    report is made: ``told`` is the last line in it, ``parts`` how many files it is in; ``reported``: it is whole.
    """

    offset: int
    line: int
    encoding: Encoding
    columns: tuple[str, ...]
    previous_key: str = ""
    ended: bool = False
    why: str = ""
    told: int = 0
    parts: int = 0
    reported: bool = False

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> "Place":
        return cls(**{**cursor, "columns": tuple(cursor["columns"])})

    def cursor(self) -> dict[str, Any]:
        """What is kept of it, in an item: of a key that is too long for a product no more than tells it from others."""
        return asdict(self) | {"previous_key": self.previous_key[:KEY_KEPT]}


def beginning(key: str, format_: Format, encoding: str) -> Place:
    """The place of the first row. Raises NotText, WrongColumns, FileNotFoundError."""
    pieces = files.chunks(key)
    first = next(pieces, b"")
    found = encoding_of(first)
    chosen: Encoding = "gb18030" if encoding == "gb18030" else "utf-8" if encoding == "utf-8" else found
    start = len(UTF8_MARK) if first.startswith(UTF8_MARK) else 0
    if not format_.key:
        return Place(start, 1, chosen, ())
    header = next(records(chain([first[start:]], pieces), quoted=True, offset=start), None)
    if header is None:
        raise WrongColumns("the file is empty")
    columns = columns_of(header, chosen, format_.required)
    format_.check_columns(columns)
    return Place(header.end, header.next_line, chosen, columns)


def products_from(key: str, size: int, format_: Format, place: Place) -> tuple[list[Group], bool]:
    """The next products of the file, at most 200 or 8 MB of them; and whether there are no more. ``size`` in bytes."""
    if place.offset >= size:
        return [], True
    pieces = files.chunks(key, place.offset)
    read = records(pieces, quoted=bool(format_.key), line=place.line, offset=place.offset)
    found: list[Group] = []
    for group in grouped((format_.row(record, place) for record in read), place.previous_key):
        found.append(group)
        if len(found) >= CHUNK_PRODUCTS or group.end - place.offset > CHUNK_BYTES:
            return found, False
    return found, True
