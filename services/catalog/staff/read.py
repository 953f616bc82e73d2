"""A shop's staff and its invitations as its members see them (X1)."""

from collections.abc import Sequence
from datetime import datetime

from services.catalog.applications.application import is_application
from services.catalog.staff.invitation import Invitation, is_void
from services.catalog.staff.messages import InvitationView, StaffView
from services.catalog.staff.tables import find_invitation, invitations_of
from services.catalog.staff.token import token_of
from services.catalog.tables import STORE
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.memberships import all_in, role_of, roles_in
from services.shared.plumbing.problems import NotFound


def staff_of(shop_id: str, limit: int, cursor: str | None) -> Page[StaffView]:
    """Who works for the shop, by person. Raises CursorInvalid."""
    listing = f"staff of {shop_id}"
    after = (cursors.read(listing, cursor) or {"after": ""})["after"]
    people = sorted(
        (person, role)
        for person, role in roles_in(STORE, shop_id).items()
        if person > after and not is_application(person)
    )
    items = [StaffView(shop_id=shop_id, person=person, role=role) for person, role in people[:limit]]
    more = cursors.sign(listing, {"after": items[-1].person}) if len(people) > limit else None
    return Page(items=items, next_cursor=more)


def member_in(shop_id: str, person: str) -> StaffView:
    """One of the shop's staff. Raises NotFound."""
    role = role_of(STORE, shop_id, person)
    if role is None:
        raise NotFound()
    return StaffView(shop_id=shop_id, person=person, role=role)


def invitation_in(shop_id: str, invitation_id: str, now: datetime) -> InvitationView:
    """One invitation, with its token while it is open. Raises NotFound."""
    found = find_invitation(shop_id, invitation_id)
    if found is None:
        raise NotFound()
    return _views(shop_id, [found], now)[0]


def invitations(shop_id: str, limit: int, cursor: str | None, now: datetime) -> Page[InvitationView]:
    """The shop's invitations of the last month, newest first: two reads. Raises CursorInvalid."""
    listing = f"invitations of {shop_id}"
    position = cursors.read(listing, cursor) or {"before": None}
    found = invitations_of(shop_id, limit + 1, position["before"])
    more = cursors.sign(listing, {"before": found[limit - 1].invitation_id}) if len(found) > limit else None
    return Page(items=_views(shop_id, found[:limit], now), next_cursor=more)


def _views(shop_id: str, found: Sequence[Invitation], now: datetime) -> list[InvitationView]:
    void = {person for person, role, times in all_in(STORE, shop_id) if is_void(role, times)}
    return [
        InvitationView.of(one, now, token_of(shop_id, one.invitation_id), void=one.invited_by in void) for one in found
    ]
