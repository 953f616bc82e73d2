"""What may be given (G1), from the platform's categories to the order: catalog and orders together."""

from collections.abc import Callable
from typing import Any

import pytest

from services.catalog import app as catalog
from services.orders import app as orders
from services.shared.contracts.catalog import MembershipChanged, ProductOffered, ShopChanged
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.conftest import Hands, _catalog, hands, merchant
from tests.integration.catalog.merchant import Merchant, ok, sku
from tests.integration.catalog.platform import category, in_force, licensed, ruled
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import mode, open_till, till
from tests.integration.orders.market import Market
from tests.integration.orders.till import Till
from tests.integration.wire import deliver

__all__ = ["_catalog", "hands", "merchant", "mode", "open_till", "till"]


class Shelf:
    """A shop whose offers orders has heard."""

    def __init__(self, merchant: Merchant, till: Till) -> None:
        self.merchant = merchant
        self.market = Market(merchant.shop_id, Client(orders.app, token_for(f"person:{merchant.name}")), till)
        self.giver = Client(orders.app, token_for(new_id("person:anna")))

    def sells(self, price_fen: int = 9_900, **differs: Any) -> tuple[dict[str, Any], str]:
        """A product on sale, and its style."""
        product = self.merchant.sells(skus=[sku(price_fen)], **differs)
        self.tell()
        return product, str(product["skus"][0]["sku_id"])

    def tell(self) -> None:
        """Orders hears what catalog has said."""
        deliver(catalog, orders, only={ShopChanged.NAME, MembershipChanged.NAME, ProductOffered.NAME})

    def give(self, sku_id: str) -> Reply:
        """Place a gift of it."""
        return self.giver.post("/v1/orders", self.market.gift(sku_id))


@pytest.fixture
def shelf(merchant: Merchant, till: Till, tables: Callable[[str | Resources], Resources]) -> Shelf:
    """A merchant who has paid the dearest deposit."""
    ok(merchant.client.post(f"{merchant.path}/deposits", {"amount_fen": 900_000}), 201)
    return Shelf(merchant, till)


@pytest.mark.parametrize("category_id", ["jewellery.gold", "jewellery.fashion-jewellery"])
def test_jewellery_is_no_gift(shelf: Shelf, category_id: str) -> None:
    """G1: by its category, at any price; it can be bought, and nothing is held for a gift that was refused."""
    _, ring = shelf.sells(100, category_id=category_id)

    refused = shelf.give(ring)

    assert (refused.slug, refused.json["reasons"]) == ("not-giftable", {ring: "category"})
    assert shelf.market.stock(ring)["held"] == 0
    assert shelf.giver.post("/v1/orders", shelf.market.order(ring)).status == 201


@pytest.mark.parametrize("category_id", ["education.courses", "education.exam", "education.language"])
def test_education_is_no_gift(shelf: Shelf, category_id: str) -> None:
    """G1: it is not physical either, and that is said first."""
    licensed(shelf.merchant, "education")
    _, course = shelf.sells(100, category_id=category_id, kind="e_voucher")

    refused = shelf.give(course)

    assert (refused.slug, refused.json["reasons"]) == ("not-giftable", {course: "kind"})
    assert shelf.market.stock(course)["held"] == 0


@pytest.mark.parametrize(("fen", "slug"), [(1_000_000, ""), (1_000_001, "not-giftable")])
def test_the_edge_of_the_price(shelf: Shelf, fen: int, slug: str) -> None:
    """G1: as its merchant has written it."""
    _, teapot = shelf.sells(fen)

    placed = shelf.give(teapot)

    assert placed.slug == slug
    assert placed.status == 201 or placed.json["reasons"] == {teapot: "price"}


@pytest.mark.parametrize("who", ["platform", "merchant"])
def test_who_takes_it_out_of_gifts_stops_what_is_not_paid_yet(shelf: Shelf, hands: Hands, who: str) -> None:
    """G1: the platform by a rule for the category, the merchant by choice; what is placed cannot be paid any more."""
    category_id = category(hands)
    product, teapot = shelf.sells(category_id=category_id)
    placed = shelf.give(teapot)
    assert placed.status == 201

    if who == "platform":
        ruled(category_id, giftable=False)
        in_force(hands)
    else:
        ok(shelf.merchant.edits(product, giftable=False))
    shelf.tell()

    paying = shelf.giver.post(f"/v1/orders/{placed.json['order_id']}/payment", {"method": "native"})
    assert (paying.slug, paying.json["reasons"]) == ("not-giftable", {teapot: "category"})
    assert shelf.give(teapot).slug == "not-giftable"
