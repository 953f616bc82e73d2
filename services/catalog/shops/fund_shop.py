"""What a shop needs about money before it may sell: where its money goes, and its deposit (C1, C3)."""

from dataclasses import replace
from datetime import datetime

from services.catalog.shops.shop import PaymentAccount
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.tables import add_deposit
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin


def set_payment_account(
    shop_id: str,
    sub_mchid: str | None,
    settlement_reference: str | None,
    sub_appid: str | None = None,
    *,
    begin: Begin,
    now: datetime,
) -> PaymentAccount:
    """Keep the account; it is active at once. The same account again changes nothing."""
    shop = shop_named(shop_id)
    known = shop.payment_account
    account = PaymentAccount(sub_mchid, settlement_reference, now, sub_appid)
    if known and replace(known, updated_at=now) == account:
        return known
    tx = begin()
    write_shop(tx, shop.edit(now, payment_account=account))
    tx.commit()
    return account


def pay_deposit(shop_id: str, amount_fen: int, by: str, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Record a payment towards the deposit, in fen; returns its id."""
    shop = shop_named(shop_id)
    deposit_id = new_id("dep")
    tx = begin()
    add_deposit(tx, shop_id, deposit_id, amount_fen, by)
    write_shop(tx, shop.edit(now, deposit_fen=shop.deposit_fen + amount_fen))
    tx.commit({"shop_id": shop_id, "deposit_id": deposit_id})
    return deposit_id
