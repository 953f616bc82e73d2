"""Staff over HTTP."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from services.catalog.staff.invitation import Invitation, Role
from services.shared.plumbing.doors import Body, View


class Invite(Body):
    role: Role = Field(description="owner: everything; operator: products and orders; support: reads; finance: money")


class SetRole(Body):
    role: Role


class ListStaff(Body):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class InvitationView(View):
    """Send ``token`` to the one you invite; who posts it to /staff-invitations/{token} first has the role."""

    invitation_id: str
    shop_id: str
    role: Role
    status: Literal["open", "used", "over"] = Field(
        description="over: a week old, or made by who owns the shop no more"
    )
    invited_by: str
    used_by: str | None
    created_at: datetime
    expires_at: datetime
    token: str | None = Field(description="While it is open, for the shop's owners")

    @classmethod
    def of(cls, one: Invitation, now: datetime, token: str, *, void: bool) -> Self:
        status: Literal["open", "used", "over"]
        status = "used" if one.used_by else "over" if void or now >= one.expires_at else "open"
        return cls(
            invitation_id=one.invitation_id,
            shop_id=one.shop_id,
            role=one.role,
            status=status,
            invited_by=one.invited_by,
            used_by=one.used_by,
            created_at=one.created_at,
            expires_at=one.expires_at,
            token=token if status == "open" else None,
        )


class StaffView(View):
    shop_id: str
    person: str
    role: Role
