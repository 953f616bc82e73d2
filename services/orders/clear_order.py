"""Somebody has looked at an order that was held for review, and lets it go on (O19)."""

from datetime import datetime

from services.orders.card_keys.assign_keys import assign_keys
from services.orders.order import Order
from services.orders.payments.confirm_payment import tell_paid
from services.orders.shops_order import order_in
from services.orders.tables import save_order
from services.shared.contracts.orders import GiftCleared
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


def clear_order(shop_id: str, order_id: str, by: str, note: str, *, begin: Begin, now: datetime, vault: Vault) -> Order:
    """From now on it can be sent; a gift that is paid is told to gifts, and its 24 hours begin.

    Clearing what was cleared is the same answer. Raises NotFound for another shop's, IllegalTransition.
    """
    order = order_in(shop_id, order_id)
    cleared = order.as_of(now).clear(now, by, note)  # what goes back by now is not cleared any more
    if cleared.version == order.version:
        return order
    tx = begin()
    cleared = assign_keys(tx, cleared)
    save_order(tx, cleared, order)
    if cleared.status == "gift_pending_claim":
        tell_paid(tx, cleared, now, vault, GiftCleared)
    tx.commit()
    log("orders", "order_cleared", order_id=order_id, shop_id=shop_id)
    return cleared
