"""Arrange a shop's page (C7)."""

from datetime import datetime

from services.catalog.groups.tables import find_groups
from services.catalog.messages import ArrangeShelves, ShelfPlan, ShelvesView
from services.catalog.shops.shop_record import expect_version, shop_named, write_shop
from services.catalog.shops.template import Shelf
from services.catalog.tables import find_products
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Begin


def arrange_shelves(shop_id: str, asked: ArrangeShelves, *, if_match: int | None, begin: Begin, now: datetime) -> None:
    """These shelves from top to bottom; nothing is written when they stand so already.

    Raises VersionConflict, IllegalTransition for a closed shop, Invalid for groups and products of others.
    """
    shop = shop_named(shop_id)
    expect_version(shop.version, if_match)
    _require_own(shop_id, asked.shelves)
    shelves = tuple(Shelf(one.title, one.slot, one.group_id, tuple(one.product_ids)) for one in asked.shelves)
    arranged = shop.edit(now, shelves=shelves)
    if arranged is not shop:
        tx = begin()
        write_shop(tx, arranged)
        tx.commit()


def _require_own(shop_id: str, shelves: list[ShelfPlan]) -> None:
    groups = find_groups(shop_id, [one.group_id for one in shelves if one.group_id])
    wanted = list(dict.fromkeys(product_id for one in shelves for product_id in one.product_ids))
    own = {one.product.product_id for one in find_products(wanted) if one.product.shop_id == shop_id}
    broken = [
        {"at": f"shelves.{number}", "why": f"{name} is not the shop's"}
        for number, shelf in enumerate(shelves)
        for name in (shelf.group_id, *shelf.product_ids)
        if name and name not in groups and name not in own
    ]
    if broken:
        raise Invalid("; ".join(f"{one['at']}: {one['why']}" for one in broken[:3]), errors=broken)


def shelves_of(shop_id: str) -> ShelvesView:
    """How the shop's page is arranged. Raises NotFound."""
    shop = shop_named(shop_id)
    plans = [
        ShelfPlan(title=one.title, slot=one.slot, group_id=one.group_id, product_ids=list(one.product_ids))
        for one in shop.shelves
    ]
    return ShelvesView(shelves=plans, updated_at=shop.updated_at, version=shop.version)
