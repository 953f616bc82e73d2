"""Catalog asks with the stock of which products something was done here, before a rollback takes them out (M3).

The counters say it: what came is on hand, and nothing else, while nobody has bought, restocked or counted any of it.
What is taken out keeps its stock here, and open orders of it go on.
"""

from collections.abc import Sequence

from services.orders.stock.stock import Shard, total
from services.orders.stock.tables import shards_about, shards_of_all_epochs
from services.orders.tables import find_offers
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.migration import StockAnswered, StockAsked
from services.shared.plumbing.tables import Begin


def on_stock_asked(envelope: Envelope, begin: Begin) -> None:
    """Answer from the counters of all styles."""
    asked = envelope.open(StockAsked)
    counted = _counters([sku_id for one in asked.products for sku_id in one.styles])
    ordered, moved = [], []
    for one in asked.products:
        sums = [(first, total(counted[sku_id])) for sku_id, first in one.styles.items() if sku_id in counted]
        if any(sum_.held or sum_.sold for _, sum_ in sums):
            ordered.append(one.product_id)
        elif any(sum_.received != first for first, sum_ in sums):
            moved.append(one.product_id)
    tx = begin()
    body = StockAnswered(**asked.model_dump(exclude={"products"}), ordered=ordered, counted=moved)
    tx.emit(body, subject=asked.migration_id, sequence=0, shop=asked.shop_id)
    tx.commit()


def _counters(sku_ids: Sequence[str]) -> dict[str, list[Shard]]:
    """All counters of those of these styles that are here."""
    offers = find_offers(sku_ids)
    whole = shards_about([one for one in offers.values() if int(one.epoch) == 1])
    return whole | {name: shards_of_all_epochs(one) for name, one in offers.items() if int(one.epoch) > 1}
