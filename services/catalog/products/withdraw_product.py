"""Take a product off sale, into the bin, and out of it for good (C5)."""

from datetime import datetime

from services.catalog.products.product_record import product_in, write_product
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import free_out_id
from services.shared.plumbing.tables import Begin


def withdraw_product(shop_id: str, product_id: str, at: datetime | None = None, *, begin: Begin, now: datetime) -> None:
    """Delist it, now unless ``at`` lies ahead; a delisted one stays as it is, with nothing planned.

    Raises IllegalTransition, and Invalid for a moment before it is planned to be listed.
    """
    product = product_in(shop_id, product_id)
    withdrawn = product.until(at, now) if at is not None and at > now else product.withdraw(now)
    if withdrawn is not product:
        tx = begin()
        write_product(tx, shop_named(shop_id), product, withdrawn, "merchant")
        tx.commit()


def remove_product(shop_id: str, product_id: str, *, permanently: bool, begin: Begin, now: datetime) -> None:
    """Put it into the bin, off sale, from where listing brings it back; or empty it from the bin.

    What is in the bin already stays there. Emptied, its id is gone and the merchant's own id is free again. Raises
    IllegalTransition for emptying what is not in the bin.
    """
    product = product_in(shop_id, product_id)
    removed = product.delete(now) if permanently else product.recycle(now)
    if removed is not product:
        tx = begin()
        write_product(tx, shop_named(shop_id), product, removed, "recycled")
        if permanently:
            free_out_id(tx, product)
        tx.commit()
