"""Create a product: online at once, or a draft under audit; not yet for sale (C5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.catalog.categories import rules_of
from services.catalog.products.product import Copy, OutProductIdTaken, Style, new_product, styled
from services.catalog.products.product_record import write_product
from services.catalog.products.take_images import take_images
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import out_id_owner, take_out_id
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin


def create_product(
    shop_id: str,
    out_product_id: str | None,
    texts: Mapping[str, Any],
    styles: Sequence[Style],
    person: str,
    *,
    begin: Begin,
    now: datetime,
    new_id: NewId,
) -> str:
    """Create it from a Copy's fields and its styles; returns its id. Images may be uploads of the ``person``.

    Raises Invalid, OutProductIdTaken.
    """
    copy = first_copy(texts, styles, now, new_id)
    if out_product_id and out_id_owner(shop_id, out_product_id):
        raise OutProductIdTaken()
    shop = shop_named(shop_id)
    product = new_product(new_id("prd"), shop_id, out_product_id, copy, now, auto_pass=shop.auto_pass)
    tx = begin()
    take_images(tx, shop_id, person, copy.images)
    take_out_id(tx, product)
    write_product(tx, shop, None, product)
    tx.commit({"shop_id": shop_id, "product_id": product.product_id})
    return product.product_id


def first_copy(texts: Mapping[str, Any], styles: Sequence[Style], now: datetime, new_id: NewId) -> Copy:
    """The copy of a product that does not exist yet, checked by its category's rules. Raises Invalid."""
    copy = Copy(**texts, skus=styled(styles, (), new_id, settled=False))
    copy.check(rules_of(copy.category_id, now))
    return copy
