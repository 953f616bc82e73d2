"""Bring the lists up to what a product is now (C8)."""

from services.catalog.search.posting import entry_of
from services.catalog.search.tables import replace_entry, standing
from services.shared.contracts.catalog import SalesRankReached
from services.shared.plumbing.tables import MAX_ACTIONS, Begin


def index_product(product_id: str, *, begin: Begin) -> None:
    """One transaction, or nothing when nothing has changed. It reads the product itself, so it may come late.

    Of two at once, one finds that the lists have changed meanwhile and looks again. Where the old lines and the new
    ones do not fit together, the old ones are taken out, and an event in the same transaction brings the new ones in.
    """
    product, sold, before = standing(product_id)
    after = entry_of(product, sold)
    if after == before:
        return
    tx = begin()
    replace_entry(tx, product_id, before, after)
    if after and tx.size > MAX_ACTIONS:
        tx = begin()
        replace_entry(tx, product_id, before, None)
        tx.emit(SalesRankReached(product_id=product_id), subject=product_id, sequence=sold, shop=after.shop_id)
    tx.commit()
