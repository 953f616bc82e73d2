"""Where a product stands in the lists that search and the other orders go through (C8). Pure.

A scope is the marketplace, a shop or a category; a list is a scope with a token, or with an order. All lists of tokens
have one order, the rank: most sold first (in powers of two, so that a sale seldom moves anything), then newest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.catalog.products.product import Product
from services.catalog.search.words import normal, tokens

MARKET_BUCKETS = 8
BY_PRICE, BY_SALES = "*price", "*sales"


@dataclass(frozen=True, order=True)
class Posting:
    """One line of a list. ``shop_key`` is the same list within the product's shop, None where there is none."""

    key: str
    place: str
    shop_key: str | None


@dataclass(frozen=True)
class Entry:
    """A product as the lists have it. ``tier``: the binary digits of the number of pieces sold."""

    product_id: str
    shop_id: str
    category_id: str
    text: str
    price_fen: int
    listed_at: datetime
    tier: int

    @property
    def rank(self) -> str:
        """Its place in the order of all token lists."""
        newest_first = 10**14 - int(self.listed_at.timestamp() * 1000)
        return f"{99 - self.tier:02d}#{newest_first:015d}#{self.product_id}"

    @property
    def price(self) -> str:
        """Its place in the order by price."""
        return f"{self.price_fen:011d}#{self.product_id}"

    def postings(self) -> Iterator[Posting]:
        """Every line it has: at most 96."""
        for token in tokens(self.text):
            yield Posting(in_market(token), self.rank, in_shop(self.shop_id, token))
        bucket = bucket_of(self.product_id)
        for order, place in ((BY_PRICE, self.price), (BY_SALES, self.rank)):
            yield Posting(in_market(f"{order}#{bucket}"), place, in_shop(self.shop_id, order))
            yield Posting(in_category(self.category_id, order), place, None)


def entry_of(product: Product | None, sold: int) -> Entry | None:
    """The entry of a product that is for sale, after so many pieces sold; None for any other."""
    if product is None or product.status != "listed" or product.online is None or product.listed_at is None:
        return None
    copy = product.online
    return Entry(
        product_id=product.product_id,
        shop_id=product.shop_id,
        category_id=copy.category_id,
        text=searched(product),
        price_fen=min(sku.price_fen for sku in copy.skus),
        listed_at=product.listed_at,
        tier=tier_of(sold),
    )


def tier_of(sold: int) -> int:
    """Products of one tier sell about equally well."""
    return sold.bit_length()


def searched(product: Product) -> str:
    """The normal text by which buyers find the product; empty without an online copy."""
    return normal(f"{product.online.title} {product.online.short_title}") if product.online else ""


def in_market(token: str) -> str:
    """The list of a token in the marketplace."""
    return f"M#{token}"


def in_shop(shop_id: str, token: str) -> str:
    """The list of a token in a shop."""
    return f"{shop_id}#{token}"


def in_category(category_id: str, order: str) -> str:
    """A category's list in this order."""
    return f"C#{category_id}#{order}"


def bucket_of(product_id: str) -> int:
    """Which part of the marketplace's orders a product is in, so that none is hot while many are listed."""
    return sha256(product_id.encode()).digest()[1] % MARKET_BUCKETS
