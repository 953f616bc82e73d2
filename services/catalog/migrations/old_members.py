"""Who worked for an old shop: a person a line, as JSON or CSV (M2). Pure.

No system that shops come from dumps them, so the layout is ours; it is in formats.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.catalog.imports.encoding import Encoding
from services.catalog.imports.product_rows import Group, Row, RowRefused
from services.catalog.imports.records import Record
from services.catalog.migrations.wechat_products import json_object, text_in
from services.catalog.staff.invitation import Role

KEY = "member_id"
REQUIRED = (KEY, "role")
MAX_PERSON = 200
TAKEN = frozenset({KEY, "role", "person"})
# As the shops' own consoles call them, too.
ROLES: Mapping[str, Role] = {
    "owner": "owner",
    "operator": "operator",
    "support": "support",
    "finance": "finance",
    "超级管理员": "owner",
    "管理员": "operator",
    "运营": "operator",
    "客服": "support",
    "财务": "finance",
}


@dataclass(frozen=True)
class OldMember:
    """A member by its old id. ``person``: who that is here, where the file says it; ``aside``: all else of it."""

    old_id: str
    role: Role
    person: str
    aside: Mapping[str, Any]


def row(record: Record, encoding: Encoding) -> Row:
    """A line of JSON as a row, keyed by the member's old id; a bad one says why."""
    try:
        found = json_object(record, encoding, "member")
        key = text_in(found, KEY)
        if not key:
            raise ValueError(f"{KEY} is missing")
    except ValueError as error:
        return Row(record.line, record.end, record.next_line, "", {}, str(error))
    return Row(record.line, record.end, record.next_line, key, found)


def member(rows: Group) -> OldMember:
    """The member of a line. Raises RowRefused."""
    cells = rows.rows[0].cells
    try:
        said, person = text_in(cells, "role"), text_in(cells, "person")
    except ValueError as error:
        raise RowRefused(str(error)) from error
    role = ROLES.get(said.casefold())
    if role is None:
        raise RowRefused(f"role is none of {', '.join(ROLES)}" if said else "role is missing")
    if len(person) > MAX_PERSON or not person.isprintable() or any(char.isspace() or char == "#" for char in person):
        raise RowRefused(f"person is no id of up to {MAX_PERSON} characters without spaces")
    aside = {name: value for name, value in cells.items() if name not in TAKEN and value not in (None, "")}
    return OldMember(rows.key, role, person, aside)
