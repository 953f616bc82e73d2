"""Rows of staff in catalog's table: SHP#{shop} / INV#{invitation}, kept 30 days after it is over.

Roles themselves are memberships, which every service keeps.
"""

from datetime import timedelta

from services.catalog.staff.invitation import Invitation
from services.catalog.tables import CatalogRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Transaction, get, query, ttl

KEPT = timedelta(days=30)

_INVITATION = Document(Invitation)


def find_invitation(shop_id: str, invitation_id: str) -> Invitation | None:
    """The shop's invitation with this id."""
    return _found(get(CatalogRow, f"SHP#{shop_id}", f"INV#{invitation_id}"))


def invitations_of(shop_id: str, limit: int, before: str | None) -> list[Invitation]:
    """A shop's invitations, used ones too, newest first, from the one before ``before``: one read."""
    after = before and f"INV#{before}"
    rows = query(CatalogRow, f"SHP#{shop_id}", prefix="INV#", limit=limit, after=after, newest_first=True)
    return [found for row in rows if (found := _found(row))]


def save_invitation(tx: Transaction, invitation: Invitation, before: Invitation | None) -> None:
    """Put the invitation, if it still is as it was before (or does not exist)."""
    row = CatalogRow(f"SHP#{invitation.shop_id}", f"INV#{invitation.invitation_id}")
    row.doc, row.ttl = _said(invitation), ttl(invitation.expires_at + KEPT)
    same = CatalogRow.doc == _said(before) if before else CatalogRow.pk.does_not_exist()
    tx.put(row, same, "invitation")


def drop_invitation(tx: Transaction, invitation: Invitation) -> None:
    """Nobody takes it any more, if it still is as it was read."""
    row = CatalogRow(f"SHP#{invitation.shop_id}", f"INV#{invitation.invitation_id}")
    tx.delete(row, CatalogRow.doc == _said(invitation), "invitation")


def _said(invitation: Invitation) -> str:
    return _INVITATION.dump_json(invitation).decode()


def _found(row: CatalogRow | None) -> Invitation | None:
    return None if row is None or row.doc is None else _INVITATION.validate_json(row.doc)
