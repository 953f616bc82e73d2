"""Only what is the shop's may go into its groups and sessions (C7, C10)."""

from collections.abc import Sequence
from itertools import islice

from services.catalog.tables import find_products
from services.shared.plumbing.problems import Invalid

READ = 100
NAMED = 50


def require_own(shop_id: str, product_ids: Sequence[str]) -> None:
    """Raise Invalid naming those that are not products of the shop, or are deleted: a batched read each hundred."""
    rest, own = iter(dict.fromkeys(product_ids)), set()
    while part := list(islice(rest, READ)):
        products = [found.product for found in find_products(part)]
        own |= {one.product_id for one in products if one.shop_id == shop_id and one.status != "deleted"}
    strangers = [one for one in product_ids if one not in own]
    if strangers:
        raise Invalid(
            f"The shop has no product {strangers[0]}",
            errors=[{"at": "product_ids", "why": f"{one} is not the shop's"} for one in strangers[:NAMED]],
        )
