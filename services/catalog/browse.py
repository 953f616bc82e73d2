"""Browse what is for sale, newest first (C8). Indexes propose, products decide whether they are still for sale.

A page costs one query a bucket and one batch read, whatever the number of products; a branch of the category tree has
its leaves' buckets.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.catalog.categories import tree
from services.catalog.tables import (
    Stocked,
    find_products,
    list_on_sale,
    list_on_sale_in_categories,
    list_on_sale_in_shop,
    list_shops_products,
)
from services.shared.plumbing import cursors
from services.shared.plumbing.problems import Invalid

# A page of giants ends early, so that the answer fits through the gateway: about so much of the 6 MB that it takes.
MAX_PAGE_BYTES = 4_000_000
STYLE_BYTES = 250  # of a style beside its attributes, in an answer


class Found(NamedTuple):
    """A page of products, and where the next one begins."""

    products: list[Stocked]
    next_cursor: str | None


def browse_products(shop_id: str | None, category_id: str | None, limit: int, cursor: str | None) -> Found:
    """What is for sale in a shop, in a category or everywhere. Raises CursorInvalid, Invalid for no such category."""
    listing = f"on sale shop={shop_id or ''} category={category_id or ''} newest"
    before, leaves = _position(listing, cursor), tree().leaves(category_id or "")
    if category_id and not leaves:
        raise Invalid(f"There is no category {category_id}", errors=[{"at": "category_id", "why": "unknown"}])
    if shop_id:
        keys = list_on_sale_in_shop(shop_id, limit + 1, before)
    elif category_id:
        keys = list_on_sale_in_categories(leaves, limit + 1, before)
    else:
        keys = list_on_sale(limit + 1, before)

    def still_there(found: Stocked) -> bool:
        # Indexes are late: it may have been delisted or have moved to another category since.
        product = found.product
        here = product.online is not None and (not category_id or product.online.category_id in leaves)
        return product.status == "listed" and here

    return _page(listing, keys, limit, still_there)


def browse_own(shop_id: str, limit: int, cursor: str | None) -> Found:
    """A shop's products for its members, whatever their status, newest first. Raises CursorInvalid."""
    listing = f"products of {shop_id}"
    ids = list_shops_products(shop_id, limit + 1, _position(listing, cursor))
    return _page(listing, ids, limit, lambda found: found.product.status != "deleted")


def _page(listing: str, keys: Sequence[str], limit: int, keep: Callable[[Stocked], bool]) -> Found:
    """The products behind at most ``limit`` of these keys, which end in the product's id."""
    by_id = {found.product.product_id: found for found in find_products([_id_in(key) for key in keys[:limit]])}
    page: list[Stocked] = []
    size = 0
    for number, key in enumerate(keys):
        found = by_id.get(_id_in(key))
        size += shown_bytes(found) if found else 0
        if number == limit or (page and size > MAX_PAGE_BYTES):
            return Found(page, cursors.sign(listing, {"before": keys[number - 1]}))
        if found and keep(found):
            page.append(found)
    return Found(page, None)


def fitting(products: Sequence[Stocked]) -> int:
    """How many of these fit into one answer, from the first on; one at least."""
    size = 0
    for number, found in enumerate(products):
        size += shown_bytes(found)
        if number and size > MAX_PAGE_BYTES:
            return number
    return len(products)


def shown_bytes(found: Stocked) -> int:
    """About how large a product is in an answer."""
    copy = found.product.latest
    styles = (sum(map(len, map(str.encode, (*sku.attributes, *sku.attributes.values())))) for sku in copy.skus)
    return len(copy.description.encode()) + sum(map(len, copy.images)) + sum(STYLE_BYTES + one for one in styles)


def _id_in(key: str) -> str:
    return key.rpartition("#")[2]


def _position(listing: str, cursor: str | None) -> str | None:
    position = cursors.read(listing, cursor)
    return position["before"] if position else None
