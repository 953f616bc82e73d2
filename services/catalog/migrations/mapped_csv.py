"""Any system's CSV of products, by its own header: its merchant says which column is what (M6). Pure.

A row is a style; the rows of a product share its id and stand together. What the columns may be is in formats.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, get_args

from services.catalog.imports.html_text import text_of
from services.catalog.imports.import_file import Format
from services.catalog.imports.product_rows import Row, RowRefused, Written, first_images, on_one_line
from services.catalog.migrations.old_product import OldProduct
from services.catalog.migrations.wechat_products import https

Column = Literal[
    "product_id",
    "title",
    "short_title",
    "description",
    "category",
    "images",
    "out_product_id",
    "kind",
    "on_sale",
    "max_per_buyer",
    "sku_id",
    "out_sku_id",
    "price",
    "price_fen",
    "original_price",
    "original_price_fen",
    "stock",
    "attributes",
    "weight_g",
    "barcode",
]
COLUMNS: tuple[Column, ...] = get_args(Column)
REQUIRED: tuple[Column, ...] = ("product_id", "title")
MAX_NUMBER = 10**12
BETWEEN_IMAGES = re.compile(r"[|;\s]+|,(?=https?:)")
BETWEEN_CHOICES = re.compile(r"[;\uFF1B|]")  # a full-width semicolon, too
NAME_AND_CHOICE = re.compile(r"[=:\uFF1A]")  # a full-width colon, too
ON_SALE = frozenset("1 true yes y on active listed 上架 已上架 出售中 在售 销售中 是".split())
VOUCHERS = frozenset("e_voucher voucher virtual 虚拟 虚拟商品 电子卡券 卡券".split())


def check_columns(columns: Mapping[Column, str]) -> None:
    """Raise ValueError where a product could not be read by these."""
    for name in REQUIRED:
        if name not in columns:
            raise ValueError(f"columns: say which column is the {name}")
    for name in ("price", "original_price"):
        if name in columns and f"{name}_fen" in columns:
            raise ValueError(f"columns: either {name}, in yuan, or {name}_fen, one of the two")
    if "price" not in columns and "price_fen" not in columns:
        raise ValueError("columns: say which column is the price, in yuan, or the price_fen")
    if len(set(columns.values())) < len(columns):
        raise ValueError("columns: one column cannot be two things")


def format_of(columns: Mapping[str, str]) -> Format:
    """How such a file is cut into products: all columns that were named have to be in its header."""
    return Format(lambda rows: Written(rows[0].cells), columns["product_id"], tuple(columns.values()))


def product(rows: Sequence[Row], columns: Mapping[str, str]) -> OldProduct:
    """The product that these rows make. Raises RowRefused."""
    first, named = rows[0], set(columns.values())
    found = BETWEEN_IMAGES.split(_cell(first, columns, "images"))
    images, notes = first_images([https(one) for one in found if one])
    listed = "on_sale" not in columns or _cell(first, columns, "on_sale").casefold() in ON_SALE
    body = {
        "out_product_id": _cell(first, columns, "out_product_id") or None,
        "title": on_one_line(_cell(first, columns, "title")),
        "short_title": on_one_line(_cell(first, columns, "short_title")),
        "description": text_of(_cell(first, columns, "description")),
        "kind": "e_voucher" if _cell(first, columns, "kind").casefold() in VOUCHERS else "physical",
        "images": images,
        "max_per_buyer": _whole(first, columns, "max_per_buyer"),
        "skus": [_style(row, columns) for row in rows],
    }
    aside = {
        str(row.line): left
        for row in rows
        if (left := {name: cell for name, cell in row.cells.items() if name not in named and cell})
    }
    return OldProduct(
        first.key,
        body,
        tuple(_style_id(row, columns) for row in rows),
        on_sale=listed,
        old_category=_cell(first, columns, "category"),
        barcodes=tuple(code for row in rows if (code := _cell(row, columns, "barcode"))),
        notes=(*notes, *(() if listed else ("it was not listed there",))),
        aside=aside,
    )


def _style(row: Row, columns: Mapping[str, str]) -> Mapping[str, Any]:
    price = _fen(row, columns, "price")
    if price is None:
        raise RowRefused(f"line {row.line}: the price is missing")
    return {
        "attributes": dict(_choices(row, columns)),
        "price_fen": price,
        "original_price_fen": max(price, _fen(row, columns, "original_price") or 0),
        "initial_stock": max(0, _whole(row, columns, "stock")),
        "out_sku_id": _cell(row, columns, "out_sku_id") or None,
        "weight_g": _whole(row, columns, "weight_g"),
    }


def _style_id(row: Row, columns: Mapping[str, str]) -> str:
    """Its own id where the file has one, which names it alone; else its product's with its choices."""
    own = _cell(row, columns, "sku_id")
    return own or f"{row.key}|{_cell(row, columns, 'out_sku_id') or _cell(row, columns, 'attributes')}"


def _choices(row: Row, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """``colour=red;size=M``, also with colons."""
    seen: set[str] = set()
    for part in BETWEEN_CHOICES.split(_cell(row, columns, "attributes")):
        if not part.strip():
            continue
        name, *rest = (one.strip() for one in NAME_AND_CHOICE.split(part, maxsplit=1))
        if not name or not rest or not rest[0] or name in seen:
            raise RowRefused(f"line {row.line}: attributes are written as name:value;name:value, each name once")
        seen.add(name)
        yield name, rest[0]


def _fen(row: Row, columns: Mapping[str, str], name: str) -> int | None:
    """An amount in fen, from its column in yuan or in fen; None for an empty cell. A third decimal is refused."""
    in_fen = f"{name}_fen" in columns
    number = _number(row, columns, f"{name}_fen" if in_fen else name)
    if number is None:
        return None
    fen = number if in_fen else number * 100
    if fen != fen.to_integral_value():
        raise RowRefused(f"line {row.line}: {columns[f'{name}_fen' if in_fen else name]} is no whole number of fen")
    return int(fen)


def _whole(row: Row, columns: Mapping[str, str], name: str) -> int:
    return int(_number(row, columns, name) or 0)


def _number(row: Row, columns: Mapping[str, str], name: str) -> Decimal | None:
    """Also with a currency's sign before it, and commas between thousands."""
    text = _cell(row, columns, name).lstrip("\u00a5\uffe5").replace(",", "").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
        if abs(number) < MAX_NUMBER:
            return number
    except ArithmeticError as error:
        raise RowRefused(f"line {row.line}: {columns[name]} is no number") from error
    raise RowRefused(f"line {row.line}: {columns[name]} is no number of a believable size")


def _cell(row: Row, columns: Mapping[str, str], name: str) -> str:
    return str(row.cells.get(columns[name], "")).strip() if name in columns else ""
