"""Bring the lists up to what a product is now, and count what is sold of it (C8)."""

from services.catalog.search.posting import entry_of, tier_of
from services.catalog.search.tables import count_sold, replace_entry, sales, standing
from services.shared.contracts.catalog import SalesRankReached
from services.shared.contracts.orders import OrderLine
from services.shared.plumbing.tables import Begin


def index_product(product_id: str, *, begin: Begin) -> None:
    """One transaction, or nothing when nothing has changed. It reads the product itself, so it may come late.

    Of two at once, one finds that the lists have changed meanwhile and looks again.
    """
    product, sold, before = standing(product_id)
    after = entry_of(product, sold)
    if after != before:
        tx = begin()
        replace_entry(tx, product_id, before, after)
        tx.commit()


def count_sales(lines: list[OrderLine], *, begin: Begin) -> None:
    """Count the pieces of a paid order, once, and say which products have reached another place by it."""
    pieces: dict[str, int] = {}
    for line in lines:
        pieces[line.product_id] = pieces.get(line.product_id, 0) + line.quantity
    tx = begin()
    for product_id, sold, entry in sales(sorted(pieces)):
        count_sold(tx, product_id, pieces[product_id])
        after = sold + pieces[product_id]
        if entry and tier_of(after) > entry.tier:
            tx.emit(SalesRankReached(product_id=product_id), subject=product_id, sequence=after, shop=entry.shop_id)
    tx.commit()
