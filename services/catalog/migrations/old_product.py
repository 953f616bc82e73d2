"""A product as an old shop's file has it, whatever the format (M6). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
