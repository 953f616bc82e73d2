"""The platform takes a product off sale, or bans it, and undoes that (C5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from services.catalog.categories import tree
from services.catalog.products.product import Product
from services.catalog.products.product_record import product_in, write_product
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import check_shop
from services.shared.contracts.catalog import ProductHeld
from services.shared.plumbing.tables import Begin


def hold_product(
    shop_id: str, product_id: str, by: Literal["risk", "brand"], reason: str, *, begin: Begin, now: datetime
) -> None:
    """Off sale until it is released; its merchant is told. Raises IllegalTransition for what is not on sale."""
    _move(shop_id, product_id, lambda product: product.hold(by, reason, now), begin, (by, reason))


def ban_product(shop_id: str, product_id: str, reason: str, *, begin: Begin, now: datetime) -> None:
    """Out of its merchant's hands until it is unbanned; its merchant is told."""
    _move(shop_id, product_id, lambda product: product.ban(reason, now), begin, ("ban", reason))


def release_product(shop_id: str, product_id: str, *, begin: Begin, now: datetime) -> None:
    """On sale again as before it was held, unless something keeps its shop from selling it; then when that ends."""
    shop = shop_named(shop_id)

    def release(product: Product) -> Product:
        sold = product.online or product.latest
        hindrance = shop.hinders(sold.category_id, sold.kind, tree(), now)
        if hindrance == "left" or sold.category_id not in shop.categories:
            return product.release("merchant", now)  # who has left the category since: it may be listed again
        return product.release(hindrance, now)

    _move(shop_id, product_id, release, begin, None, decided_on=shop)


def unban_product(shop_id: str, product_id: str, *, begin: Begin, now: datetime) -> None:
    """In its merchant's hands again, off sale. Raises IllegalTransition."""
    _move(shop_id, product_id, lambda product: product.unban(now), begin, None)


def _move(
    shop_id: str,
    product_id: str,
    move: Callable[[Product], Product],
    begin: Begin,
    told: tuple[Literal["risk", "brand", "ban"], str] | None,
    *,
    decided_on: Shop | None = None,
) -> None:
    """``decided_on``: the shop whose state the move follows from, and which must still be in it."""
    product = product_in(shop_id, product_id)
    moved = move(product)
    if moved is product:
        return
    tx = begin()
    shop = decided_on or shop_named(shop_id)
    write_product(tx, shop, product, moved, told[0] if told else "")
    if decided_on and moved.status != "listed":
        check_shop(tx, shop)  # what goes on sale has checked it
    if told:
        by, reason = told
        said = ProductHeld(product_id=product_id, shop_id=shop_id, title=moved.latest.title, by=by, reason=reason)
        tx.emit(said, subject=product_id, sequence=moved.version, shop=shop_id)
    tx.commit()
