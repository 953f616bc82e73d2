"""Bring the lists up to what a product is now (C8)."""

from services.catalog.search.posting import entry_of
from services.catalog.search.tables import replace_entry, standing
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
