"""Rows of groups in catalog's table: SHP#{shop} / GRP#{group}, one item with its products in order."""

from collections.abc import Sequence

from services.catalog.groups.group import Group
from services.catalog.tables import CatalogRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query, read

_GROUP = Document(Group)


def find_group(shop_id: str, group_id: str) -> Group | None:
    """The shop's group with this id."""
    return _found(get(*_key(shop_id, group_id)))


def find_groups(shop_id: str, group_ids: Sequence[str]) -> dict[str, Group]:
    """The shop's groups with these ids, at most 100: one read."""
    rows = read([_key(shop_id, one) for one in dict.fromkeys(group_ids)]) if group_ids else []
    return {group.group_id: group for row in rows if (group := _found(row))}


def groups_of(shop_id: str, limit: int, after: str | None) -> list[Group]:
    """A shop's groups, oldest first, from the one after ``after``: one read."""
    rows = query(CatalogRow, f"SHP#{shop_id}", prefix="GRP#", limit=limit, after=after and f"GRP#{after}")
    return [group for row in rows if (group := _found(row))]


def save_group(tx: Transaction, group: Group) -> None:
    """Put the group, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow(*_key(group.shop_id, group.group_id)[1:])
    row.version, row.doc = group.version, _GROUP.dump_json(group).decode()
    before = CatalogRow.pk.does_not_exist() if group.version == 1 else CatalogRow.version == group.version - 1
    tx.put(row, before, "group")


def drop_group(tx: Transaction, group: Group) -> None:
    """The group is gone, if it still is as it was read."""
    row = CatalogRow(*_key(group.shop_id, group.group_id)[1:])
    tx.delete(row, CatalogRow.version == group.version, "group")


def _key(shop_id: str, group_id: str) -> tuple[type[CatalogRow], str, str]:
    return CatalogRow, f"SHP#{shop_id}", f"GRP#{group_id}"


def _found(row: CatalogRow | None) -> Group | None:
    return None if row is None or row.doc is None else _GROUP.validate_json(row.doc)
