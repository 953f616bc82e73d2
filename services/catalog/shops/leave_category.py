"""Sell no more in a category, and owe its deposit no longer (C3)."""

from datetime import datetime

from services.catalog.shops.shop_record import shop_named, write_shop
from services.shared.plumbing.tables import Begin


def leave_category(shop_id: str, category_id: str, *, begin: Begin, now: datetime) -> None:
    """A job takes off sale what the shop sells there, as its merchant would; then its deposit is not owed any more.

    What is listed there later takes the shop back into the category. May be repeated. Raises IllegalTransition for a
    closed shop that sold there.
    """
    shop = shop_named(shop_id)
    leaving = shop.leave(category_id, now)
    if leaving is not shop:
        tx = begin()
        write_shop(tx, leaving)
        tx.commit()
