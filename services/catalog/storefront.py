"""A shop as buyers see it: its name, its notice, its shelves (C7, C8).

Whatever its shelves are, it is at most five reads: the shop, its groups, the newest, the best sellers, the products.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.catalog.browse import fitting
from services.catalog.groups.tables import find_groups
from services.catalog.search.posting import BY_SALES, in_shop
from services.catalog.search.tables import list_postings
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named
from services.catalog.shops.template import Shelf
from services.catalog.tables import Stocked, find_products, list_on_sale_in_shop
from services.shared.plumbing.problems import NotFound

SHELF_LENGTH = 20


class Storefront(NamedTuple):
    """A shop that passed its audit, and what lies on its shelves."""

    shop: Shop
    shelves: list[tuple[Shelf, list[Stocked]]]


def storefront_of(shop_id: str) -> Storefront:
    """The shop's public page. Raises NotFound for one that has not passed its audit."""
    shop = shop_named(shop_id)
    if shop.status != "passed":
        raise NotFound()
    offered = list(_list_candidates(shop))
    ids = list(dict.fromkeys(one for _, candidates in offered for one in candidates))
    there = {
        found.product.product_id: found
        for found in find_products(ids)
        if found.product.status == "listed" and found.product.shop_id == shop_id
    }
    shown: set[str] = set()
    shelves = []
    for shelf, candidates in offered:
        fitting = [there[one] for one in candidates if one in there]
        if shelf.slot == "recommended":
            fitting = [one for one in fitting if one.product.product_id not in shown and _to_be_had(one)]
        shelves.append((shelf, fitting[:SHELF_LENGTH]))
        shown |= {one.product.product_id for one in fitting[:SHELF_LENGTH]}
    return Storefront(shop, list(_fitting(shelves)))


def _fitting(shelves: Sequence[tuple[Shelf, list[Stocked]]]) -> Iterator[tuple[Shelf, list[Stocked]]]:
    """The shelves, with what fits into one answer: the last ones are shorter where products are giants."""
    left = fitting([one for _, found in shelves for one in found])
    for shelf, found in shelves:
        yield shelf, found[:left]
        left -= len(found[:left])


def _list_candidates(shop: Shop) -> Iterator[tuple[Shelf, Sequence[str]]]:
    """What may lie on each shelf, in its order; of best sellers twice as many, since recommendations leave some out."""
    slots = {shelf.slot for shelf in shop.shelves}
    groups = find_groups(shop.shop_id, [shelf.group_id for shelf in shop.shelves if shelf.group_id])
    newest: list[str] = []
    best: list[str] = []
    if "newest" in slots:
        newest = [key.rpartition("#")[2] for key in list_on_sale_in_shop(shop.shop_id, SHELF_LENGTH, None)]
    if slots & {"best_selling", "recommended"}:
        lines = list_postings(in_shop(shop.shop_id, BY_SALES), 2 * SHELF_LENGTH, None, shop=True)
        best = [line.product_id for line in lines]
    in_groups = {group_id: group.product_ids[: 2 * SHELF_LENGTH] for group_id, group in groups.items()}
    by_slot: dict[str, Sequence[str]] = {"newest": newest, "best_selling": best[:SHELF_LENGTH], "recommended": best}
    for shelf in shop.shelves:
        yield shelf, shelf.product_ids or in_groups.get(shelf.group_id) or by_slot.get(shelf.slot, ())


def _to_be_had(found: Stocked) -> bool:
    return any(found.in_stock(sku.sku_id) for sku in found.product.latest.skus)
