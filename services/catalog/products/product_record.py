"""Writing a product, and telling orders and gifts what it is to them: nothing, an offer, or no longer one (C12)."""

from dataclasses import replace
from datetime import datetime

from services.catalog.categories import rules_of, tree
from services.catalog.products.image_address import shown_image
from services.catalog.products.product import Copy, Product, require_kind
from services.catalog.rules.tables import enter_category
from services.catalog.search.posting import entry_of
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import write_shop
from services.catalog.tables import Stocked, check_shop, find_product, save_product
from services.shared.contracts.catalog import ProductOffered, ProductWithdrawn, SalesRankReached, SkuOffer
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.tables import Transaction

# Two copies and their envelope fit an item of 400 KB, and an offer fits a message of 256 KB.
MAX_BYTES = 360_000
MAX_OFFER_BYTES = 200_000


class ProductTooLarge(Invalid):
    slug, title = "product-too-large", "The product's texts and styles are too large together"


def write_product(
    tx: Transaction, shop: Shop, before: Product | None, after: Product, reason: str = "", *, moves: bool = False
) -> Shop:
    """Save the product, in the caller's transaction; emit its offer when that is new or differs, or its withdrawal.

    What goes on sale takes its shop into its category; returns the shop as it will be. ``moves``: it was on sale where
    the shop came from. Raises ProductTooLarge, Invalid for a kind that its category takes no more, and ShopCannotSell
    or DepositShort when the shop may not sell it.
    """
    if after.status == "listed" and after.online:
        after = replace(after, terms=terms_of(after.online.category_id, tx.now))
    was, now = (offer_of(one) if one else None for one in (before, after))
    if save_product(tx, before, after) > MAX_BYTES or (now and len(now.model_dump_json().encode()) > MAX_OFFER_BYTES):
        raise ProductTooLarge()
    if now and not moves and (was is None or was.kind != now.kind):
        shop.admit(now.kind, first=_first(before, now.kind))
    if now and (was is None or was.category_id != now.category_id):
        require_kind(now.kind, rules_of(now.category_id, tx.now))
        shop = _enter(tx, shop, now.category_id)
    if now and now != was:
        tx.emit(now, subject=after.product_id, sequence=after.version, shop=after.shop_id)
    elif now and entry_of(before, 0) != entry_of(after, 0):  # by its short title, which only search hears of
        stands_elsewhere = SalesRankReached(product_id=after.product_id)
        tx.emit(stands_elsewhere, subject=after.product_id, sequence=after.version, shop=after.shop_id)
    if was and not now:
        gone = ProductWithdrawn(product_id=after.product_id, shop_id=after.shop_id, reason=reason)
        tx.emit(gone, subject=after.product_id, sequence=after.version, shop=after.shop_id)
    return shop


def _first(before: Product | None, kind: str) -> bool:
    """Whether it goes on sale for the first time as what it is."""
    return before is None or not before.offered_once or before.online is None or before.online.kind != kind


def _enter(tx: Transaction, shop: Shop, category_id: str) -> Shop:
    # What was decided on holds when the transaction commits: the shop is written, or checked to be what it was.
    entered = shop.enter(tree().leaf(category_id), tree(), tx.now)
    if entered is shop:
        check_shop(tx, shop)
    else:
        enter_category(tx, category_id, shop.shop_id)
        entered = write_shop(tx, entered)
    return entered


def terms_of(category_id: str, now: datetime) -> tuple[int, bool]:
    """What a category's rules say to others: the fee in basis points, and whether it is for gifts."""
    rules = rules_of(category_id, now)
    return rules.fee_bp, rules.giftable


def offer_of(product: Product) -> ProductOffered | None:
    """What orders and gifts know of the product; None while it is not for sale.

    It has its category's terms of the time at which it was told: other ones are told by its next version.
    """
    copy = product.online
    if product.status != "listed" or copy is None:
        return None
    fee_bp, giftable_there = product.terms or terms_of(copy.category_id, product.updated_at)
    return ProductOffered(
        product_id=product.product_id,
        shop_id=product.shop_id,
        title=copy.title,
        kind=copy.kind,
        category_id=copy.category_id,
        image=shown_image(copy.images[0]) if copy.images else None,
        giftable=_gift(copy, there=giftable_there),
        fee_bp=fee_bp,
        no_delivery_regions=list(copy.no_delivery_regions),
        freight_template_id=copy.freight_template_id,
        max_per_buyer=copy.max_per_buyer,
        skus=[
            SkuOffer(
                sku_id=sku.sku_id,
                out_sku_id=sku.out_sku_id,
                attributes=dict(sku.attributes),
                price_fen=sku.price_fen,
                original_price_fen=sku.original_price_fen,
                initial_stock=sku.initial_stock,
                weight_g=sku.weight_g,
            )
            for sku in copy.skus
        ],
    )


def _gift(copy: Copy, *, there: bool) -> bool:
    return copy.giftable and there and copy.kind == "physical"


def giftable(copy: Copy, now: datetime) -> bool:
    """Whether it is for gifts: by its category, its kind and its merchant's choice; the price is orders' (G1)."""
    return _gift(copy, there=terms_of(copy.category_id, now)[1])


def stocked_in(shop_id: str, product_id: str) -> Stocked:
    """The shop's product with its stock. Raises NotFound for another shop's and for a deleted one."""
    found = find_product(product_id)
    if found is None or found.product.shop_id != shop_id or found.product.status == "deleted":
        raise NotFound()
    return found


def product_in(shop_id: str, product_id: str) -> Product:
    """The shop's product. Raises NotFound for another shop's and for a deleted one."""
    return stocked_in(shop_id, product_id).product


def product_on_sale(product_id: str) -> Stocked:
    """A product as anybody may see it: one read. Raises NotFound for one that is not for sale."""
    found = find_product(product_id)
    if found is None or found.product.status != "listed":
        raise NotFound()
    return found
