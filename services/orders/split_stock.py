"""Split a style's stock over more or fewer shards while orders go on (O1).

One transaction closes every shard of the epoch and opens the next one's with what was on hand. Held and sold units stay
counted where they are; what comes back from a closed shard goes to the current epoch.
"""

from datetime import datetime

from services.orders.adjust_stock import offer_of
from services.orders.stock import spread, total
from services.orders.tables import OfferRow, close_shard, create_shards, record_flow, shards_now
from services.shared.plumbing.tables import Begin


def split_stock(shop_id: str, sku_id: str, shards: int, by: str, *, begin: Begin, now: datetime) -> None:
    """Spread what is on hand over ``shards`` (1 to 32) counters of a new epoch. Raises NotFound, Contended."""
    offer = offer_of(shop_id, sku_id)
    before = shards_now(offer)
    epoch = int(offer.epoch) + 1
    tx = begin()
    for shard in before:
        close_shard(tx, sku_id, shard)
    create_shards(tx, sku_id, epoch, spread(total(before).on_hand, shards))
    actions = [OfferRow.epoch.set(epoch), OfferRow.shards.set(shards)]
    tx.update(OfferRow(offer.pk, offer.sk), actions, OfferRow.epoch == epoch - 1, "offer")
    note = f"{len(before)} → {shards}"
    record_flow(tx, sku_id, what="split", ref=f"epoch{epoch}", by=by, quantity=0, at=now, note=note)
    tx.commit({"sku_id": sku_id})
