"""Rows of applications in catalog's table: APPS / {application}. There are as many as the platform has partners."""

from services.catalog.applications.application import Application
from services.catalog.tables import CatalogRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query

_APPLICATION = Document(Application)


def find_application(app_id: str) -> Application | None:
    """The application with this id."""
    return _found(get(CatalogRow, "APPS", app_id))


def applications(limit: int, before: str | None) -> list[Application]:
    """All of them, newest first, from the one before ``before``: one read."""
    rows = query(CatalogRow, "APPS", limit=limit, after=before, newest_first=True)
    return [found for row in rows if (found := _found(row))]


def save_application(tx: Transaction, one: Application) -> None:
    """Put it, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow("APPS", one.app_id, version=one.version, doc=_APPLICATION.dump_json(one).decode())
    was = CatalogRow.pk.does_not_exist() if one.version == 1 else CatalogRow.version == one.version - 1
    tx.put(row, was, "application")


def _found(row: CatalogRow | None) -> Application | None:
    return None if row is None or row.doc is None else _APPLICATION.validate_json(row.doc)
