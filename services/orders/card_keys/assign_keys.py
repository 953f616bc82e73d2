"""Give an order its keys, in the transaction in which it is paid: each key to one order, each order its keys once (O5).

Two that are paid at once begin at different places in the pool; where they meet all the same, the key is there for one
of them, and the other looks again::

    order A: key 7 is free ── pays, takes 7 ✓
    order B: key 7 is free ── pays, takes 7 ✗ gone: nothing is written ── looks again, takes 8 ✓
"""

import hashlib

from services.orders import facts
from services.orders.card_keys.tables import Sealed, free_keys, give_key
from services.orders.order import Order
from services.shared.contracts.orders import OrderShipped
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.logs import alarm
from services.shared.plumbing.tables import Transaction

MOST_KEYS = 20  # of one order: each is two rows of the payment's transaction


def has_keys_to_come(order: Order) -> bool:
    """Whether it is paid, may go on, and has card keys that were not given out."""
    return (
        order.status in ("to_ship", "partly_shipped")
        and not order.under_review
        and any(line.kind == "card_key" and order.to_send(line) for line in order.lines)
    )


def assign_keys(tx: Transaction, order: Order) -> Order:
    """The order with its keys delivered, and said so; the caller saves it in the same transaction.

    None for pieces that somebody wants the money back for. The same order when it has none to come, or, which stock
    should not have let happen, too few are in the pool.
    """
    if not has_keys_to_come(order):
        return order
    lines = [line for line in order.lines if line.kind == "card_key" and order.to_send(line)]
    chosen = {line.line_no: _choose(line.sku_id, order.to_send(line), order.order_id) for line in lines}
    if any(len(chosen[line.line_no]) < order.to_send(line) for line in lines):
        alarm("orders", "card_keys_missing", order_id=order.order_id, shop_id=order.shop_id)
        return order
    for line in lines:
        for key in chosen[line.line_no]:
            give_key(tx, line.sku_id, key, order.order_id, line.line_no)
    sent = order.ship(tx.now, "system", "", "", [(line.line_no, order.to_send(line)) for line in lines])
    body = OrderShipped(
        **facts.of(sent),
        recipient=sent.recipient,
        sub_gift_id=facts.sub_gift_of(sent),
        shipment_no=sent.shipments[-1].shipment_no,
        carrier="",
        waybill="",
        complete=sent.status == "shipped",
    )
    tx.emit(body, **facts.where(sent))
    return sent


def _choose(sku_id: str, quantity: int, order_id: str) -> list[Sealed]:
    """Free keys of a style, from a place in the pool that is this order's, and from its beginning when it ends."""
    # Another place at each try, so that two who met do not meet again.
    start = hashlib.sha256(new_id(order_id).encode()).hexdigest()
    found = free_keys(sku_id, quantity, start)
    if len(found) < quantity:
        seen = {key.digest for key in found}
        found += [key for key in free_keys(sku_id, MOST_KEYS + quantity) if key.digest not in seen]
    return found[:quantity]
