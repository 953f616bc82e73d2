"""Saying anew how things are, for a consumer that lost what it knew."""

from collections.abc import Callable

import pytest

from services.catalog import app as catalog
from services.catalog.resend import resend
from services.orders import app as orders
from services.orders.tables import find_offers
from services.shared.contracts.catalog import ProductOffered
from services.shared.plumbing import clock, memberships
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import Merchant
from tests.integration.resent import told
from tests.integration.wire import deliver, discard


@pytest.fixture(autouse=True)
def _orders(tables: Callable[[str | Resources], Resources]) -> None:
    tables("orders")
    discard(catalog, orders)


def test_a_consumer_that_never_heard_anything_knows_it_all(merchant: Merchant) -> None:
    """Shops, who acts for them, and offers: as they are now, with the sequence they have now."""
    product = merchant.sells()
    sku = product["skus"][0]
    discard(catalog, orders)  # these letters never arrive

    assert told(catalog, orders) >= 3

    known = find_offers([sku["sku_id"]])[sku["sku_id"]]
    assert (known.price_fen, known.title, known.sequence) == (sku["price_fen"], product["title"], product["version"])
    assert memberships.role_of(orders.app.store, merchant.shop_id, f"person:{merchant.name}") == "owner"


def test_everyone_is_told_only_what_they_hear(merchant: Merchant) -> None:
    """Notify knows shops and members; no product is its business."""
    merchant.sells()

    names = {one.name for one in resend("notify", now=clock.now(), new_id=new_id)}

    assert names >= {"catalog.shop_changed", "catalog.membership_changed"}
    assert ProductOffered.NAME not in names


def test_what_is_known_already_stays_as_it_is(merchant: Merchant) -> None:
    """State is told with its own sequence: a withdrawn product stays withdrawn, stock is not counted again."""
    product = merchant.sells()
    sku_id = product["skus"][0]["sku_id"]
    deliver(catalog, orders)
    merchant.client.delete(f"{merchant.path}/products/{product['product_id']}/listing")
    deliver(catalog, orders)

    told(catalog, orders)
    told(catalog, orders)

    assert not find_offers([sku_id])[sku_id].offered
