"""Join a shop's staff by an invitation (X1)."""

from datetime import datetime

from services.catalog.applications.application import require_human
from services.catalog.staff.invitation import Invitation, is_void
from services.catalog.staff.tables import save_invitation
from services.catalog.staff.token import invitation_behind
from services.catalog.tables import STORE, add_persons_shop
from services.shared.plumbing.memberships import grant, standing, still
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def join(token: str, person: str, *, begin: Begin, now: datetime) -> Invitation:
    """The person has the offered role from now on; of two who use one link at once, one does.

    May be repeated. Raises NotFound, also when who has invited owns the shop no more; InvitationUsed, OwnerAlready.
    """
    require_human(person)
    invitation = invitation_behind(token)
    role, sequence = standing(STORE, invitation.shop_id, person)
    taken = invitation.take(person, role, now)
    if taken is invitation:
        return taken
    inviter, times = standing(STORE, invitation.shop_id, invitation.invited_by)
    if is_void(inviter, times):
        raise NotFound()
    tx = begin()
    if inviter:
        still(tx, invitation.shop_id, invitation.invited_by, inviter)
    save_invitation(tx, taken, before=invitation)
    grant(tx, taken.shop_id, person, taken.role, sequence + 1)
    add_persons_shop(tx, person, taken.shop_id)
    tx.commit()
    return taken
