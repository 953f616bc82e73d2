"""Go over a shop's products after something has changed about the shop or its categories' rules: a job (C2, C3, C4).

Each product is judged by what the shop is now, whatever the job was started for, and written only if the shop still is
so. Two jobs at once, or a step done twice, end the same: the later one finds nothing to do. Products are found by rows
that are written when they first go on sale, not by an index alone, so that none is missed; what is listed while the job
runs has asked the shop itself. What first went on sale before there were such rows is found by the index of the shop's
products, where it has stood for long.
"""

from datetime import datetime
from itertools import chain

from services.catalog.categories import tree
from services.catalog.products.product import Product
from services.catalog.products.product_record import terms_of, write_product
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.tables import check_shop, find_products, list_shops_products, products_once_on_sale
from services.shared.plumbing.jobs import Job, Kind
from services.shared.plumbing.tables import Begin, Transaction

PRODUCTS = 25
SAID: dict[str, str] = {"deposit": "deposit_short"}  # why an offer ends, where it is not called as the product is


def _sweep(job: Job, begin: Begin) -> None:
    """One chunk: judge each product by its own row and its shop's."""
    shop = shop_named(job.args["shop_id"])
    sources = (products_once_on_sale, list_shops_products)
    found_in = [find(shop.shop_id, PRODUCTS, job.cursor) for find in sources]
    ids = sorted({*chain.from_iterable(found_in)}, reverse=True)[:PRODUCTS]
    for found in find_products(ids):
        review_product(found.product, shop, begin=begin)
    if len(ids) < PRODUCTS:
        job.done()
    else:
        job.cursor = ids[-1]


def review_product(product: Product, shop: Shop, *, begin: Begin) -> None:
    """Take the product off sale, or back on it, or tell its category's new terms, or none of these."""
    tx = begin()
    after = reviewed(product, shop, tx.now)
    if after is product:
        return
    check = after.status != "listed" or product.status == "listed"
    write_product(tx, shop, product, after, SAID.get(after.delisted_by or "", after.delisted_by or ""))
    if check:
        check_shop(tx, shop)  # else it enters its category, which relies on the shop as it was read
    tx.commit()


def reviewed(product: Product, shop: Shop, now: datetime) -> Product:
    """The product by what its shop is now; the same when nothing is to be done."""
    if product.online is None:
        return product
    category_id = product.online.category_id
    after = product.as_shop_is(shop.hinders(category_id, product.online.kind, tree(), now), now)
    if after.status == "listed" and product.status != "listed" and not shop.can_sell(tree(), now):
        return product
    if after.status == "listed" and after is product:
        return product.told(terms_of(category_id, now), now)
    return after


def _close(job: Job, tx: Transaction) -> None:
    """A shop that closes has nothing on sale any more, one that leaves a category nothing there."""
    if job.state != "done":
        return
    shop = shop_named(job.args["shop_id"])
    if job.args.get("closing") and shop.status == "closing":
        after = shop.cancel(tx.now)
    else:
        after = shop.left(job.args.get("leaving", {}), tx.now)
    if after is not shop:
        write_shop(tx, after)


KIND = Kind(_sweep, _close)
