"""Put a product on sale (C5): from now on buyers see it and orders knows its offer."""

from datetime import datetime

from services.catalog.product_record import product_in, write_product
from services.catalog.shop_record import shop_named
from services.shared.plumbing.tables import Begin


def offer_product(shop_id: str, product_id: str, *, begin: Begin, now: datetime) -> None:
    """List it; a listed one stays as it is.

    Raises ShopCannotSell, DepositShort, NotPassed, IllegalTransition.
    """
    product = product_in(shop_id, product_id)
    offered = product.offer(now)
    if offered is not product:
        tx = begin()
        write_product(tx, shop_named(shop_id), product, offered)
        tx.commit()
