"""What is for sale, as a buyer asks for it (C8)."""

from services.catalog.browse import Found, browse_products
from services.catalog.product_messages import BrowseProducts
from services.catalog.search.search_products import browse_by, search_products


def browse_for_buyers(asked: BrowseProducts) -> Found:
    """One page by words, by price or by sales, else newest first. Raises Invalid, CursorInvalid."""
    if asked.q is not None:
        return search_products(asked.q, asked.shop_id, asked.category_id, asked.limit, asked.cursor)
    if asked.sort is None or asked.sort == "newest":
        return browse_products(asked.shop_id, asked.category_id, asked.limit, asked.cursor)
    return browse_by(asked.sort, asked.shop_id, asked.category_id, asked.limit, asked.cursor)
