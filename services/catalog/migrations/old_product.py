"""A product as an old shop's file has it, whatever the format (M6). Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.catalog.imports.product_rows import Row, RowRefused


@dataclass(frozen=True)
class OldProduct:
    """``body``: what would create it by API, without a category; ``skus``: its styles' old ids in the body's order;
    ``barcodes``: of all of them; ``on_sale`` there; ``old_category``: what its category is called there; ``aside``:
    what of the record has no place here, and is kept beside the product."""

    old_id: str
    body: Mapping[str, Any]
    skus: tuple[str, ...]
    on_sale: bool
    old_category: str = ""
    barcodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    aside: Mapping[str, Any] = field(default_factory=dict)


def product_of_line(
    rows: Sequence[Row], ident: str, read: Callable[[Mapping[str, Any], str], OldProduct]
) -> OldProduct:
    """What ``read`` makes of a line, in a format with a product a line; ``ident``: the field of its id there.

    Raises RowRefused, also for a second line with this id.
    """
    if len(rows) > 1:
        raise RowRefused(f"line {rows[0].line} has {ident} {rows[0].key} too")
    try:
        return read(rows[0].cells, rows[0].key)
    except ValueError as error:
        raise RowRefused(str(error)) from error
