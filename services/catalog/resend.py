"""Say anew how things are, for a consumer that is new or has lost its tables: shops, who acts for them, products.

State is told, with the sequence it has now, so a consumer that knows it already changes nothing; then what happened,
from history. An operator's act: it reads the tables from end to end.
"""

from collections.abc import Iterator
from datetime import datetime

from services.catalog.products.product import Product
from services.catalog.products.product_record import offer_of
from services.catalog.shops.shop_record import state_of
from services.catalog.tables import STORE, all_products, all_shops
from services.shared.contracts.catalog import MembershipChanged, ProductWithdrawn
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.routes import consumers_of
from services.shared.plumbing import history, memberships
from services.shared.plumbing.ids import NewId


def resend(to: str, *, now: datetime, new_id: NewId) -> Iterator[Envelope]:
    """All that ``to`` hears of catalog."""
    for body, subject, sequence, shop_id in _states(now):
        if to in consumers_of(body.NAME, STORE.service):
            yield history.now_so(STORE, body, subject=subject, sequence=sequence, shop=shop_id, now=now, new_id=new_id)
    yield from history.said(STORE, to)


def _states(now: datetime) -> Iterator[tuple[EventBody, str, int, str]]:
    """What is so now, its subject, its sequence and its shop."""
    for shop in all_shops():
        yield state_of(shop, now), shop.shop_id, shop.version, shop.shop_id
        for person, role, sequence in memberships.all_in(STORE, shop.shop_id):
            change = MembershipChanged(shop_id=shop.shop_id, person=person, role=role)
            yield change, f"{shop.shop_id}/{person}", sequence, shop.shop_id
    for product in all_products():
        yield _said_of(product), product.product_id, product.version, product.shop_id


def _said_of(product: Product) -> EventBody:
    withdrawn = ProductWithdrawn(product_id=product.product_id, shop_id=product.shop_id, reason=product.status)
    return offer_of(product) or withdrawn
