"""The formats in which an old shop's products may come, by what reads them (M6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from services.catalog.imports import shopify_csv
from services.catalog.imports.encoding import Encoding
from services.catalog.imports.import_file import FORMATS as IMPORTS
from services.catalog.imports.import_file import Format, Place
from services.catalog.imports.product_rows import Row, Written, json_row
from services.catalog.imports.records import Record
from services.catalog.migrations import (
    mapped_csv,
    old_members,
    shop_lines,
    shop_v1_products,
    wechat_groups,
    wechat_products,
    youzan_products,
)
from services.catalog.migrations.migration import File, Migration
from services.catalog.migrations.migration import Format as Name
from services.catalog.migrations.old_product import OldProduct
from services.catalog.migrations.told_row import FileKind


class Lines(Format):
    """A JSON object a line, keyed as WeChat does; the shop of 2014 had other fields, by which it is known."""

    def row(self, record: Record, place: Place) -> Row:
        try:
            found = wechat_products.json_object(record, place.encoding, "product")
            found = shop_v1_products.unwrapped(wechat_products.unwrapped(found))
            v1 = shop_v1_products.is_of(found)
            key = shop_v1_products.key_of(found) if v1 else wechat_products.old_id(found, "product_id")
        except ValueError as error:
            return Row(record.line, record.end, record.next_line, "", {}, str(error))
        return Row(record.line, record.end, record.next_line, key, found)


def _wechat(rows: Sequence[Row]) -> OldProduct:
    return shop_v1_products.product(rows) if shop_v1_products.is_of(rows[0].cells) else wechat_products.product(rows)


class Items(Format):
    """A JSON object a line, keyed as Youzan does."""

    def row(self, record: Record, place: Place) -> Row:
        return youzan_products.row(record, place.encoding)


@dataclass(frozen=True)
class KeyedLines(Format):
    """A JSON object a line, keyed by whoever reads it."""

    read: Callable[[Record, Encoding], Row] = json_row

    def row(self, record: Record, place: Place) -> Row:
        return self.read(record, place.encoding)


def _cells(rows: Sequence[Row]) -> Written:
    return Written(rows[0].cells)


# What no product is: by kind and format.
OTHERS: Mapping[FileKind, Mapping[Name, Format]] = {
    "groups": {"wechat": KeyedLines(_cells, read=wechat_groups.row)},
    "members": {
        "jsonl": KeyedLines(_cells, read=old_members.row),
        "csv": Format(_cells, old_members.KEY, old_members.REQUIRED),
    },
    "shop": {
        "wechat": KeyedLines(_cells, read=shop_lines.row),
        "jsonl": KeyedLines(_cells, read=shop_lines.row),
    },
}


@dataclass(frozen=True)
class Reader:
    """How a file is cut into records, and what a record says."""

    format: Format
    product: Callable[[Sequence[Row]], OldProduct]


def formats_of(kind: FileKind) -> tuple[Name, ...]:
    """In which formats catalog takes files of this kind; the first is taken for granted."""
    return tuple(OTHERS[kind]) if kind in OTHERS else (*READERS, "csv")


def reader_of(migration: Migration, file: File) -> Reader:
    """How a file of products is read: one by its header by the columns that its merchant has named."""
    if file.format == "csv":
        columns = migration.columns
        return Reader(mapped_csv.format_of(columns), partial(mapped_csv.product, columns=columns))
    return READERS[file.format]


def format_of(migration: Migration, file: File) -> Format:
    """How a file is cut into records."""
    if file.kind in OTHERS:
        return OTHERS[file.kind][file.format]
    return reader_of(migration, file).format


def _imported(format_: Format) -> Reader:
    """What bulk uploads read can move here too; its key is its old id. A style is its product's id and its own, or its
    attributes: neither names one alone."""

    def product(rows: Sequence[Row]) -> OldProduct:
        written = format_.product(rows)
        styles = written.body.get("skus")
        skus = tuple(f"{rows[0].key}|{_style_id(one)}" for one in objects(styles))
        category = str(written.body.get("category_id") or "")
        body = {name: value for name, value in written.body.items() if name != "category_id"}
        return OldProduct(rows[0].key, body, skus, written.published, category, notes=written.notes)

    return Reader(format_, product)


def objects(found: object) -> list[Mapping[str, Any]]:
    """Those of a list that are objects."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _ours(rows: Sequence[Row]) -> Written:
    """A line of our own, which also says whether it was on sale."""
    body = {name: value for name, value in rows[0].cells.items() if name != "published"}
    return Written(body, published=rows[0].cells.get("published", True) is not False)


def _style_id(sku: Mapping[str, object]) -> str:
    attributes = sku.get("attributes")
    named = attributes if isinstance(attributes, dict) else {}
    return str(sku.get("out_sku_id") or "/".join(f"{name}={value}" for name, value in sorted(named.items())))


READERS: Mapping[Name, Reader] = {
    "wechat": Reader(Lines(_cells), _wechat),
    "youzan": Reader(Items(_cells), youzan_products.product),
    "shopify": _imported(Format(shopify_csv.product, shopify_csv.KEY, shopify_csv.REQUIRED)),
    "jsonl": _imported(replace(IMPORTS["jsonl"], product=_ours)),
}
