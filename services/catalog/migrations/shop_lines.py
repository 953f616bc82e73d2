"""An old shop's own record and its qualifications, one a line (M2). Pure.

A line is WeChat's `basics/info/get` or the mini shop's `store/get_info`, a brand as `brand/get` has it, or a
qualification as it is handed in here. Which one it is, is seen by its fields; what becomes of them is in formats.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.catalog.imports.encoding import Encoding
from services.catalog.imports.product_rows import Group, Row, RowRefused
from services.catalog.imports.records import Record
from services.catalog.migrations.wechat_products import json_object, object_in, text_in, whole_in
from services.shared.plumbing.day import day_of

RECORD = "shop"  # the old id of the one record that a shop has
MINI_SHOP_TYPES: Mapping[int, str] = {1: "enterprise", 2: "person"}
SUBJECTS: Mapping[str, str] = {"企业": "enterprise", "个体工商户": "individual_business", "个人": "person"}
RECORD_TAKEN = frozenset({"nickname", "store_name", "name", "notice", "subject_type", "type", "username"})
OURS = frozenset({"kind", "number", "upload_id", "expires_on", "brand"})


@dataclass(frozen=True)
class OldShop:
    """A shop's own record. ``account``: what it is called in WeChat."""

    name: str
    notice: str
    subject: str
    account: str
    aside: Mapping[str, Any]


@dataclass(frozen=True)
class OldQualification:
    """A document of the shop's: what would hand it in by API."""

    old_id: str
    body: Mapping[str, Any]
    aside: Mapping[str, Any]


def row(record: Record, encoding: Encoding) -> Row:
    """A line as a row, keyed by what it is of; a bad one says why."""
    try:
        found = json_object(record, encoding, "info")
        if isinstance(found.get("data"), dict) and "store_name" in found["data"]:
            found = found["data"]
        key = _key(found)
    except ValueError as error:
        return Row(record.line, record.end, record.next_line, "", {}, str(error))
    return Row(record.line, record.end, record.next_line, key, found)


def _key(found: Mapping[str, Any]) -> str:
    if isinstance(found.get("brand"), dict):
        ident = found["brand"].get("brand_id")
        if not isinstance(ident, str | int) or isinstance(ident, bool) or ident == "":
            raise ValueError("brand.brand_id is missing")
        return f"brand:{ident}"
    if "number" in found:
        return f"{text_in(found, 'kind')}:{text_in(found, 'number')}"
    if any(text_in(found, name) for name in ("nickname", "store_name", "name", "notice")):
        return RECORD
    raise ValueError("it is no shop's record, no brand and no qualification")


def read(rows: Group) -> OldShop | OldQualification:
    """What a line says. Raises RowRefused."""
    cells = rows.rows[0].cells
    try:
        if rows.key == RECORD:
            return _shop(cells)
        return _brand(rows.key, cells) if isinstance(cells.get("brand"), dict) else _ours(rows.key, cells)
    except (ValueError, OverflowError) as error:
        raise RowRefused(str(error)) from error


def _shop(one: Mapping[str, Any]) -> OldShop:
    said = text_in(one, "subject_type")
    subject = SUBJECTS.get(said, said) if "type" not in one else MINI_SHOP_TYPES.get(whole_in(one, "type"), "")
    return OldShop(
        name=text_in(one, "nickname") or text_in(one, "store_name") or text_in(one, "name"),
        notice=text_in(one, "notice"),
        subject=subject,
        account=text_in(one, "username"),
        aside={name: value for name, value in one.items() if name not in RECORD_TAKEN},
    )


def _brand(key: str, one: Mapping[str, Any]) -> OldQualification:
    brand = object_in(one, "brand")
    registered = object_in(brand, "register_details")
    number = text_in(registered, "register_no")
    if not number:
        raise ValueError("brand.register_details.register_no is missing: only a registered brand has a certificate")
    ends = 0 if registered.get("is_permanent") is True else whole_in(registered, "end_time", 0)
    body = {
        "kind": "brand",
        "number": number,
        "brand": text_in(brand, "ch_name") or text_in(brand, "en_name"),
        "upload_id": _document(one),
        "expires_on": day_of(datetime.fromtimestamp(ends, UTC)) if ends else None,
    }
    rest = {name: value for name, value in one.items() if name not in ("upload_id", "errcode", "errmsg")}
    return OldQualification(key, body, rest)


def _ours(key: str, one: Mapping[str, Any]) -> OldQualification:
    body = {name: value for name, value in one.items() if name in OURS}
    return OldQualification(
        key, {**body, "upload_id": _document(one)}, {name: value for name, value in one.items() if name not in OURS}
    )


def _document(one: Mapping[str, Any]) -> str:
    found = text_in(one, "upload_id")
    if not found:
        raise ValueError("upload_id is missing: upload the document, with the purpose qualification, and name it here")
    return found
