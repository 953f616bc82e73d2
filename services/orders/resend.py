"""Say anew what is in stock and what happened to orders, for a consumer that is new or has lost its tables.

An operator's act: it reads the tables from end to end.
"""

from collections.abc import Iterator
from datetime import datetime

from services.orders.order import Order
from services.orders.payments.confirm_payment import gift_terms
from services.orders.tables import STORE, VAULT, all_offers, find_order
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import AvailabilityChanged, GiftCleared, OrderPaid
from services.shared.contracts.routes import consumers_of
from services.shared.plumbing import history
from services.shared.plumbing.ids import NewId


def resend(to: str, *, now: datetime, new_id: NewId) -> Iterator[Envelope]:
    """All that ``to`` hears of orders.

    Gifts is told of orders that nobody has answered yet: what became of the others it has decided itself, and would
    open again. That comes back from its own backup.
    """
    if to in consumers_of(AvailabilityChanged.NAME, STORE.service):
        yield from _availability(now, new_id)
    for fact in history.said(STORE, to):
        if to != "gifts":
            yield fact
        elif (order := find_order(fact.subject)) and _waits(order):
            yield _for_gifts(fact, order)


def _availability(now: datetime, new_id: NewId) -> Iterator[Envelope]:
    for offer in all_offers():
        sku_id, sequence = offer.pk.removeprefix("SKU#"), int(offer.availability_sequence)
        if not sequence:
            continue  # nothing was ever said of it
        body = AvailabilityChanged(
            sku_id=sku_id, product_id=offer.product_id, shop_id=offer.shop_id, in_stock=offer.available
        )
        yield history.now_so(STORE, body, subject=sku_id, sequence=sequence, shop=offer.shop_id, now=now, new_id=new_id)


def _waits(order: Order) -> bool:
    """Nobody has claimed or declined any of it."""
    return order.status == "gift_pending_claim" and not order.shares


def _for_gifts(fact: Envelope, order: Order) -> Envelope:
    """With what the giver wrote, sealed anew."""
    if fact.name not in (OrderPaid.NAME, GiftCleared.NAME) or not fact.data.get("gift"):
        return fact
    terms = gift_terms(order, VAULT)
    return fact.model_copy(update={"data": fact.data | {"gift": terms and terms.model_dump(mode="json")}})
