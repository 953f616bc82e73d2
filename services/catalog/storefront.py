"""A shop as buyers see it: its name, its notice, its shelves (C7, C8)."""

from typing import NamedTuple

from services.catalog.browse import Found, browse_products
from services.catalog.shop import Shop
from services.catalog.shop_record import shop_named
from services.catalog.template import Shelf
from services.shared.plumbing.problems import NotFound

SHELF_LENGTH = 20


class Storefront(NamedTuple):
    """A shop that passed its audit, and what lies on its shelves."""

    shop: Shop
    shelves: list[tuple[Shelf, Found]]


def storefront_of(shop_id: str) -> Storefront:
    """The shop's public page. Raises NotFound for one that has not passed its audit."""
    shop = shop_named(shop_id)
    if shop.status != "passed":
        raise NotFound()
    newest = browse_products(shop_id, None, SHELF_LENGTH, None)
    return Storefront(shop, [(shelf, newest) for shelf in shop.shelves])
