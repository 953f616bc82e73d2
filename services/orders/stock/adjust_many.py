"""The merchant counts many styles at once (O1): each line by itself, and what became of it.

Every line is a transaction of its own with a mark of its own, so a request that died half-way and is sent again goes
on where it was: no line is done twice, and none is lost.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from services.orders.card_keys.refusals import KeysMissing
from services.orders.refusals import OutOfStock
from services.orders.stock.adjust_stock import Adjustment, adjust_stock
from services.orders.tables import STORE
from services.shared.plumbing.contention import AlreadyDone, retrying
from services.shared.plumbing.idempotency import Key
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Once, Transaction

Line = tuple[str, Adjustment]
Outcomes = list[tuple[str, str]]  # of each line: the style's id, and ``adjusted`` or the refusal's slug


def adjust_many(
    shop_id: str, lines: Sequence[Line], by: str, *, key: Key, begin: Begin, now: datetime, new_id: NewId
) -> Outcomes:
    """Do each line, or say why not: OutOfStock, KeysMissing, NotFound.

    Raises TooBusy: sent again with its key it goes on.
    """
    outcomes = []
    for number, (sku_id, adjustment) in enumerate(lines):
        once = Once(f"{key.pk}#{key.fingerprint}#{number}", STORE.KEYS_KEPT)
        own = partial(Transaction, STORE, now, new_id, once)
        outcomes.append((sku_id, _outcome(shop_id, sku_id, adjustment, by, own, now, new_id)))
    tx = begin()
    tx.commit({"shop_id": shop_id, "outcomes": json.dumps(outcomes)})
    return outcomes


def outcomes_of(stored: Mapping[str, str]) -> Outcomes:
    """What became of the lines, from what the key's record holds."""
    return [(sku_id, outcome) for sku_id, outcome in json.loads(stored["outcomes"])]


def _outcome(
    shop_id: str, sku_id: str, adjustment: Adjustment, by: str, begin: Begin, now: datetime, new_id: NewId
) -> str:
    try:
        retrying(lambda: adjust_stock(shop_id, sku_id, adjustment, by, begin=begin, now=now, new_id=new_id))
    except AlreadyDone:
        return "adjusted"
    except (OutOfStock, KeysMissing, NotFound) as refusal:
        return refusal.slug
    return "adjusted"
