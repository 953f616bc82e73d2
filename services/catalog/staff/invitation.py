"""An invitation to work for a shop: one person may use it, once, within a week (X1). Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from services.shared.plumbing.problems import Conflict, NotFound

Role = Literal["owner", "operator", "support", "finance"]
ROLES: tuple[Role, ...] = get_args(Role)
LIVES = timedelta(days=7)


class InvitationUsed(Conflict):
    slug, title = "invitation-used", "Somebody has used this invitation; ask the shop's owner for another"


class LastOwner(Conflict):
    slug, title = "last-owner", "A shop needs an owner; make somebody else one first"


class OwnerAlready(Conflict):
    slug, title = (
        "owner-already",
        "You own this shop; give up that role among its staff first",
    )


@dataclass(frozen=True)
class Invitation:
    """What was offered to whoever holds the link; ``used_by`` is who took it."""

    invitation_id: str
    shop_id: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    used_by: str | None = None

    def take(self, person: str, has: Role | None, now: datetime) -> "Invitation":
        """The invitation, used by this person, who has this role until now; the same once it is theirs.

        Raises NotFound when it is over, InvitationUsed and OwnerAlready.
        """
        if self.used_by == person:
            return self
        if self.used_by:
            raise InvitationUsed()
        if now >= self.expires_at:
            raise NotFound()
        if has == "owner":
            raise OwnerAlready()
        return replace(self, used_by=person)


def new_invitation(invitation_id: str, shop_id: str, role: Role, invited_by: str, now: datetime) -> Invitation:
    """An invitation that is open from now on."""
    return Invitation(invitation_id, shop_id, role, invited_by, created_at=now, expires_at=now + LIVES)


def is_void(inviter: Role | None, times: int) -> bool:
    """Whether a link is worth nothing since who made it owned the shop and does no more: his role in it now, and how
    often it has changed. The platform, which invites who comes with an old shop, never had one."""
    return times > 0 and inviter != "owner"


def other_owners(roles: dict[str, Role], person: str) -> list[str]:
    """Who owns the shop besides this person. Raises LastOwner when the person is its only owner."""
    others = [one for one, role in roles.items() if role == "owner" and one != person]
    if roles.get(person) == "owner" and not others:
        raise LastOwner()
    return others
