"""Put a product on sale (C5), now or at a later moment: from then on buyers see it and orders knows its offer."""

from datetime import datetime

from services.catalog.products.product_record import product_in, write_product
from services.catalog.shops.shop_record import shop_named
from services.shared.plumbing.tables import Begin


def offer_product(
    shop_id: str,
    product_id: str,
    at: datetime | None = None,
    until: datetime | None = None,
    *,
    begin: Begin,
    now: datetime,
) -> None:
    """List it, now unless ``at`` lies ahead, and only ``until`` then; a listed one stays listed.

    Whether the shop may sell is asked when the moment has come. Raises ShopCannotSell, DepositShort, NotPassed,
    IllegalTransition, Invalid.
    """
    product = product_in(shop_id, product_id)
    if at is not None and at > now:
        offered = product.planned(at, until, now)
    else:
        offered = product.offer(now)
        offered = offered.until(until, now) if until else offered
    if offered is not product:
        tx = begin()
        write_product(tx, shop_named(shop_id), product, offered)
        tx.commit()
