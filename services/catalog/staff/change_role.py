"""Give somebody of a shop's staff another role, or none (X1)."""

from services.catalog.applications.application import require_human
from services.catalog.staff.invitation import Role, other_owners
from services.catalog.tables import STORE, drop_persons_shop
from services.shared.plumbing.memberships import grant, roles_in, standing, still
from services.shared.plumbing.problems import Forbidden, NotFound
from services.shared.plumbing.tables import Begin


def change_role(shop_id: str, person: str, role: Role | None, *, by: str, by_role: Role, begin: Begin) -> None:
    """Set or, with None, take away the role: every service knows within seconds. May be repeated.

    An owner may do so to anybody; everybody may leave. Two owners who remove each other at once: one stays. Raises
    NotFound for a stranger, Forbidden and LastOwner.
    """
    if by_role != "owner" and (by != person or role is not None):
        raise Forbidden()
    if role is not None:
        require_human(person)  # it is granted scopes at its own door
    has, sequence = standing(STORE, shop_id, person)
    if has is None:
        raise NotFound()
    if has == role:
        return
    tx = begin()
    if has == "owner":
        still(tx, shop_id, other_owners(roles_in(STORE, shop_id), person)[0], "owner")
    grant(tx, shop_id, person, role, sequence + 1)
    if role is None:
        drop_persons_shop(tx, person, shop_id)
    tx.commit()
