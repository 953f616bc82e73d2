"""Close a shop for good (C1)."""

from datetime import datetime

from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.shown_text import normal_form
from services.catalog.tables import free_name
from services.shared.contracts.catalog import ShopClosed
from services.shared.plumbing.tables import Begin


def close_shop(shop_id: str, *, begin: Begin, now: datetime) -> None:
    """Nobody buys there from now on, its name is free, a job takes its products off sale; then it is cancelled.

    Orders in progress go on, and its members keep their roles for them. May be repeated.
    """
    shop = shop_named(shop_id)
    closed = shop.close(now)
    if closed is shop:
        return
    tx = begin()
    free_name(tx, normal_form(shop.name))
    closed = write_shop(tx, closed)
    said = ShopClosed(shop_id=shop_id, name=shop.name)
    tx.emit(said, subject=shop_id, sequence=closed.version, shop=shop_id)
    tx.commit()
