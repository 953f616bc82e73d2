"""What time does to products: they go on sale and off it when their merchants said (C5)."""

import time
from datetime import datetime

from services.catalog.products.product import Product
from services.catalog.products.product_record import write_product
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import STORE, due_products, find_product
from services.shared.contracts.catalog import ListingMissed
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Conflict, Invalid
from services.shared.plumbing.tables import Begin, Transaction, retrying

LIMIT = 1_000
RUN_SECONDS = 20.0  # a run ends before its function is cut off, and the next one goes on with the longest overdue


def sweep_plans(*, begin: Begin, now: datetime) -> dict[str, int]:
    """Every product whose time has come; returns how many moved, and how many were left for the next run.

    The index proposes, the product decides. One that fails stops no other.
    """
    counts = {"moved": 0, "left": 0}
    until = time.monotonic() + RUN_SECONDS
    for product_id in due_products(now, LIMIT):
        if time.monotonic() > until:
            counts["left"] += 1
            continue
        try:
            counts["moved"] += retrying(lambda one=product_id: follow_plan(one, begin=begin, now=now))  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - one sick product must not keep all later ones off their shelves
            log(STORE.service, "plan_failed", "error", error=error, product_id=product_id)
            counts["left"] += 1
    return counts


def follow_plan(product_id: str, *, begin: Begin, now: datetime) -> bool:
    """Do what is due to this product, or say why it cannot be; whether there was anything to do. Raises Contended."""
    found = find_product(product_id)
    if found is None or found.product.due_at is None or found.product.due_at > now:
        return False
    product = found.product
    shop = shop_named(product.shop_id)
    tx = begin()
    try:
        after = product.as_of(now)
        if after.plan_missed:
            _miss(tx, shop, product, after, "over")
        else:
            write_product(tx, shop, product, after, "merchant")
    except (Conflict, Invalid) as refusal:
        tx = begin()
        _miss(tx, shop, product, product.missed(refusal.detail, now), refusal.slug)
    tx.commit()
    return True


def _miss(tx: Transaction, shop: Shop, before: Product, missed: Product, why: str) -> None:
    """Its merchant reads it on the product, and is told."""
    write_product(tx, shop, before, missed, "merchant")
    said = ListingMissed(product_id=missed.product_id, shop_id=missed.shop_id, title=missed.latest.title, why=why)
    tx.emit(said, subject=missed.product_id, sequence=missed.version, shop=missed.shop_id)
