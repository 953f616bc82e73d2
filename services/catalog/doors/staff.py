"""Doors to a shop's staff (X1)."""

from collections.abc import Mapping
from typing import cast

from services.catalog.service import STAFF, app
from services.catalog.staff import messages as m
from services.catalog.staff import read
from services.catalog.staff.change_role import change_role
from services.catalog.staff.invitation import InvitationUsed, LastOwner, OwnerAlready, Role
from services.catalog.staff.invite import invite, take_back
from services.catalog.staff.join import join
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import PERSON, Call, Page, member

PATH = "/v1/shops/{shop_id}/staff"
INVITATIONS = "/v1/shops/{shop_id}/staff-invitations"


@app.door("GET", PATH, STAFF, problems=(p.CursorInvalid,))
def get_staff(_: Call, shop_id: str, query: m.ListStaff) -> Page[m.StaffView]:
    """Who works for the shop, and in which role."""
    return read.staff_of(shop_id, query.limit, query.cursor)


def _invitation_again(call: Call, stored: Mapping[str, str]) -> m.InvitationView:
    return read.invitation_in(stored["shop_id"], stored["invitation_id"], call.now)


@app.door("POST", PATH, member(), status=201, again=_invitation_again)
def post_staff(call: Call, shop_id: str, body: m.Invite) -> m.InvitationView:
    """Invite somebody to work for the shop.

    The answer holds a token: the first person who posts it to `/staff-invitations/{token}` within 7 days, and while you
    own the shop, has the role.
    """
    invitation_id = invite(shop_id, body.role, call.person, begin=call.begin, now=call.now, new_id=ids.new_id)
    return read.invitation_in(shop_id, invitation_id, call.now)


@app.door("GET", INVITATIONS, member(), problems=(p.CursorInvalid,))
def get_staff_invitations(call: Call, shop_id: str, query: m.ListStaff) -> Page[m.InvitationView]:
    """The shop's invitations of the last month, newest first."""
    return read.invitations(shop_id, query.limit, query.cursor, call.now)


@app.door("DELETE", INVITATIONS + "/{invitation_id}", member(), status=204, problems=(InvitationUsed,))
def delete_staff_invitation(call: Call, shop_id: str, invitation_id: str) -> None:
    """Take an invitation back: its link is worth nothing any more."""
    take_back(shop_id, invitation_id, begin=call.begin)


@app.door("POST", "/v1/staff-invitations/{token}", PERSON, problems=(p.NotFound, InvitationUsed, OwnerAlready))
def post_staff_invitation(call: Call, token: str) -> m.StaffView:
    """Join a shop's staff by an invitation. May be repeated by the one who used it."""
    taken = join(token, call.person, begin=call.begin, now=call.now)
    return m.StaffView(shop_id=taken.shop_id, person=call.person, role=taken.role)


@app.door("PUT", PATH + "/{person}", member(), problems=(LastOwner,))
def put_staff(call: Call, shop_id: str, person: str, body: m.SetRole) -> m.StaffView:
    """Give one of the shop's staff another role. Every service knows within seconds."""
    change_role(shop_id, person, body.role, by=call.person, by_role="owner", begin=call.begin)
    return read.member_in(shop_id, person)


@app.door("DELETE", PATH + "/{person}", STAFF, status=204, problems=(LastOwner,))
def delete_staff(call: Call, shop_id: str, person: str) -> None:
    """Remove somebody from the shop's staff, as its owner, or leave it oneself. Every service knows within seconds."""
    change_role(shop_id, person, None, by=call.person, by_role=cast(Role, call.role), begin=call.begin)
