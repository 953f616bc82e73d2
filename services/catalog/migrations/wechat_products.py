"""WeChat's `product/get`, a product a line: the answer as it came, or its `product` alone (M6). Pure.

What is taken from which field is in formats.md. Ids are text here: as numbers they are above what a float holds.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.encoding import Encoding
from services.catalog.migrations.old_product import OldProduct
from services.catalog.product_rows import Row, RowRefused, on_one_line
from services.catalog.records import Record

MAX_IMAGES = 9
LISTED, DELETED = 5, 9
STATES = {
    0: "not listed",
    5: "listed",
    6: "in the bin",
    9: "deleted",
    11: "delisted by the shop",
    13: "delisted for a risk",
    14: "delisted for the deposit",
    15: "delisted for the brand",
    20: "banned",
}
TAKEN = frozenset({"product_id", "out_product_id", "title", "short_title", "head_imgs", "desc_info", "deliver_method"})
TAKEN |= {"status", "skus", "cats", "express_info"}
SKU_TAKEN = frozenset({"sku_id", "out_sku_id", "sale_price", "market_price", "stock_num", "sku_attrs", "bar_code"})


class WrongShape(ValueError):
    """A field is of another type than it has to be; the message says which."""


def row(record: Record, encoding: Encoding) -> Row:
    """A line as a row, keyed by the product's old id; a bad one says why."""
    try:
        product = json_object(record, encoding, "product")
        key = old_id(product, "product_id")
    except ValueError as error:
        return Row(record.line, record.end, record.next_line, "", {}, str(error))
    return Row(record.line, record.end, record.next_line, key, product)


def json_object(record: Record, encoding: Encoding, wrapped_in: str) -> Mapping[str, Any]:
    """A line's object, or what is in its field of this name: an answer as it came. Raises ValueError."""
    if record.why:
        raise ValueError(record.why)
    try:
        found = json.loads(record.content.decode(encoding))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"broken encoding: byte {error.start + 1} of the row is not {encoding.upper()}") from error
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from error
    if isinstance(found, dict) and found.get("errcode"):
        raise ValueError(f"it is an error of WeChat's: {found['errcode']} {found.get('errmsg', '')}".strip())
    if isinstance(found, dict) and isinstance(found.get(wrapped_in), dict):
        found = found[wrapped_in]
    if not isinstance(found, dict):
        raise WrongShape("it is no JSON object")
    return found


def old_id(of: Mapping[str, Any], name: str) -> str:
    """A 64-bit id as text, whether it came as text or as a number. Raises ValueError for one that has lost digits."""
    found = of.get(name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 20:
        return found
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 64:
        return str(found)
    if isinstance(found, float):
        raise WrongShape(f"{name}: {found!r} is a rounded number, its last digits are lost")
    raise ValueError(f"{name} is missing" if found in (None, "") else f"{name} is no id")


def product(rows: Sequence[Row]) -> OldProduct:
    """The product of a line. Raises RowRefused."""
    if len(rows) > 1:
        raise RowRefused(f"line {rows[0].line} has product_id {rows[0].key} too")
    try:
        return _read(rows[0].cells, rows[0].key)
    except ValueError as error:
        raise RowRefused(str(error)) from error


def _read(one: Mapping[str, Any], ident: str) -> OldProduct:
    status = _whole(one, "status", LISTED)
    if status == DELETED:
        raise ValueError("it is deleted in the old shop")
    skus = _objects(one, "skus")
    if not skus:
        raise ValueError("skus: it has none")
    images = [_https(image) for image in _texts(one, "head_imgs")]
    notes = [f"{len(images)} images, the first {MAX_IMAGES} are taken"] if len(images) > MAX_IMAGES else []
    if status != LISTED:
        notes.append(f"it was {STATES.get(status, f'in state {status}')} there")
    weight = _whole(_object(one, "express_info"), "weight", 0)
    categories = [str(cat.get("cat_id", "")) for cat in _objects(one, "cats")]
    body = {
        "out_product_id": _text(one, "out_product_id") or None,
        "title": on_one_line(_text(one, "title")),
        "short_title": on_one_line(_text(one, "short_title")),
        "description": _text(_object(one, "desc_info"), "desc"),
        "kind": "physical" if _whole(one, "deliver_method", 0) == 0 else "e_voucher",
        "images": images[:MAX_IMAGES],
        "skus": [_style(sku, weight) for sku in skus],
    }
    return OldProduct(
        ident,
        body,
        tuple(old_id(sku, "sku_id") for sku in skus),
        on_sale=status == LISTED,
        old_category=categories[-1] if categories else "",
        barcodes=tuple(code for sku in skus if (code := _text(sku, "bar_code"))),
        notes=tuple(notes),
        aside=_aside(one, skus),
    )


def _style(sku: Mapping[str, Any], weight_g: int) -> Mapping[str, Any]:
    price, market = _whole(sku, "sale_price"), _whole(sku, "market_price", 0)
    attributes = {_text(one, "attr_key"): _text(one, "attr_value") for one in _objects(sku, "sku_attrs")}
    return {
        "attributes": {name: value for name, value in attributes.items() if name},
        "price_fen": price,
        "original_price_fen": max(price, market),
        "initial_stock": max(0, _whole(sku, "stock_num", 0)),
        "out_sku_id": _text(sku, "out_sku_id") or None,
        "weight_g": weight_g,
    }


def _aside(one: Mapping[str, Any], skus: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Every field that has no place here, as it came."""
    rest = {name: value for name, value in one.items() if name not in TAKEN}
    images = _object(one, "desc_info").get("imgs")
    if images:
        rest["desc_info"] = {"imgs": images}
    styles = {
        str(sku["sku_id"]): left for sku in skus if (left := {k: v for k, v in sku.items() if k not in SKU_TAKEN})
    }
    return {**rest, "skus": styles} if styles else rest


def _https(address: str) -> str:
    """WeChat's own image addresses are old ones; the same pictures are served by https."""
    return f"https://{address.removeprefix('http://')}" if address.startswith("http://") else address


def _text(of: Mapping[str, Any], name: str) -> str:
    found = of.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise WrongShape(f"{name} is no text")
    return found.strip()


def _whole(of: Mapping[str, Any], name: str, default: int | None = None) -> int:
    found = of.get(name, default)
    if found is None:
        raise ValueError(f"{name} is missing")
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 18:
        return int(found)
    if not isinstance(found, int) or isinstance(found, bool):
        raise WrongShape(f"{name} is no whole number")
    return found


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name) or {}
    if not isinstance(found, dict):
        raise WrongShape(f"{name} is no object")
    return found


def _objects(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = of.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise WrongShape(f"{name} is no list of objects")
    return found


def _texts(of: Mapping[str, Any], name: str) -> list[str]:
    found = of.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise WrongShape(f"{name} is no list of texts")
    return found
