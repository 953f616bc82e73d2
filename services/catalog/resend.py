"""Say anew how things are, for a consumer that is new or has lost its tables: shops, who acts for them, products.

State is told, with the sequence it has now, so a consumer that knows it already changes nothing. An operator's act: it
reads the tables from end to end.
"""

from collections.abc import Iterator

from services.catalog.product import Product
from services.catalog.product_record import offer_of
from services.catalog.shop_record import state_of
from services.catalog.tables import STORE, all_products, all_shops
from services.shared.contracts.catalog import MembershipChanged, ProductWithdrawn
from services.shared.contracts.envelope import EventBody
from services.shared.contracts.routes import consumers_of
from services.shared.plumbing import memberships
from services.shared.plumbing.tables import Begin, Transaction


def resend(to: str, begin: Begin) -> Iterator[int]:
    """Tell ``to`` all that it hears of catalog's state; yields how many events each step told."""
    for shop in all_shops():
        tx = begin()
        told = _tell(tx, to, state_of(shop, tx.now), shop.shop_id, shop.version, shop.shop_id)
        for person, role, sequence in memberships.all_in(STORE, shop.shop_id):
            body = MembershipChanged(shop_id=shop.shop_id, person=person, role=role)
            told += _tell(tx, to, body, f"{shop.shop_id}/{person}", sequence, shop.shop_id)
            if tx.size == 50:  # a shop's staff may be more than one transaction takes
                tx.commit()
                tx = begin()
        if tx.size:
            tx.commit()
        yield told
    for product in all_products():
        tx = begin()
        told = _tell(tx, to, _said_of(product, tx), product.product_id, product.version, product.shop_id)
        if tx.size:
            tx.commit()
        yield told


def _said_of(product: Product, tx: Transaction) -> EventBody:
    offer = offer_of(product, tx.now)
    return offer or ProductWithdrawn(product_id=product.product_id, shop_id=product.shop_id, reason=product.status)


def _tell(tx: Transaction, to: str, body: EventBody, subject: str, sequence: int, shop_id: str) -> int:
    if to not in consumers_of(body.NAME, STORE.service):
        return 0
    tx.emit(body, subject=subject, sequence=sequence, shop=shop_id, only=to)
    return 1
