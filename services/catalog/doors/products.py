"""Doors to products: writing, listing and browsing them."""

from collections.abc import Mapping

from services.catalog import browse
from services.catalog import messages as m
from services.catalog.migrations.messages import FromOldShop
from services.catalog.migrations.old_ids import (
    OldIdAmbiguous,
    redirected,
    redirected_in,
    style_redirected,
    style_redirected_in,
)
from services.catalog.products import edit_product, withdraw_product
from services.catalog.products import messages as pm
from services.catalog.products.cancel_plan import cancel_plan
from services.catalog.products.create_product import create_product
from services.catalog.products.offer_product import offer_product
from services.catalog.products.product import NotPassed, OutProductIdTaken, ProductHeld
from services.catalog.products.product_record import ProductTooLarge, product_on_sale, stocked_in
from services.catalog.search.browse_for_buyers import browse_for_buyers
from services.catalog.service import EDITORS, STAFF, STAFF_OR_PLATFORM, app
from services.catalog.shops.shop import DepositShort, LicenceMissing, ShopCannotSell
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, PLATFORM, Answer, Call, Page

LISTING_PROBLEMS = (ShopCannotSell, LicenceMissing, DepositShort, NotPassed, ProductHeld, p.IllegalTransition)


def _product_again(_: Call, stored: Mapping[str, str]) -> pm.MerchantProductView:
    return pm.MerchantProductView.of(stocked_in(stored["shop_id"], stored["product_id"]))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/products",
    EDITORS,
    status=201,
    again=_product_again,
    problems=(OutProductIdTaken, ProductTooLarge),
)
def post_product(call: Call, shop_id: str, body: pm.WriteProduct) -> pm.MerchantProductView:
    """Create a product; list it to put it on sale (C5)."""
    product_id = create_product(
        shop_id,
        body.out_product_id,
        body.texts(),
        body.styles(),
        call.person,
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
    )
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("GET", "/v1/shops/{shop_id}/products", STAFF, problems=(p.CursorInvalid,))
def get_own_products(_: Call, shop_id: str, query: m.PageOf) -> Page[pm.MerchantProductView]:
    """The shop's products in every status, newest first."""
    found = browse.browse_own(shop_id, query.limit, query.cursor)
    return Page(items=[pm.MerchantProductView.of(one) for one in found.products], next_cursor=found.next_cursor)


@app.door("GET", "/v1/shops/{shop_id}/products/{product_id}", STAFF_OR_PLATFORM, problems=(OldIdAmbiguous,))
def get_own_product(_: Call, shop_id: str, product_id: str, query: FromOldShop) -> pm.MerchantProductView | Answer:
    """A product as its merchant sees it, with its draft. By the id of an old shop: 308 to where it is now (M2)."""
    try:
        return pm.MerchantProductView.of(stocked_in(shop_id, product_id))
    except p.NotFound:
        return redirected_in(shop_id, f"/{app.service}/v1/shops/{shop_id}/products", product_id, query)


@app.door("GET", "/v1/shops/{shop_id}/old-skus/{sku_id}", STAFF_OR_PLATFORM, problems=(OldIdAmbiguous,))
def get_own_old_sku(_: Call, shop_id: str, sku_id: str, query: FromOldShop) -> Answer:
    """By the id that a style of the shop had in an old one: 308 to its product as its merchant sees it (M2)."""
    return style_redirected_in(shop_id, f"/{app.service}/v1/shops/{shop_id}/products", sku_id, query)


@app.door(
    "PATCH",
    "/v1/shops/{shop_id}/products/{product_id}",
    EDITORS,
    problems=(p.VersionConflict, ProductTooLarge, *LISTING_PROBLEMS),
)
def patch_product(call: Call, shop_id: str, product_id: str, body: pm.EditProduct) -> pm.MerchantProductView:
    """Edit a product (C5). Send If-Match with its ETag to be told of a change in between.

    Where the shop passes its own drafts, buyers see the edit at once; else it is a draft until the platform decides.
    """
    edit_product.edit_product(
        shop_id,
        product_id,
        body.texts(),
        body.styles(),
        call.person,
        if_match=call.if_match,
        begin=call.begin,
        now=call.now,
    )
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("DELETE", "/v1/shops/{shop_id}/products/{product_id}", EDITORS, status=204, problems=(p.IllegalTransition,))
def delete_product(call: Call, shop_id: str, product_id: str, query: pm.RemoveProduct) -> None:
    """Put a product into the bin, off sale; with `permanently`, empty it from the bin (C5)."""
    withdraw_product.remove_product(shop_id, product_id, permanently=query.permanently, begin=call.begin, now=call.now)


@app.door("POST", "/v1/shops/{shop_id}/products/{product_id}/listing", EDITORS, problems=LISTING_PROBLEMS)
def post_listing(call: Call, shop_id: str, product_id: str, body: pm.ListProduct) -> pm.MerchantProductView:
    """Put a product on sale, now or at a later moment, and off it again by itself if asked (C5). May be repeated.

    What was planned before is replaced. Whether the shop may sell is asked when the moment has come: if it may not,
    the product stays as it is, and `plan_missed` says why.
    """
    offer_product(shop_id, product_id, body.at, body.until, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("DELETE", "/v1/shops/{shop_id}/products/{product_id}/listing", EDITORS, problems=(p.IllegalTransition,))
def delete_listing(call: Call, shop_id: str, product_id: str, query: pm.DelistProduct) -> pm.MerchantProductView:
    """Take a product off sale, now or `at` a later moment (C5). Now, also what was planned is off. May be repeated."""
    withdraw_product.withdraw_product(shop_id, product_id, query.at, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("DELETE", "/v1/shops/{shop_id}/products/{product_id}/listing-plan", EDITORS)
def delete_listing_plan(call: Call, shop_id: str, product_id: str) -> pm.MerchantProductView:
    """Let a product stay on sale, or off it, whatever was planned (C5). May be repeated."""
    cancel_plan(shop_id, product_id, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/products/{product_id}/audit-decisions",
    PLATFORM,
    problems=(p.VersionConflict, *LISTING_PROBLEMS),
)
def post_draft_decision(call: Call, shop_id: str, product_id: str, body: m.DecideAudit) -> pm.MerchantProductView:
    """Pass or reject a product's draft, where the shop does not pass its own (C5).

    Send If-Match with the ETag that was looked at: its merchant may write another draft at any time.
    """
    edit_product.decide_draft(
        shop_id,
        product_id,
        body.decision,
        body.reason,
        if_match=call.if_match,
        begin=call.begin,
        now=call.now,
    )
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("GET", "/v1/products", ANYONE, problems=(p.CursorInvalid,))
def get_products(_: Call, query: pm.BrowseProducts) -> Page[pm.ProductView]:
    """What is for sale: by shop, by category, by words, or everything (C8).

    A page may be shorter than `limit`, even empty, while there is a `next_cursor`: go on until there is none.
    """
    found = browse_for_buyers(query)
    return Page(items=[pm.ProductView.of(one) for one in found.products], next_cursor=found.next_cursor)


@app.door("GET", "/v1/products/{product_id}", ANYONE, problems=(p.NotFound, OldIdAmbiguous))
def get_product(_: Call, product_id: str, query: FromOldShop) -> pm.ProductView | Answer:
    """A product that is for sale (C8). By the id that it had in an old shop: 308 to where it is now (M2)."""
    try:
        return pm.ProductView.of(product_on_sale(product_id))
    except p.NotFound:
        return redirected(f"/{app.service}/v1/products", product_id, query)


@app.door("GET", "/v1/old-skus/{sku_id}", ANYONE, problems=(p.NotFound, OldIdAmbiguous))
def get_old_sku(_: Call, sku_id: str, query: FromOldShop) -> Answer:
    """By the id that a style had in an old shop: 308 to its product, with the style's id here behind `#` (M2)."""
    return style_redirected(f"/{app.service}/v1/products", sku_id, query)
