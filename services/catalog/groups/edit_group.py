"""Make a group, change what is in it and in which order, drop it (C7)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from services.catalog.groups.group import MAX_GROUPS, Group, GroupOnShelf, TooManyGroups, new_group
from services.catalog.groups.tables import drop_group, find_group, groups_of, save_group
from services.catalog.products.own_products import rearrange, require_own
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import check_shop
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def make_group(
    shop_id: str, title: str, product_ids: Sequence[str], *, begin: Begin, now: datetime, new_id: NewId
) -> str:
    """A group of these products; returns its id. Raises TooManyGroups, and Invalid for what is not the shop's."""
    if len(groups_of(shop_id, MAX_GROUPS, None)) == MAX_GROUPS:
        raise TooManyGroups()
    require_own(shop_id, product_ids)
    made = new_group(new_id("grp"), shop_id, title, product_ids, now)
    tx = begin()
    save_group(tx, made)
    tx.commit({"shop_id": shop_id, "group_id": made.group_id})
    return made.group_id


def edit_group(
    shop_id: str,
    group_id: str,
    change: Callable[[Group], Group],
    *,
    coming: Iterable[str] = (),
    if_match: int | None = None,
    begin: Begin,
) -> Group:
    """The group after the change; nothing is written when nothing differs.

    Raises NotFound, VersionConflict, GroupFull, and Invalid when one of the ``coming`` products is not the shop's.
    """
    group = group_in(shop_id, group_id)
    return rearrange(group, change, save_group, coming=coming, if_match=if_match, begin=begin)


def remove_group(shop_id: str, group_id: str, *, begin: Begin) -> None:
    """Drop the group; its products stay. Raises NotFound, and GroupOnShelf while a shelf shows it."""
    group, shop = group_in(shop_id, group_id), shop_named(shop_id)
    if any(shelf.group_id == group_id for shelf in shop.shelves):
        raise GroupOnShelf()
    tx = begin()
    check_shop(tx, shop)
    drop_group(tx, group)
    tx.commit()


def group_in(shop_id: str, group_id: str) -> Group:
    """The shop's group. Raises NotFound."""
    group = find_group(shop_id, group_id)
    if group is None:
        raise NotFound()
    return group
