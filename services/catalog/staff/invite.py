"""Invite somebody to work for a shop, or take an invitation back (X1)."""

from datetime import datetime

from services.catalog.staff.invitation import InvitationUsed, Role, new_invitation
from services.catalog.staff.tables import drop_invitation, find_invitation, save_invitation
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def invite(shop_id: str, role: Role, by: str, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Offer the role to whoever holds the link, for a week; returns the invitation's id."""
    invitation = new_invitation(new_id("inv"), shop_id, role, by, now)
    tx = begin()
    save_invitation(tx, invitation, before=None)
    tx.commit({"shop_id": shop_id, "invitation_id": invitation.invitation_id})
    return invitation.invitation_id


def take_back(shop_id: str, invitation_id: str, *, begin: Begin) -> None:
    """Make the link worthless. Raises NotFound, and InvitationUsed when somebody has joined by it."""
    invitation = find_invitation(shop_id, invitation_id)
    if invitation is None:
        raise NotFound()
    if invitation.used_by:
        raise InvitationUsed()
    tx = begin()
    drop_invitation(tx, invitation)
    tx.commit()
