"""Youzan's `youzan.item.get`, an item a line: the answer as it came, or its `item` alone (M6). Pure.

What is taken from which field is in formats.md.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.imports.encoding import Encoding
from services.catalog.imports.html_text import text_of
from services.catalog.imports.product_rows import Row, first_images, on_one_line
from services.catalog.imports.records import Record
from services.catalog.migrations.old_product import OldProduct, product_of_line
from services.catalog.migrations.wechat_products import (
    WrongShape,
    https,
    json_object,
    object_in,
    objects_in,
    old_id,
    text_in,
    whole_in,
)

PHYSICAL, VOUCHERS = frozenset({0, 5, 10, 25}), frozenset({22, 60, 61})
TAKEN = frozenset(
    {"item_id", "item_no", "title", "desc", "item_type", "is_listing", "price", "quantity", "skus", "cid"}
)
TAKEN |= {"item_imgs", "buy_quota"}
SKU_TAKEN = frozenset({"sku_id", "item_no", "price", "quantity", "properties_name_json"})


def row(record: Record, encoding: Encoding) -> Row:
    """A line as a row, keyed by the item's id; a bad one says why."""
    try:
        found = json_object(record, encoding, "response")
        item = object_in(found, "item") or found
        key = old_id(item, "item_id")
    except ValueError as error:
        return Row(record.line, record.end, record.next_line, "", {}, str(error))
    return Row(record.line, record.end, record.next_line, key, item)


def product(rows: Sequence[Row]) -> OldProduct:
    """The product of a line. Raises RowRefused."""
    return product_of_line(rows, "item_id", _read)


def _read(one: Mapping[str, Any], ident: str) -> OldProduct:
    kind = whole_in(one, "item_type", 0)
    if kind not in PHYSICAL | VOUCHERS:
        raise ValueError(f"item_type: {kind} cannot be sold here")
    # What has no styles there is one style here, under the item's own id.
    skus = objects_in(one, "skus") or [{**one, "sku_id": one["item_id"]}]
    images, notes = first_images([https(text_in(image, "url")) for image in objects_in(one, "item_imgs")])
    listed = one.get("is_listing", True)
    if not isinstance(listed, bool):
        raise WrongShape("is_listing is neither true nor false")
    body = {
        "out_product_id": text_in(one, "item_no") or None,
        "title": on_one_line(text_in(one, "title")),
        "description": text_of(text_in(one, "desc")),
        "kind": "physical" if kind in PHYSICAL else "e_voucher",
        "images": images,
        "max_per_buyer": whole_in(one, "buy_quota", 0),
        "skus": [_style(sku, alone=not one.get("skus")) for sku in skus],
    }
    return OldProduct(
        ident,
        body,
        tuple(old_id(sku, "sku_id") for sku in skus),
        on_sale=listed,
        old_category=str(one.get("cid") or ""),
        notes=(*notes, *(() if listed else ("it was not listed there",))),
        aside=_aside(one),
    )


def _style(sku: Mapping[str, Any], *, alone: bool) -> Mapping[str, Any]:
    price = whole_in(sku, "price")
    return {
        "attributes": {} if alone else _attributes(sku),
        "price_fen": price,
        "original_price_fen": price,
        "initial_stock": max(0, whole_in(sku, "quantity", 0)),
        "out_sku_id": None if alone else text_in(sku, "item_no") or None,
    }


def _attributes(sku: Mapping[str, Any]) -> Mapping[str, str]:
    """From the JSON text that a style carries: its properties by name."""
    try:
        found = json.loads(text_in(sku, "properties_name_json") or "[]")
    except (ValueError, RecursionError) as error:
        raise ValueError("properties_name_json is no JSON") from error
    named = objects_in({"properties_name_json": found}, "properties_name_json")
    return {text_in(one, "k"): text_in(one, "v") for one in named}


def _aside(one: Mapping[str, Any]) -> Mapping[str, Any]:
    rest = {name: value for name, value in one.items() if name not in TAKEN}
    styles = {
        str(sku.get("sku_id")): left
        for sku in objects_in(one, "skus")
        if (left := {name: value for name, value in sku.items() if name not in SKU_TAKEN})
    }
    return {**rest, "skus": styles} if styles else rest
