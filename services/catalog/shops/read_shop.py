"""Shops and their deposits as their members see them (C1, C3)."""

from datetime import datetime

from services.catalog.categories import tree
from services.catalog.messages import DepositView, ShopView
from services.catalog.shops.contact import contact_of
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import deposits_of, find_deposit, persons_shops
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def shop_view(shop_id: str, now: datetime, *, with_contact: bool) -> ShopView:
    """The shop; its contact for those who may see it. Raises NotFound."""
    shop = shop_named(shop_id)
    return ShopView.of(shop, tree(), now, contact_of(shop) if with_contact else None)


def shops_of(person: str, limit: int, cursor: str | None, now: datetime) -> Page[ShopView]:
    """The shops in which this person has a role, newest first: two reads. Raises CursorInvalid."""
    listing = f"shops of {person}"
    position = cursors.read(listing, cursor) or {"after": None}
    shops = persons_shops(person, limit + 1, position["after"])
    more = cursors.sign(listing, {"after": shops[limit - 1].shop_id}) if len(shops) > limit else None
    return Page(items=[ShopView.of(shop, tree(), now) for shop in shops[:limit]], next_cursor=more)


def deposit_view(shop_id: str, deposit_id: str) -> DepositView:
    """One payment towards the deposit. Raises NotFound."""
    row = find_deposit(shop_id, deposit_id)
    if row is None:
        raise NotFound()
    return DepositView.of(row)


def deposits(shop_id: str, limit: int, cursor: str | None) -> Page[DepositView]:
    """What the shop paid towards its deposit, oldest first: one read. Raises CursorInvalid."""
    listing = f"deposits of {shop_id}"
    position = cursors.read(listing, cursor) or {"after": None}
    rows = deposits_of(shop_id, limit + 1, position["after"])
    items = [DepositView.of(row) for row in rows[:limit]]
    more = cursors.sign(listing, {"after": items[-1].deposit_id}) if len(rows) > limit else None
    return Page(items=items, next_cursor=more)
