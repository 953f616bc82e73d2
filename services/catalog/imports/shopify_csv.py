"""Shopify's product CSV (C6): the rows of a handle are a product, those with a price its styles. Pure.

What is taken from which column is in README.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.catalog.imports.html_text import text_of
from services.catalog.imports.product_rows import Row, RowRefused, Written, first_images, on_one_line

KEY = "Handle"
REQUIRED = (KEY, "Title", "Variant Price")
MAX_NUMBER = 10**12
_OPTIONS = tuple((f"Option{n} Name", f"Option{n} Value") for n in (1, 2, 3))


def product(rows: Sequence[Row]) -> Written:
    """The product that these rows make. Raises RowRefused."""
    first = rows[0]
    if first.cells.get("Gift Card", "").lower() == "true":
        raise RowRefused("gift cards cannot be sold here")
    variants = [row for row in rows if row.cells.get("Variant Price")]
    if not variants:
        raise RowRefused("no row of it has a Variant Price")
    images, notes = first_images(_images(rows))
    physical = variants[0].cells.get("Variant Requires Shipping", "true").lower() != "false"
    body = {
        "out_product_id": first.key,
        "title": on_one_line(first.cells.get("Title", "")),
        "description": text_of(first.cells.get("Body (HTML)", "")),
        "kind": "physical" if physical else "e_voucher",
        "images": images,
        "skus": [_style(row, first) for row in variants],
    }
    return Written(body, tuple(notes), _published(first))


def _published(row: Row) -> bool:
    status = row.cells.get("Status") or "active"
    return row.cells.get("Published", "true").lower() != "false" and status.lower() == "active"


def _images(rows: Sequence[Row]) -> list[str]:
    """Every image once, by its position; one without a position stands where its row does."""

    def placed() -> Iterator[tuple[int, int, str]]:
        for number, row in enumerate(rows, 1):
            position = row.cells.get("Image Position", "")
            place = _whole(row, "Image Position") if position.isascii() and position.isdigit() else number
            yield place, number, row.cells.get("Image Src", "")

    return list(dict.fromkeys(address for _, _, address in sorted(placed()) if address))


def _style(row: Row, first: Row) -> Mapping[str, Any]:
    price = _fen(row, "Variant Price")
    compared = _fen(row, "Variant Compare At Price") if row.cells.get("Variant Compare At Price") else 0
    own_id = row.cells.get("Variant SKU", "").removeprefix("'")  # it keeps spreadsheets from making it a number
    return {
        "attributes": dict(_options(row, first)),
        "price_fen": price,
        "original_price_fen": max(price, compared),
        "initial_stock": max(0, _whole(row, "Variant Inventory Qty")),  # below zero: sold more than there was
        "out_sku_id": own_id or None,
        "weight_g": _whole(row, "Variant Grams"),
    }


def _options(row: Row, first: Row) -> Iterator[tuple[str, str]]:
    """Names stand on the product's first row. ``Title: Default Title`` says that there is only one style."""
    for name_column, value_column in _OPTIONS:
        name, value = first.cells.get(name_column, ""), row.cells.get(value_column, "")
        if name and value and (name, value) != ("Title", "Default Title"):
            yield name, value


def _fen(row: Row, column: str) -> int:
    """A price in yuan as fen; a third decimal is refused and not rounded."""
    fen = _number(row, column) * 100
    if fen != fen.to_integral_value():
        raise RowRefused(f"line {row.line}: {column} has more than two decimals")
    return int(fen)


def _whole(row: Row, column: str) -> int:
    return int(_number(row, column)) if row.cells.get(column) else 0


def _number(row: Row, column: str) -> Decimal:
    try:
        number = Decimal(row.cells.get(column, ""))
        believable = abs(number) < MAX_NUMBER
    except ArithmeticError as error:
        raise RowRefused(f"line {row.line}: {column} is no number") from error
    if not believable:  # a number of a million digits is a way to keep a worker busy
        raise RowRefused(f"line {row.line}: {column} is no number of a believable size")
    return number
