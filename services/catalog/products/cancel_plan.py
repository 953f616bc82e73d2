"""Think better of what was planned for a product (C5)."""

from datetime import datetime

from services.catalog.products.product_record import product_in, write_product
from services.catalog.shops.shop_record import shop_named
from services.shared.plumbing.tables import Begin


def cancel_plan(shop_id: str, product_id: str, *, begin: Begin, now: datetime) -> None:
    """Nothing happens to the product by itself any more; it stays as it is."""
    product = product_in(shop_id, product_id)
    unplanned = product.unplanned(now)
    if unplanned is not product:
        tx = begin()
        write_product(tx, shop_named(shop_id), product, unplanned)
        tx.commit()
