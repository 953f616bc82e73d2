"""Groups as WeChat's shops had them: `merchant/group/getbyid`, a group a line (M6). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.catalog.imports.encoding import Encoding
from services.catalog.imports.product_rows import Group, Row, RowRefused
from services.catalog.imports.records import Record
from services.catalog.migrations.wechat_products import json_object, old_id

MAX_PRODUCTS = 10_000  # of which a group here takes fewer, and says so


@dataclass(frozen=True)
class OldGroup:
    """A group with its products' old ids, in their order."""

    old_id: str
    title: str
    products: tuple[str, ...]


def row(record: Record, encoding: Encoding) -> Row:
    """A line as a row, keyed by the group's old id; a bad one says why."""
    try:
        found = json_object(record, encoding, "group_detail")
        key = old_id(found, "group_id")
    except ValueError as error:
        return Row(record.line, record.end, record.next_line, "", {}, str(error))
    return Row(record.line, record.end, record.next_line, key, found)


def group(rows: Group) -> OldGroup:
    """The group of a line. Raises RowRefused."""
    [first, *others] = rows.rows
    if first.why or rows.why:
        raise RowRefused(first.why or rows.why)
    if others:
        raise RowRefused(f"line {first.line} has group_id {first.key} too")
    title, listed = first.cells.get("group_name"), first.cells.get("product_list") or []
    if not isinstance(title, str):
        raise RowRefused("group_name is no text")
    if not isinstance(listed, list) or len(listed) > MAX_PRODUCTS:
        raise RowRefused(f"product_list is no list of up to {MAX_PRODUCTS}")
    try:
        return OldGroup(first.key, title.strip(), tuple(dict.fromkeys(_product(one) for one in listed)))
    except ValueError as error:
        raise RowRefused(str(error)) from error


def _product(one: Any) -> str:
    of: Mapping[str, Any] = one if isinstance(one, dict) else {"product_id": one}
    return old_id(of, "product_id")
