"""WeChat's `product/get`, a product a line: the answer as it came, or its `product` alone; and the mini shop's
`product/spu/get`, which calls some fields otherwise (M6). Pure.

What is taken from which field is in formats.md. Ids are text here: as numbers they are above what a float holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.imports.encoding import Encoding
from services.catalog.imports.product_rows import Row, first_images, json_in, on_one_line
from services.catalog.imports.records import Record
from services.catalog.migrations.old_product import OldProduct, product_of_line

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


# What the mini shop called them.
RENAMED, SKU_RENAMED = {"head_img": "head_imgs"}, {"barcode": "bar_code"}


class WrongShape(ValueError):
    """A field is of another type than it has to be; the message says which."""


def json_object(record: Record, encoding: Encoding, wrapped_in: str) -> Mapping[str, Any]:
    """A line's object, or what is in its field of this name: an answer as it came. Raises ValueError."""
    if record.why:
        raise ValueError(record.why)
    try:
        found = json_in(record.content.decode(encoding))
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


def unwrapped(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The product in an answer of the mini shop's, or alone, in its successor's words; any other record as it is."""
    inner = found.get("data", found)
    spu = inner.get("spu") if isinstance(inner, dict) else None
    one = _renamed(spu if isinstance(spu, dict) else found, RENAMED)
    skus = one.get("skus")
    if not isinstance(skus, list):
        return one
    return {**one, "skus": [_renamed(sku, SKU_RENAMED) if isinstance(sku, dict) else sku for sku in skus]}


def _renamed(of: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """With these fields under their new names, unless there is one of that name."""
    return {names[one] if one in names and names[one] not in of else one: value for one, value in of.items()}


def product(rows: Sequence[Row]) -> OldProduct:
    """The product of a line. Raises RowRefused."""
    return product_of_line(rows, "product_id", _read)


def _read(one: Mapping[str, Any], ident: str) -> OldProduct:
    status = whole_in(one, "status", LISTED)
    if status == DELETED:
        raise ValueError("it is deleted in the old shop")
    skus = objects_in(one, "skus")
    if not skus:
        raise ValueError("skus: it has none")
    images, notes = first_images([https(image) for image in texts_in(one, "head_imgs")])
    if status != LISTED:
        notes.append(f"it was {STATES.get(status, f'in state {status}')} there")
    weight = whole_in(object_in(one, "express_info"), "weight", 0)
    categories = [str(cat.get("cat_id", "")) for cat in objects_in(one, "cats")]
    body = {
        "out_product_id": text_in(one, "out_product_id") or None,
        "title": on_one_line(text_in(one, "title")),
        "short_title": on_one_line(text_in(one, "short_title")),
        "description": text_in(object_in(one, "desc_info"), "desc"),
        "kind": "physical" if whole_in(one, "deliver_method", 0) == 0 else "e_voucher",
        "images": images,
        "skus": [_style(sku, weight) for sku in skus],
    }
    return OldProduct(
        ident,
        body,
        tuple(old_id(sku, "sku_id") for sku in skus),
        on_sale=status == LISTED,
        old_category=categories[-1] if categories else "",
        barcodes=tuple(code for sku in skus if (code := text_in(sku, "bar_code"))),
        notes=tuple(notes),
        aside=_aside(one, skus),
    )


def _style(sku: Mapping[str, Any], weight_g: int) -> Mapping[str, Any]:
    price, market = whole_in(sku, "sale_price"), whole_in(sku, "market_price", 0)
    attributes = {text_in(one, "attr_key"): text_in(one, "attr_value") for one in objects_in(sku, "sku_attrs")}
    return {
        "attributes": {name: value for name, value in attributes.items() if name},
        "price_fen": price,
        "original_price_fen": max(price, market),
        "initial_stock": max(0, whole_in(sku, "stock_num", 0)),
        "out_sku_id": text_in(sku, "out_sku_id") or None,
        "weight_g": weight_g,
    }


def _aside(one: Mapping[str, Any], skus: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Every field that has no place here, as it came."""
    rest = {name: value for name, value in one.items() if name not in TAKEN}
    images = object_in(one, "desc_info").get("imgs")
    if images:
        rest["desc_info"] = {"imgs": images}
    styles = {
        str(sku["sku_id"]): left for sku in skus if (left := {k: v for k, v in sku.items() if k not in SKU_TAKEN})
    }
    return {**rest, "skus": styles} if styles else rest


def https(address: str) -> str:
    """WeChat's own image addresses are old ones; the same pictures are served by https."""
    return f"https://{address.removeprefix('http://')}" if address.startswith("http://") else address


def text_in(of: Mapping[str, Any], name: str) -> str:
    """The field as text, empty where there is none. Raises WrongShape."""
    found = of.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise WrongShape(f"{name} is no text")
    return found.strip()


def whole_in(of: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """The field as a whole number, also where it is text of digits. Raises ValueError where it is missing."""
    found = of.get(name, default)
    if found is None:
        raise ValueError(f"{name} is missing")
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 18:
        return int(found)
    if not isinstance(found, int) or isinstance(found, bool):
        raise WrongShape(f"{name} is no whole number")
    return found


def object_in(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The field as an object, empty where there is none. Raises WrongShape."""
    found = of.get(name) or {}
    if not isinstance(found, dict):
        raise WrongShape(f"{name} is no object")
    return found


def objects_in(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The field as a list of objects. Raises WrongShape."""
    found = of.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise WrongShape(f"{name} is no list of objects")
    return found


def texts_in(of: Mapping[str, Any], name: str) -> list[str]:
    """The field as a list of texts. Raises WrongShape."""
    found = of.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise WrongShape(f"{name} is no list of texts")
    return found
