"""The demo shop's goods and orders, before any stack sees them."""

import json
from datetime import UTC, datetime

from infra.local.demo.shop import DEPOSIT_FEN, LICENCES, ORDERS, PRODUCTS
from services.catalog.category_seed import TREE
from services.catalog.products.messages import WriteProduct

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOODS = [WriteProduct.model_validate(json.loads(line)) for line in PRODUCTS.read_text(encoding="utf-8").splitlines()]


def test_goods_are_as_catalog_takes_them() -> None:
    """Every line is a product with its own id, in a leaf of the tree, and a few dozen of them."""
    ids = [product.out_product_id for product in GOODS]

    assert len(set(ids)) == len(ids) >= 24
    assert all(TREE.leaf(product.category_id) for product in GOODS)


def test_there_is_something_to_give_and_something_not() -> None:
    """By category (jewellery), by price (above 10 000 yuan), and styles of one price to choose from (G1, G3)."""
    rules = [TREE.leaf(product.category_id).at(NOW) for product in GOODS]

    assert {rule.giftable for rule in rules} == {True, False}
    assert any(sku.price_fen > 1_000_000 for product in GOODS for sku in product.skus)
    assert any(len(product.skus) > 1 and len({sku.price_fen for sku in product.skus}) == 1 for product in GOODS)


def test_the_deposit_covers_every_category() -> None:
    """Else listing would be refused (C3)."""
    assert TREE.deposit_due_fen([product.category_id for product in GOODS], NOW) <= DEPOSIT_FEN


def test_the_licences_cover_every_category() -> None:
    """The same (C2)."""
    assert {one for product in GOODS for one in TREE.licences(product.category_id, NOW)} == set(LICENCES)


def test_orders_cost_what_they_say() -> None:
    """The total that a buyer expects is the sum of the prices."""
    prices = {sku.out_sku_id: sku.price_fen for product in GOODS for sku in product.skus}

    for order in ORDERS:
        assert order.total_fen == sum(prices[name] * count for name, count in order.wants)
