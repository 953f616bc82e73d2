"""Rows of refunds in catalog's table.

pk                   sk             what
SHP#{shop}           RFD#{refund}   a refund
REFUNDS              {refund}       one that waits for the platform
"""

from services.catalog.deposits.refund import Refund
from services.catalog.tables import CatalogRow, LinkRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query, read

_REFUND = Document(Refund)
_WAITING = "REFUNDS"


def save_refund(tx: Transaction, refund: Refund) -> None:
    """Put it, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow(f"SHP#{refund.shop_id}", f"RFD#{refund.refund_id}")
    row.version, row.doc = refund.version, _REFUND.dump_json(refund).decode()
    was = CatalogRow.pk.does_not_exist() if refund.version == 1 else CatalogRow.version == refund.version - 1
    tx.put(row, was, "refund")
    waiting = LinkRow(_WAITING, refund.refund_id, target=refund.shop_id)
    if refund.status == "asked":
        tx.put(waiting)
    else:
        tx.delete(waiting)


def find_refund(shop_id: str, refund_id: str) -> Refund | None:
    """The shop's refund with this id."""
    return _refund_of(get(CatalogRow, f"SHP#{shop_id}", f"RFD#{refund_id}"))


def refunds_of(shop_id: str, limit: int, before: str | None) -> list[Refund]:
    """A shop's refunds, newest first, from the one before ``before``: one read."""
    after = before and f"RFD#{before}"
    rows = query(CatalogRow, f"SHP#{shop_id}", prefix="RFD#", limit=limit, after=after, newest_first=True)
    return [found for row in rows if (found := _refund_of(row))]


def refunds_waiting(limit: int, after: str | None) -> list[Refund]:
    """Refunds that the platform has not ended, of all shops, oldest first: two reads."""
    links = query(LinkRow, _WAITING, limit=limit, after=after)
    rows = read([(CatalogRow, f"SHP#{link.target}", f"RFD#{link.sk}") for link in links]) if links else []
    return [found for row in rows if (found := _refund_of(row))]


def _refund_of(row: CatalogRow | None) -> Refund | None:
    return None if row is None or row.doc is None else _REFUND.validate_json(row.doc)
