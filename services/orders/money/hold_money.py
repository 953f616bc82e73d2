"""Hold an order's money while somebody disputes it (O7): it is not settled, and nobody can withdraw it.

For whoever opens or ends a dispute, in that act's own transaction; the caller saves the order that comes back. What
goes back to the buyer meanwhile is freed first, so that no account goes below zero.
"""

from datetime import datetime

from services.orders import ledger
from services.orders.gift_sheet import left_fen
from services.orders.ledger import Account, Entry
from services.orders.order import Order
from services.orders.tables import append_entries
from services.shared.plumbing.tables import Transaction


def purse(order: Order) -> Account:
    """Where the order's money is when nobody disputes it."""
    return "available" if order.settled_at else "pending"


def hold_money(tx: Transaction, order: Order, ref: str) -> Order:
    """Freeze all of it that no other dispute holds; the order as it is then."""
    free = left_fen(order) - sum(fen for _, fen in order.frozen)
    if ref in dict(order.frozen):
        return order
    if free > 0:
        append_entries(tx, order.shop_id, [ledger.frozen(ref, order.order_id, free, tx.now, of=purse(order))])
    return order.freeze(tx.now, {**dict(order.frozen), ref: max(0, free)})


def release_money(tx: Transaction, order: Order, ref: str) -> Order:
    """The dispute is over: it is the shop's as before, or held by the next one that is not over. Nothing happens when
    it holds nothing."""
    held = dict(order.frozen)
    if ref not in held:
        return order
    fen = held.pop(ref)
    if held:
        held[next(iter(held))] += fen
    elif fen:
        append_entries(tx, order.shop_id, [ledger.unfrozen(ref, order.order_id, fen, tx.now, to=purse(order))])
    return order.freeze(tx.now, held)


def make_room(order: Order, net_fen: int, at: datetime) -> tuple[Order, list[Entry]]:
    """Free as much of what is frozen as leaves the order now, beyond what is free anyway: to the buyer (``net_fen``:
    the refund without the fee on it), or with what is claimed of a gift for many."""
    held = dict(order.frozen)
    short = net_fen - (left_fen(order) - sum(held.values()))
    entries = []
    for ref, fen in order.frozen:
        if freed := min(fen, max(0, short)):
            held[ref], short = fen - freed, short - freed
            entries.append(ledger.unfrozen(ref, order.order_id, freed, at, to=purse(order)))
    return (order.freeze(at, held) if entries else order), entries
