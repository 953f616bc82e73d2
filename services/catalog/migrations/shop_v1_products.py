"""Products of the shop of 2014: `merchant/get`, a product a line (M6). Pure.

Its answer is ``{"errcode": 0, "product_info": {…}}``. Choices are ids there; a line may bring the category's
`merchant/category/getsku` along, as ``sku_table``, and then they have their names. What becomes of which field is in
formats.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.catalog.imports.html_text import text_of
from services.catalog.imports.product_rows import Row, first_images, on_one_line
from services.catalog.migrations.old_product import OldProduct, product_of_line
from services.catalog.migrations.wechat_products import (
    WrongShape,
    https,
    object_in,
    objects_in,
    text_in,
    texts_in,
    whole_in,
)

LISTED = 1  # 2: not
IDENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
TAKEN = frozenset({"product_id", "product_base", "sku_list", "status", "sku_table"})
BASE_TAKEN = frozenset({"name", "category_id", "main_img", "img", "detail_html", "buy_limit"})
SKU_TAKEN = frozenset({"sku_id", "price", "ori_price", "quantity", "product_code"})


def unwrapped(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The product in an answer, with what stands beside it; any other record as it is."""
    inner = found.get("product_info")
    if not isinstance(inner, dict):
        return found
    beside = {name: value for name, value in found.items() if name not in ("product_info", "errcode", "errmsg")}
    return {**beside, **inner}


def is_of(found: Mapping[str, Any]) -> bool:
    """Whether it is a product of that shop, by its fields."""
    return isinstance(found.get("product_base"), dict)


def key_of(found: Mapping[str, Any]) -> str:
    """Its id, which is text there. Raises ValueError."""
    ident = text_in(found, "product_id")
    if not IDENT.fullmatch(ident):
        raise ValueError("product_id is no id" if ident else "product_id is missing")
    return ident


def product(rows: Sequence[Row]) -> OldProduct:
    """The product of a line. Raises RowRefused."""
    return product_of_line(rows, "product_id", _read)


def _read(one: Mapping[str, Any], ident: str) -> OldProduct:
    base, skus, names = object_in(one, "product_base"), objects_in(one, "sku_list"), _names(one)
    if not skus:
        raise ValueError("sku_list: it has no styles")
    found = (text_in(base, "main_img"), *texts_in(base, "img"))
    images, notes = first_images(list(dict.fromkeys(https(image) for image in found if image)))
    status = whole_in(one, "status", LISTED)
    if status != LISTED:
        notes.append("it was not listed there")
    categories = texts_in(base, "category_id")
    body = {
        "title": on_one_line(text_in(base, "name")),
        "description": text_of(text_in(base, "detail_html")),
        "kind": "physical",
        "images": images,
        "max_per_buyer": whole_in(base, "buy_limit", 0),
        "skus": [_style(sku, names) for sku in skus],
    }
    return OldProduct(
        ident,
        body,
        tuple(f"{ident}|{text_in(sku, 'sku_id')}" for sku in skus),
        on_sale=status == LISTED,
        old_category=categories[-1] if categories else "",
        notes=tuple(notes),
        aside=_aside(one, base, skus),
    )


def _style(sku: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    price = whole_in(sku, "price")
    return {
        "attributes": dict(_choices(text_in(sku, "sku_id"), names)),
        "price_fen": price,
        "original_price_fen": max(price, whole_in(sku, "ori_price", 0) if sku.get("ori_price") else 0),
        "initial_stock": max(0, whole_in(sku, "quantity", 0)),
        "out_sku_id": text_in(sku, "product_code") or None,
    }


def _choices(said: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """``1075741873:1079742386;$size:$M``: ids of the category's table, or words of the merchant's own behind a $."""
    for part in said.split(";"):
        name, colon, value = part.partition(":")
        if part and not (colon and name and value):
            raise WrongShape("sku_id is not written as id:vid;id:vid")
        if part:
            yield names.get(name, name.removeprefix("$")), names.get(f"{name}:{value}", value.removeprefix("$"))


def _names(one: Mapping[str, Any]) -> Mapping[str, str]:
    """What ids of properties, and of their values as ``id:vid``, are called."""
    found: dict[str, str] = {}
    for row in objects_in(one, "sku_table"):
        ident, name = str(row.get("id", "")), text_in(row, "name")
        if name:
            found[ident] = name
        for value in objects_in(row, "value_list"):
            if text_in(value, "name"):
                found[f"{ident}:{value.get('id', '')}"] = text_in(value, "name")
    return found


def _aside(one: Mapping[str, Any], base: Mapping[str, Any], skus: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Every field that has no place here, as it came."""
    rest = {name: value for name, value in one.items() if name not in TAKEN}
    left = {name: value for name, value in base.items() if name not in BASE_TAKEN}
    styles = {
        text_in(sku, "sku_id"): more for sku in skus if (more := {k: v for k, v in sku.items() if k not in SKU_TAKEN})
    }
    return {**rest, **({"product_base": left} if left else {}), **({"skus": styles} if styles else {})}
