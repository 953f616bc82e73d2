"""What is for sale, as a buyer asks for it (C8)."""

from services.catalog.browse import Found, browse_products
from services.catalog.groups.browse_group import browse_group
from services.catalog.products.messages import BrowseProducts
from services.catalog.search.search_products import browse_by, search_products


def browse_for_buyers(asked: BrowseProducts) -> Found:
    """A page of a group, by words, by price or by sales, else newest first. Raises NotFound, Invalid, CursorInvalid."""
    if asked.group_id is not None and asked.shop_id is not None:
        return browse_group(asked.shop_id, asked.group_id, asked.limit, asked.cursor)
    if asked.q is not None:
        return search_products(asked.q, asked.shop_id, asked.category_id, asked.limit, asked.cursor)
    if asked.sort is None or asked.sort == "newest":
        return browse_products(asked.shop_id, asked.category_id, asked.limit, asked.cursor)
    return browse_by(asked.sort, asked.shop_id, asked.category_id, asked.limit, asked.cursor)
