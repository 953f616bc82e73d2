"""What a shop does about wishes of its buyers without being asked each time (O4)."""

from dataclasses import replace
from typing import Literal

from services.orders.policy import Policy
from services.orders.tables import find_policy, save_policy
from services.shared.plumbing.problems import VersionConflict
from services.shared.plumbing.tables import Begin


def set_policy(
    shop_id: str, address_change: Literal["ask", "automatic"], *, if_match: int | None, begin: Begin
) -> Policy:
    """The shop's policy from now on; the same again changes nothing. Raises VersionConflict."""
    policy = find_policy(shop_id)
    if if_match not in (None, policy.version):
        raise VersionConflict()
    if policy.address_change == address_change:
        return policy
    changed = replace(policy, address_change=address_change, version=policy.version + 1)
    tx = begin()
    save_policy(tx, shop_id, changed, policy)
    tx.commit()
    return changed
