"""Who may use a route, and whether this caller is one of them. Default deny (X1)."""

from dataclasses import dataclass

from services.shared.contracts.roles import Role
from services.shared.plumbing.auth import Principal
from services.shared.plumbing.memberships import role_of
from services.shared.plumbing.problems import Forbidden, NotFound, Unauthenticated
from services.shared.plumbing.tables import Store


@dataclass(frozen=True)
class Actor:
    """Who may use a route. ``roles``: any of these in the shop that the path names (``shop_id``)."""

    kind: str  # anyone, person, platform, member
    roles: frozenset[Role] = frozenset()
    or_platform: bool = False


ANYONE = Actor("anyone")
PERSON = Actor("person")
PLATFORM = Actor("platform")


def member(*roles: Role, or_platform: bool = False) -> Actor:
    """The shop's owner, and staff in these roles."""
    return Actor("member", frozenset(roles) | {"owner"}, or_platform)


def admit(store: Store, actor: Actor, principal: Principal | None, shop_id: str | None) -> Role | None:
    """Let the caller in or raise; returns the role in the path's shop where one is needed.

    Raises Unauthenticated without a token, NotFound for a shop that the caller has nothing to do with, Forbidden for a
    member whose role is not enough and for a platform route.
    """
    if actor.kind == "anyone":
        return None
    if principal is None:
        raise Unauthenticated()
    if actor.kind == "person" or (principal.platform and (actor.kind == "platform" or actor.or_platform)):
        return None
    if actor.kind == "member" and shop_id is not None:
        role = role_of(store, shop_id, principal.person)
        if role is None:
            raise NotFound()
        if role in actor.roles:
            return role
    raise Forbidden()
