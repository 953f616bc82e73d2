"""Doors by which the platform takes a product off sale, and gives it back (C5)."""

from services.catalog.products import hold_product
from services.catalog.products import messages as pm
from services.catalog.products.product_record import stocked_in
from services.catalog.service import app
from services.catalog.shops.shop import DepositShort, LicenceMissing, ShopCannotSell
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import PLATFORM, Call

PRODUCT = "/v1/shops/{shop_id}/products/{product_id}"


@app.door("PUT", PRODUCT + "/hold", PLATFORM, problems=(p.IllegalTransition,))
def put_hold(call: Call, shop_id: str, product_id: str, body: pm.HoldProduct) -> pm.MerchantProductView:
    """Take a product off sale for a risk or a brand, until it is released. May be repeated."""
    hold_product.hold_product(shop_id, product_id, body.by, body.reason, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door(
    "DELETE",
    PRODUCT + "/hold",
    PLATFORM,
    problems=(p.IllegalTransition, ShopCannotSell, LicenceMissing, DepositShort),
)
def delete_hold(call: Call, shop_id: str, product_id: str) -> pm.MerchantProductView:
    """Release a product: it is on sale again, as soon as nothing else keeps its shop from selling it."""
    hold_product.release_product(shop_id, product_id, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("PUT", PRODUCT + "/ban", PLATFORM, problems=(p.IllegalTransition,))
def put_ban(call: Call, shop_id: str, product_id: str, body: pm.BanProduct) -> pm.MerchantProductView:
    """Ban a product: its merchant can neither edit nor list it. May be repeated."""
    hold_product.ban_product(shop_id, product_id, body.reason, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("DELETE", PRODUCT + "/ban", PLATFORM, problems=(p.IllegalTransition,))
def delete_ban(call: Call, shop_id: str, product_id: str) -> pm.MerchantProductView:
    """Lift a ban: the product is off sale until its merchant lists it."""
    hold_product.unban_product(shop_id, product_id, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))
