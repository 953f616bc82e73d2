"""The merchant's other accounts in WeChat, and whether the platform has seen that they are his (C1)."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast, get_args

from services.catalog.shops.shop import AccountKind, LinkedAccount, Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def link_account(
    shop_id: str, kind: AccountKind, account_id: str, name: str, *, begin: Begin, now: datetime
) -> LinkedAccount:
    """One account of each kind. Another account has to be verified anew, another name has not."""
    shop = shop_named(shop_id)
    known = _of_kind(shop, kind)
    verified = known is not None and known.verified and known.account_id == account_id
    if known and (known.account_id, known.name) == (account_id, name):
        return known
    account = LinkedAccount(kind, account_id, name, now, verified)
    _write(shop, kind, account, begin, now)
    return account


def unlink_account(shop_id: str, kind: AccountKind, *, begin: Begin, now: datetime) -> None:
    """No account of this kind any more. May be repeated."""
    shop = shop_named(shop_id)
    if _of_kind(shop, kind):
        _write(shop, kind, None, begin, now)


def verify_account(
    shop_id: str, kind: AccountKind, account_id: str, *, verified: bool, begin: Begin, now: datetime
) -> LinkedAccount:
    """The platform's word on it. Raises NotFound when the account is not this one any more."""
    shop = shop_named(shop_id)
    known = _of_kind(shop, kind)
    if known is None or known.account_id != account_id:
        raise NotFound()
    if known.verified == verified:
        return known
    account = LinkedAccount(kind, account_id, known.name, now, verified)
    _write(shop, kind, account, begin, now)
    return account


def account_kind(text: str) -> AccountKind:
    """The kind of this name. Raises NotFound for no such kind."""
    if text not in get_args(AccountKind):
        raise NotFound()
    return cast(AccountKind, text)


def accounts_of(shop_id: str) -> tuple[LinkedAccount, ...]:
    """The shop's linked accounts. Raises NotFound."""
    return shop_named(shop_id).accounts


def with_account(others: Iterable[LinkedAccount], account: LinkedAccount) -> tuple[LinkedAccount, ...]:
    """These and that one, by their kinds."""
    return tuple(sorted([*others, account], key=lambda one: one.kind))


def _of_kind(shop: Shop, kind: AccountKind) -> LinkedAccount | None:
    return next((one for one in shop.accounts if one.kind == kind), None)


def _write(shop: Shop, kind: AccountKind, account: LinkedAccount | None, begin: Begin, now: datetime) -> None:
    others = [one for one in shop.accounts if one.kind != kind]
    accounts = with_account(others, account) if account else tuple(others)
    tx = begin()
    write_shop(tx, shop.edit(now, accounts=accounts))
    tx.commit()
