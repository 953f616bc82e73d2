"""Sessions in catalog's table.

pk                          sk              what
SES#{session}               SESSION         a signed-in device, until its refresh token expires
"""

from services.catalog.sessions.session import Session
from services.catalog.tables import CatalogRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import (
    Transaction,
    get,
    ttl,
)

_SESSION = Document(Session)


def find_session(session_id: str) -> Session | None:
    """The session with this id."""
    row = get(CatalogRow, f"SES#{session_id}", "SESSION")
    return None if row is None or row.doc is None else _SESSION.validate_json(row.doc)


def save_session(tx: Transaction, session: Session) -> None:
    """Put the session, if it still is at the version before this one."""
    row = CatalogRow(f"SES#{session.session_id}", "SESSION")
    row.version, row.doc = session.version, _SESSION.dump_json(session).decode()
    row.ttl = ttl(session.expires_at)
    before = CatalogRow.pk.does_not_exist() if session.version == 1 else CatalogRow.version == session.version - 1
    tx.put(row, before, "session")


def end_session(tx: Transaction, session_id: str) -> None:
    """Nobody renews this session any more."""
    tx.delete(CatalogRow(f"SES#{session_id}", "SESSION"))
