"""The system's own CSV: one row a style; the rows of a product share its ``out_product_id`` (C6). Pure.

Columns and their meaning are in README.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.imports.product_rows import Row, RowRefused, Written, WrongColumns, on_one_line

KEY = "out_product_id"
REQUIRED = (KEY, "title", "price_fen")
_TEXT = (
    *("title", "category_id", "kind", "short_title", "description"),
    *("freight_template_id", "max_per_buyer", "mini_program_appid", "mini_program_path"),
)
_OF_PRODUCT = (*_TEXT, "images")
_NUMBERS = ("price_fen", "original_price_fen", "weight_g")
COLUMNS = (KEY, *_OF_PRODUCT, "attributes", "out_sku_id", "stock", *_NUMBERS)


def check_columns(columns: Sequence[str]) -> None:
    """Raise WrongColumns for one that the format does not have: a typing error is seen and not ignored."""
    unknown = [name for name in columns if name and name not in COLUMNS]
    if unknown:
        raise WrongColumns(f"the column {unknown[0]} is not known; known are {', '.join(COLUMNS)}")


def product(rows: Sequence[Row]) -> Written:
    """The product that these rows make. Raises RowRefused."""
    first = rows[0]
    for row in rows[1:]:
        for name in _OF_PRODUCT:
            value = row.cells.get(name, "")
            if value and value != first.cells.get(name, ""):
                raise RowRefused(f"line {row.line}: {name} differs from line {first.line} of the same product")
    body: dict[str, Any] = {name: first.cells[name] for name in _TEXT if first.cells.get(name)}
    body |= {name: on_one_line(body[name]) for name in ("title", "short_title") if name in body}
    images = [one.strip() for one in first.cells.get("images", "").split("|")]
    return Written(
        {
            **body,
            KEY: first.key,
            "images": [one for one in images if one],
            "skus": [_style(row) for row in rows],
        }
    )


def _style(row: Row) -> Mapping[str, Any]:
    style: dict[str, Any] = {name: row.cells[name] for name in (*_NUMBERS, "out_sku_id") if row.cells.get(name)}
    style["initial_stock"] = row.cells.get("stock") or 0
    style["attributes"] = _attributes(row)
    return style


def _attributes(row: Row) -> dict[str, str]:
    """``colour=red; size=M`` as a mapping."""
    found: dict[str, str] = {}
    for part in row.cells.get("attributes", "").split(";"):
        name, equals, value = (one.strip() for one in part.partition("="))
        if not part.strip():
            continue
        if not equals or not name or not value or name in found:
            raise RowRefused(f"line {row.line}: attributes are written as name=value;name=value, each name once")
        found[name] = value
    return found
