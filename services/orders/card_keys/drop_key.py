"""Take a key that no order has out of the pool, and a unit with it (O5)."""

from datetime import datetime

from services.orders.card_keys import tables
from services.orders.card_keys.import_keys import card_key_offer
from services.orders.card_keys.refusals import KeyInUse
from services.orders.card_keys.tables import find_free, imported_for, list_keys_for_sale, unlisted_of
from services.orders.stock.low_stock import ask_to_watch
from services.orders.stock.stock import take
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import record_flow, remove, shards_now
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def drop_key(shop_id: str, sku_id: str, key_id: str, by: str, *, begin: Begin, now: datetime, new_id: NewId) -> None:
    """Drop it. Raises NotFound, KeyInUse when an order has it, or all units are held by orders, Contended."""
    offer = card_key_offer(shop_id, sku_id, now)
    if find_free(sku_id, key_id) is None:
        if imported_for(shop_id, key_id) == sku_id:
            raise KeyInUse()
        raise NotFound()
    tx = begin()
    tables.drop_key(tx, shop_id, sku_id, key_id)
    if unlisted_of(sku_id):
        list_keys_for_sale(tx, sku_id, 1)
    else:
        parts = take(shards_now(offer), 1)
        if parts is None:
            raise KeyInUse()
        remove(tx, sku_id, parts[0])
        record_flow(
            tx, sku_id, what="subtract", ref=new_id("adj"), by=by, moved=Figures(-1), at=now, note="card key dropped"
        )
        ask_to_watch(tx, shop_id, sku_id)
    tx.commit()
