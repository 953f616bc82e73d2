"""Give an order's stock back, in the caller's transaction (O1)."""

from services.orders.limits import uncount
from services.orders.order import Order
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.tables import give_back
from services.orders.tables import find_offers
from services.shared.plumbing.tables import Transaction


def release(tx: Transaction, order: Order, *, sold: bool) -> None:
    """Every unit goes back to the shard it came from, or to the current epoch when that shard is closed; its buyer may
    have as many again.

    ``sold``: it was sold, not only held. One batched read, for the current epochs. Shelves hear of it through the
    order's own event: 40 styles with a hint each would not fit into one transaction.
    """
    offers = whole_offers(find_offers([line.sku_id for line in order.lines]), tx.now)
    for line in order.lines:
        give_back(tx, offers[line.sku_id], line.taken, sold=sold)
    uncount(tx, order)
