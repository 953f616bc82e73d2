"""Ask back what a shop's deposit does not have to hold any more (C3)."""

from datetime import datetime

from services.catalog.categories import tree
from services.catalog.deposits.refund import Refund
from services.catalog.deposits.tables import save_refund
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.shared.plumbing.tables import Begin, Transaction


def ask_refund(shop_id: str, amount_fen: int, by: str, *, begin: Begin, now: datetime) -> str:
    """Take it out of the deposit, for the platform to pay back; returns the refund's id. Raises DepositNeeded."""
    shop = shop_named(shop_id)
    tx = begin()
    refund_id = _refund(tx, shop, shop.refund(amount_fen, tree(), now), by)
    tx.commit({"shop_id": shop_id, "refund_id": refund_id})
    return refund_id


def refund_closed(tx: Transaction, shop: Shop) -> None:
    """All of what a closed shop has paid, in the caller's transaction: its time is over."""
    _refund(tx, shop, shop.refund(shop.deposit_fen, tree(), tx.now), "")


def _refund(tx: Transaction, before: Shop, after: Shop, by: str) -> str:
    amount_fen = before.deposit_fen - after.deposit_fen
    refund = Refund(tx.new_id("ref"), before.shop_id, amount_fen, by, created_at=tx.now, updated_at=tx.now)
    save_refund(tx, refund)
    write_shop(tx, after)
    return refund.refund_id
