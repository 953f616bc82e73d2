"""Rows of qualifications in catalog's table: SHP#{shop} / QUA#{qualification}."""

from services.catalog.qualifications.qualification import Qualification
from services.catalog.tables import CatalogRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query

_QUALIFICATION = Document(Qualification)


def find_qualification(shop_id: str, qualification_id: str) -> Qualification | None:
    """The shop's qualification with this id."""
    return _found(get(CatalogRow, f"SHP#{shop_id}", f"QUA#{qualification_id}"))


def qualifications_of(shop_id: str, limit: int, before: str | None) -> list[Qualification]:
    """A shop's qualifications, newest first, from the one before ``before``: one read."""
    after = before and f"QUA#{before}"
    rows = query(CatalogRow, f"SHP#{shop_id}", prefix="QUA#", limit=limit, after=after, newest_first=True)
    return [found for row in rows if (found := _found(row))]


def save_qualification(tx: Transaction, one: Qualification) -> None:
    """Put it, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow(f"SHP#{one.shop_id}", f"QUA#{one.qualification_id}")
    row.version, row.doc = one.version, _QUALIFICATION.dump_json(one).decode()
    was = CatalogRow.pk.does_not_exist() if one.version == 1 else CatalogRow.version == one.version - 1
    tx.put(row, was, "qualification")


def drop_qualification(tx: Transaction, one: Qualification) -> None:
    """It is gone, if it still is as it was read."""
    row = CatalogRow(f"SHP#{one.shop_id}", f"QUA#{one.qualification_id}")
    tx.delete(row, CatalogRow.version == one.version, "qualification")


def _found(row: CatalogRow | None) -> Qualification | None:
    return None if row is None or row.doc is None else _QUALIFICATION.validate_json(row.doc)
