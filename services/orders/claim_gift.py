"""What gifts decided, and what follows for the order: it is sent on, or money and stock go back (G3–G5)."""

from datetime import datetime
from typing import Literal

from services.orders import facts
from services.orders.order import Order
from services.orders.refund import reserve_refund
from services.orders.release import release
from services.orders.tables import find_order, find_payment, save_order
from services.shared.contracts.gifts import GiftClaimed
from services.shared.contracts.orders import OrderCancelled
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


def claim_gift(claimed: GiftClaimed, *, begin: Begin, now: datetime, vault: Vault) -> None:
    """The order goes to the recipient's address, sealed under the recipient's own key here."""
    order = _given(claimed.order_id)
    if order.status != "gift_pending_claim":
        return
    sealed = vault.seal(claimed.recipient, vault.open_sent(claimed.address_cipher))
    tx = begin()
    save_order(tx, order.claim(now, claimed.recipient, sealed), order)
    tx.commit()


def return_gift(order_id: str, why: Literal["gift_declined", "gift_expired"], *, begin: Begin, now: datetime) -> None:
    """Nobody takes it: the order ends, the giver gets everything back, the stock is for sale again. Once."""
    order = _given(order_id)
    if order.status != "gift_pending_claim":
        return
    payment = find_payment(order.payment_id) if order.payment_id else None
    ended = order.return_gift(now, why)
    tx = begin()
    save_order(tx, ended, order)
    release(tx, order, sold=True)
    if payment is not None and order.paid_fen:
        reserve_refund(tx, order, payment, order.paid_fen, why)
    tx.emit(OrderCancelled(**facts.of(ended), why=why), **facts.where(ended))
    tx.commit()


def _given(order_id: str) -> Order:
    order = find_order(order_id)
    if order is None or order.status == "pending_payment":
        raise NotYet(f"{order_id} is not paid here yet")
    return order
