"""Rows of links and live sessions in catalog's table.

pk              sk            what
SRC#{id}        SOURCE        a link or a live session, by its source token
SHP#{shop}      LNK#{link}    a link of this shop
SHP#{shop}      LIV#{session} a live session of this shop
"""

from services.catalog.sources.link import Link
from services.catalog.sources.live_session import LiveSession
from services.catalog.tables import CatalogRow, LinkRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query, read

_LINK = Document(Link)
_SESSION = Document(LiveSession)


def find_link(link_id: str) -> Link | None:
    """The link with this id."""
    row = get(*_key(link_id)) if link_id.startswith("lnk_") else None
    return _link(row)


def find_session(session_id: str) -> LiveSession | None:
    """The live session with this id."""
    row = get(*_key(session_id)) if session_id.startswith("liv_") else None
    return _session(row)


def links_of(shop_id: str, limit: int, before: str | None) -> list[Link]:
    """A shop's links, newest first, from the one before ``before``: two reads."""
    return [link for row in _rows_of(shop_id, "LNK", limit, before) if (link := _link(row))]


def sessions_of(shop_id: str, limit: int, before: str | None) -> list[LiveSession]:
    """A shop's live sessions, newest first, from the one before ``before``: two reads."""
    return [one for row in _rows_of(shop_id, "LIV", limit, before) if (one := _session(row))]


def save_link(tx: Transaction, link: Link) -> None:
    """A new link."""
    row = CatalogRow(*_key(link.link_id)[1:])
    row.doc = _LINK.dump_json(link).decode()
    tx.create(row, "link")
    tx.put(LinkRow(f"SHP#{link.shop_id}", f"LNK#{link.link_id}", target=link.link_id))


def save_session(tx: Transaction, session: LiveSession) -> None:
    """Put the session, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow(*_key(session.session_id)[1:])
    row.version, row.doc = session.version, _SESSION.dump_json(session).decode()
    if session.version == 1:
        tx.create(row, "session")
        tx.put(LinkRow(f"SHP#{session.shop_id}", f"LIV#{session.session_id}", target=session.session_id))
    else:
        tx.put(row, CatalogRow.version == session.version - 1, "session")


def _rows_of(shop_id: str, kind: str, limit: int, before: str | None) -> list[CatalogRow | None]:
    after = before and f"{kind}#{before}"
    found = query(LinkRow, f"SHP#{shop_id}", prefix=f"{kind}#", limit=limit, after=after, newest_first=True)
    return read([_key(row.target) for row in found]) if found else []


def _key(source_id: str) -> tuple[type[CatalogRow], str, str]:
    return CatalogRow, f"SRC#{source_id}", "SOURCE"


def _link(row: CatalogRow | None) -> Link | None:
    return None if row is None or row.doc is None else _LINK.validate_json(row.doc)


def _session(row: CatalogRow | None) -> LiveSession | None:
    return None if row is None or row.doc is None else _SESSION.validate_json(row.doc)
