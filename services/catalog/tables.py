"""Catalog's rows in DynamoDB, which only the modules of this name know of: this one, and one in a subject's folder.

pk                          sk              what
SHP#{shop}                  SHOP            a shop
SHP#{shop}                  DEP#{deposit}   a deposit it paid
SHP#{shop}                  RFD#{refund}    a part of its deposit that goes back (deposits/tables.py)
SHP#{shop}                  INV#{invitation} an invitation to work for it (staff/tables.py)
NAM#{normal form}           NAME            which shop has this name
PER#{person}                SHP#{shop}      a shop of this person
PRD#{product}               PRODUCT         a product with its styles, and which of them are in stock
IMG#{upload}                IMAGE           an uploaded image and the shop whose products may show it
SEL#{shop}                  PRD#{product}   a product that the shop has ever had on sale
OUT#{shop}#{out id}         OUT             which product has the merchant's own id

Indexes list products only: a shop's (by id), and those on sale by shop, category and everywhere (by time of listing).
Their partitions are bucketed by product, so that none is hot while many are listed.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, cast

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from services.catalog.products.image_file import Image
from services.catalog.products.product import Product
from services.catalog.shops.shop import Shop
from services.shared.plumbing.documents import Document
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import (
    InstantAttribute,
    Store,
    Table,
    Transaction,
    get,
    instant_text,
    keys_only,
    query,
    read,
)

STORE = Store("catalog")
SHOP_BUCKETS, CATEGORY_BUCKETS, MARKET_BUCKETS = 1, 2, 8
PLANS = "PLANS"  # of products, in the plumbing's index of what is due


class CatalogRow(Table):
    """Every row. The indexes stand here and not at the products, since any row may be the first that is used."""

    class Meta:
        table_name = physical("catalog")

    by_shop = keys_only("shop_key", "product_id")
    on_sale_in_shop = keys_only("sale_shop", "sale_key")
    on_sale_in_category = keys_only("sale_category", "sale_key")
    on_sale = keys_only("sale_market", "sale_key")
    shop_key = UnicodeAttribute(null=True)
    product_id = UnicodeAttribute(null=True)
    sale_shop = UnicodeAttribute(null=True)
    sale_category = UnicodeAttribute(null=True)
    sale_market = UnicodeAttribute(null=True)
    sale_key = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    doc = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)


class ProductRow(CatalogRow):
    """``stock``: what orders last said of each style, as {sku_id: {"in": in stock, "n": the event's sequence}}."""

    stock: MapAttribute[str, Any] = MapAttribute(null=True)  # type: ignore[no-untyped-call]


class DepositRow(CatalogRow):
    amount_fen = NumberAttribute()
    by = UnicodeAttribute()
    at = InstantAttribute()


class LinkRow(CatalogRow):
    """Points at what has this name or this id. ``seen``: the import and line that last brought a merchant's own id."""

    target = UnicodeAttribute()
    seen = UnicodeAttribute(null=True)


class ImageRow(CatalogRow):
    """An uploaded image that the shop's products may show."""

    shop = UnicodeAttribute()
    type = UnicodeAttribute()
    width = NumberAttribute()
    height = NumberAttribute()
    bytes = NumberAttribute()


# -------------------------------------------------------------------------------------------------------- shops
_SHOP = Document(Shop)
_PRODUCT = Document(Product)


def shop_key(shop_id: str) -> tuple[type[CatalogRow], str, str]:
    """Where a shop lies."""
    return CatalogRow, f"SHP#{shop_id}", "SHOP"


def shop_of(row: CatalogRow | None) -> Shop | None:
    """The shop inside a row."""
    return None if row is None or row.doc is None else _SHOP.validate_json(row.doc)


def find_shop(shop_id: str) -> Shop | None:
    """The shop with this id."""
    return shop_of(get(*shop_key(shop_id)))


def save_shop(tx: Transaction, shop: Shop) -> None:
    """Put the shop, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow(*shop_key(shop.shop_id)[1:])
    row.version, row.doc = shop.version, _SHOP.dump_json(shop).decode()
    before = CatalogRow.pk.does_not_exist() if shop.version == 1 else CatalogRow.version == shop.version - 1
    tx.put(row, before, "shop")


def all_shops() -> Iterator[Shop]:
    """Every shop, read from end to end: for operators' acts, never for a request."""
    for row in CatalogRow.scan(CatalogRow.sk == "SHOP", consistent_read=True):
        if shop := shop_of(row):
            yield shop


def all_products() -> Iterator[Product]:
    """Every product that is or was for sale, read from end to end."""
    for row in ProductRow.scan(ProductRow.sk == "PRODUCT", consistent_read=True):
        found = stocked_of(row)
        if found and found.product.offered_once:
            yield found.product


def check_shop(tx: Transaction, shop: Shop) -> None:
    """The shop still is as it was read."""
    tx.check(*shop_key(shop.shop_id), CatalogRow.version == shop.version, "shop")


def take_name(tx: Transaction, normal_form: str, shop_id: str) -> None:
    """Reserve a shop name; refused as ``name`` when another shop has it."""
    tx.create(LinkRow(f"NAM#{normal_form}", "NAME", target=shop_id), "name")


def free_name(tx: Transaction, normal_form: str) -> None:
    """Let others have the name."""
    tx.delete(LinkRow(f"NAM#{normal_form}", "NAME"))


def name_owner(normal_form: str) -> str | None:
    """The shop that has this name."""
    row = get(LinkRow, f"NAM#{normal_form}", "NAME")
    return row.target if row else None


def add_persons_shop(tx: Transaction, person: str, shop_id: str) -> None:
    """The person has a role in the shop."""
    tx.put(LinkRow(f"PER#{person}", f"SHP#{shop_id}", target=shop_id))


def drop_persons_shop(tx: Transaction, person: str, shop_id: str) -> None:
    """The person has no role in the shop any more."""
    tx.delete(LinkRow(f"PER#{person}", f"SHP#{shop_id}"))


def persons_shops(person: str, limit: int, after: str | None) -> list[Shop]:
    """A person's shops, newest first, from the one after ``after``: two reads."""
    links = query(LinkRow, f"PER#{person}", limit=limit, after=after and f"SHP#{after}", newest_first=True)
    rows = read([shop_key(link.target) for link in links]) if links else []
    return [shop for row in rows if (shop := shop_of(row))]


def add_deposit(tx: Transaction, shop_id: str, deposit_id: str, amount_fen: int, by: str) -> None:
    """A payment towards the shop's deposit."""
    row = DepositRow(f"SHP#{shop_id}", f"DEP#{deposit_id}", amount_fen=amount_fen, by=by, at=tx.now)
    tx.create(row, "deposit")


def find_deposit(shop_id: str, deposit_id: str) -> DepositRow | None:
    """One payment towards the deposit."""
    return get(DepositRow, f"SHP#{shop_id}", f"DEP#{deposit_id}")


def deposits_of(shop_id: str, limit: int, after: str | None) -> list[DepositRow]:
    """A shop's deposits, oldest first."""
    return query(DepositRow, f"SHP#{shop_id}", prefix="DEP#", limit=limit, after=after and f"DEP#{after}")


# ----------------------------------------------------------------------------------------------------- products
class Stocked(NamedTuple):
    """A product, and which of its styles orders has said to be in stock or not."""

    product: Product
    stock: Mapping[str, bool]

    def in_stock(self, sku_id: str) -> bool:
        """Whether a style can be bought; until orders says so, whether it came with any stock."""
        if sku_id in self.stock:
            return self.stock[sku_id]
        return any(sku.sku_id == sku_id and sku.initial_stock > 0 for sku in self.product.latest.skus)


def product_key(product_id: str) -> tuple[type[ProductRow], str, str]:
    """Where a product lies."""
    return ProductRow, f"PRD#{product_id}", "PRODUCT"


def stocked_of(row: ProductRow | None) -> Stocked | None:
    """The product inside a row."""
    if row is None or row.doc is None:
        return None
    return Stocked(_PRODUCT.validate_json(row.doc), {sku_id: one["in"] for sku_id, one in _said(row).items()})


def product_row(product_id: str) -> ProductRow | None:
    """The row of this product."""
    return get(*product_key(product_id))


def find_product(product_id: str) -> Stocked | None:
    """The product with this id."""
    return stocked_of(product_row(product_id))


def find_products(product_ids: Sequence[str]) -> list[Stocked]:
    """The products with these ids, in their order; those that are not there are left out."""
    rows = read([product_key(one) for one in product_ids]) if product_ids else []
    return [found for row in rows if (found := stocked_of(row))]


def save_product(tx: Transaction, before: Product | None, product: Product) -> int:
    """Write the product, if it still is what it was before; what orders said of its stock stays. So does its place
    among what is due, unless that changes.

    Returns the size of what is written, in bytes.
    """
    doc = _PRODUCT.dump_json(product, exclude_defaults=True).decode()
    row = ProductRow(*product_key(product.product_id)[1:])
    actions: list[Action] = [ProductRow.version.set(product.version), ProductRow.doc.set(doc)]
    actions += [_set(attribute, value) for attribute, value in _places(product)]
    if before is None:
        actions.append(ProductRow.stock.set({}))
    was = ProductRow.version == before.version if before else ProductRow.pk.does_not_exist()
    tx.update(row, actions, was, "product")
    _save_sold(tx, product, first=product.offered_once and not (before and before.offered_once))
    if product.due_at != (before.due_at if before else None):
        tx.save_due(f"PLAN#{product.product_id}", "PLAN", PLANS, product.due_at)
    return len(doc.encode())


def _save_sold(tx: Transaction, product: Product, *, first: bool) -> None:
    row = LinkRow(f"SEL#{product.shop_id}", f"PRD#{product.product_id}", target=product.product_id)
    if first:
        tx.put(row)
    elif product.offered_once and product.status == "deleted":
        tx.delete(row)


def products_once_on_sale(shop_id: str, limit: int, before: str | None) -> list[str]:
    """Ids of all products that the shop has or ever had on sale, newest first, from the one before ``before``: one
    consistent read. What is on sale when it is read and was not created since is among them."""
    after = before and f"PRD#{before}"
    return [row.target for row in query(LinkRow, f"SEL#{shop_id}", limit=limit, after=after, newest_first=True)]


def due_products(now: datetime, limit: int) -> list[str]:
    """Ids of products to which time has something to do, the longest overdue first."""
    return [pk.removeprefix("PLAN#") for pk, _ in STORE.list_due(PLANS, now, limit)]


def _places(product: Product) -> Iterable[tuple[Any, str | None]]:
    """Where the product stands in the indexes."""
    there, on_sale = product.status != "deleted", product.listed_at is not None and product.online is not None
    ident, shop = product.product_id, product.shop_id
    category = product.online.category_id if product.online else ""
    yield ProductRow.product_id, ident if there else None
    yield ProductRow.shop_key, bucket(shop, ident, SHOP_BUCKETS) if there else None
    yield ProductRow.sale_shop, bucket(shop, ident, SHOP_BUCKETS) if on_sale else None
    yield ProductRow.sale_category, bucket(category, ident, CATEGORY_BUCKETS) if on_sale else None
    yield ProductRow.sale_market, bucket("ALL", ident, MARKET_BUCKETS) if on_sale else None
    yield ProductRow.sale_key, sale_key(product) if on_sale else None


def _set(attribute: Any, value: str | None) -> Action:
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action


def sale_key(product: Product) -> str:
    """The product's place among what is on sale, by time of listing."""
    assert product.listed_at is not None
    return f"{instant_text(product.listed_at)}#{product.product_id}"


def check_product(tx: Transaction, product: Product) -> None:
    """The product still is as it was read."""
    tx.check(*product_key(product.product_id), ProductRow.version == product.version, "product")


def stock_sequence(row: ProductRow, sku_id: str) -> int:
    """The sequence of what orders last said of this style, 0 for nothing."""
    return int(_said(row).get(sku_id, {}).get("n", 0))


def _said(row: ProductRow) -> dict[str, dict[str, Any]]:
    return cast(dict[str, dict[str, Any]], row.stock.as_dict()) if row.stock else {}  # type: ignore[no-untyped-call]


def note_stock(tx: Transaction, product_id: str, sku_id: str, sequence: int, *, in_stock: bool) -> None:
    """Keep what orders says of a style, if nothing newer is kept. The product's version stays."""
    said = ProductRow.stock[sku_id]
    newer = ProductRow.pk.exists() & (said.does_not_exist() | (said["n"] < sequence))
    tx.update(ProductRow(*product_key(product_id)[1:]), [said.set({"in": in_stock, "n": sequence})], newer, "stock")


def out_key(shop_id: str, out_product_id: str) -> tuple[type[LinkRow], str, str]:
    """Where a merchant's own id is reserved."""
    return LinkRow, f"OUT#{shop_id}#{out_product_id}", "OUT"


def out_id_owner(shop_id: str, out_product_id: str) -> str | None:
    """The shop's product that has this merchant's own id."""
    row = get(*out_key(shop_id, out_product_id))
    return row.target if row else None


def take_out_id(tx: Transaction, product: Product, seen: str | None = None) -> None:
    """Reserve the merchant's own id; refused as ``out_product_id`` when another product of the shop has it."""
    if product.out_product_id:
        row = LinkRow(*out_key(product.shop_id, product.out_product_id)[1:], target=product.product_id, seen=seen)
        tx.create(row, "out_product_id")


def mark_out_id(tx: Transaction, row: LinkRow, seen: str) -> None:
    """Note which line of which import has brought this product, if the row still is as it was read."""
    same = (LinkRow.seen == row.seen) if row.seen else LinkRow.seen.does_not_exist()
    tx.update(row, [LinkRow.seen.set(seen)], (LinkRow.target == row.target) & same, "out_product_id")


def free_out_id(tx: Transaction, product: Product) -> None:
    """Let another product have the merchant's own id."""
    if product.out_product_id:
        tx.delete(LinkRow(*out_key(product.shop_id, product.out_product_id)[1:]))


# ------------------------------------------------------------------------------------------------------- images
def image_key(upload_id: str) -> tuple[type[ImageRow], str, str]:
    """Where an image lies by its upload."""
    return ImageRow, f"IMG#{upload_id}", "IMAGE"


def find_image(upload_id: str) -> ImageRow | None:
    """The image that this upload is."""
    return get(*image_key(upload_id))


def find_images(upload_ids: Sequence[str]) -> dict[str, str]:
    """Which shop has each of these images, of those that a shop has: one read, or none."""
    rows = read([image_key(one) for one in upload_ids]) if upload_ids else []
    return {one: row.shop for one, row in zip(upload_ids, rows, strict=True) if row}


def save_image(tx: Transaction, upload_id: str, shop_id: str, image: Image, size: int) -> None:
    """The shop has this image of ``size`` bytes; refused as ``image`` when one has it already."""
    row = ImageRow(*image_key(upload_id)[1:], shop=shop_id, type=image.type, bytes=size)
    row.width, row.height = image.width, image.height
    tx.create(row, "image")


# -------------------------------------------------------------------------------------------------------- lists
def bucket(scope: str, product_id: str, buckets: int) -> str:
    """The partition of an index in which this product stands for this scope."""
    return f"{scope}#{hashlib.sha256(product_id.encode()).digest()[0] % buckets}"


def list_shops_products(shop_id: str, limit: int, before: str | None) -> list[str]:
    """Ids of a shop's products, newest first, from the one before ``before``."""
    older = ProductRow.product_id < before if before else None
    found = [
        ProductRow.by_shop.query(f"{shop_id}#{n}", older, scan_index_forward=False, limit=limit)
        for n in range(SHOP_BUCKETS)
    ]
    keys = ((row.product_id for row in one) for one in found)
    return list(islice(heapq.merge(*keys, reverse=True), limit))


def list_on_sale_in_shop(shop_id: str, limit: int, before: str | None) -> list[str]:
    """Sale keys of what a shop sells, newest first, from the one before ``before``."""
    return _list_on_sale(ProductRow.on_sale_in_shop, [f"{shop_id}#{n}" for n in range(SHOP_BUCKETS)], limit, before)


def list_on_sale_in_categories(category_ids: Sequence[str], limit: int, before: str | None) -> list[str]:
    """Sale keys of what is sold in these categories, newest first."""
    partitions = [f"{one}#{n}" for one in category_ids for n in range(CATEGORY_BUCKETS)]
    return _list_on_sale(ProductRow.on_sale_in_category, partitions, limit, before)


def list_on_sale(limit: int, before: str | None) -> list[str]:
    """Sale keys of all that is sold, newest first."""
    return _list_on_sale(ProductRow.on_sale, [f"ALL#{n}" for n in range(MARKET_BUCKETS)], limit, before)


def _list_on_sale(index: Any, partitions: Sequence[str], limit: int, before: str | None) -> list[str]:
    older = ProductRow.sale_key < before if before else None
    found = [index.query(one, older, scan_index_forward=False, limit=limit) for one in partitions]
    keys = ((row.sale_key for row in one) for one in found)
    return list(islice(heapq.merge(*keys, reverse=True), limit))
