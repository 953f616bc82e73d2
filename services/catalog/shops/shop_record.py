"""Writing a shop, telling everybody what it is now, and starting what follows from it for its products."""

from datetime import datetime

from services.catalog.categories import tree
from services.catalog.review.jobs import REVIEW
from services.catalog.review.tables import save_due
from services.catalog.shops.shop import Shop
from services.catalog.tables import find_shop, save_shop
from services.shared.contracts.catalog import ShopChanged, ShopHeld
from services.shared.plumbing import jobs
from services.shared.plumbing.problems import NotFound, VersionConflict
from services.shared.plumbing.tables import Transaction


def shop_named(shop_id: str) -> Shop:
    """The shop. Raises NotFound."""
    shop = find_shop(shop_id)
    if shop is None:
        raise NotFound()
    return shop


def write_shop(tx: Transaction, shop: Shop) -> Shop:
    """Save this version of the shop and say how it is, in the caller's transaction; returns it as it is saved.

    Where it may no longer sell in a category, or may again, or leaves one, or closes, a job goes over its products.
    """
    settled = shop.settled(tree(), tx.now)
    save_shop(tx, settled)
    tx.emit(state_of(settled, tx.now), subject=shop.shop_id, sequence=shop.version, shop=shop.shop_id)
    if settled.due_at != shop.due_at:
        save_due(tx, shop.shop_id, settled.due_at)
    for why in settled.newly_held(shop):
        short_fen = settled.deposit_due_fen(tree(), tx.now) - shop.deposit_fen if why == "deposit" else 0
        said = ShopHeld(shop_id=shop.shop_id, name=shop.name, why=why, short_fen=short_fen)
        tx.emit(said, subject=shop.shop_id, sequence=shop.version, shop=shop.shop_id)
    if settled.tells_products(shop):
        review = {"shop_id": shop.shop_id, "closing": shop.status == "closing", "leaving": dict(shop.leaving)}
        jobs.start(tx, tx.new_id("rev"), REVIEW, review)
    return settled


def state_of(shop: Shop, now: datetime) -> ShopChanged:
    """What everybody knows of the shop."""
    account = shop.payment_account
    return ShopChanged(
        shop_id=shop.shop_id,
        name=shop.name,
        status=shop.status,
        can_sell=shop.can_sell(tree(), now),
        sub_mchid=account.sub_mchid if account else None,
        sub_appid=account.sub_appid if account else None,
        deposit_fen=shop.deposit_fen,
    )


def expect_version(version: int, if_match: int | None) -> None:
    """Raise VersionConflict when somebody changed it since the caller looked."""
    if if_match is not None and if_match != version:
        raise VersionConflict(version=version)
