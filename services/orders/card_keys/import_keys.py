"""Take a shop's keys into a style's pool, each once, and put as many units on sale (O5).

Each chunk is a transaction of keys and stock, so that there never is a unit without its key. A key that the shop has
imported before is a duplicate, also when it is sold, and for whichever style it was; one that this very import has
brought in counts as its own, so that an import that died half-way and is sent again with its key goes on where it was.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.card_keys.refusals import NotACardKey
from services.orders.card_keys.seal_keys import as_read, sealer
from services.orders.card_keys.tables import add_key, imported_by
from services.orders.stock.availability import mark_back
from services.orders.stock.low_stock import ask_to_watch
from services.orders.stock.split_stock import offer_of
from services.orders.stock.stock import Taken, home_shard
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import receive, record_flow
from services.orders.tables import OfferRow, own_begin
from services.shared.plumbing.contention import retrying
from services.shared.plumbing.idempotency import Key
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault

AT_ONCE = 40  # keys of one transaction: two rows each
NOTE = "card keys"


@dataclass(frozen=True)
class Imported:
    """What became of an import: so many keys are new, so many were there before or came twice in it."""

    import_id: str
    added: int
    duplicates: int


def card_key_offer(shop_id: str, sku_id: str, now: datetime) -> OfferRow:
    """The style, which is sold as keys. Raises NotFound, NotACardKey."""
    offer = offer_of(shop_id, sku_id, now)
    if offer.kind != "card_key":
        raise NotACardKey()
    return offer


def import_keys(
    shop_id: str, sku_id: str, keys: Sequence[str], by: str, *, key: Key, begin: Begin, now: datetime, vault: Vault
) -> Imported:
    """Import these, in clear as they came. Raises NotFound, NotACardKey, TooBusy: sent again it goes on."""
    card_key_offer(shop_id, sku_id, now)
    import_id = "cki_" + hashlib.sha256(f"{key.pk}#{key.fingerprint}".encode()).hexdigest()[:26].upper()
    sealing = sealer(shop_id, vault)
    wanted = {sealing.digest(one): one for one in map(as_read, keys)}
    added, digests = 0, list(wanted)
    for start in range(0, len(digests), AT_ONCE):
        part = {one: wanted[one] for one in digests[start : start + AT_ONCE]}
        added += list(take_in(shop_id, sku_id, part, import_id, by, now, vault).values()).count(import_id)
    done = Imported(import_id, added, len(keys) - added)
    tx = begin()
    tx.commit({"sku_id": sku_id, "import_id": import_id, "added": str(done.added), "duplicates": str(done.duplicates)})
    return done


def take_in(
    shop_id: str, sku_id: str, keys: Mapping[str, str], import_id: str, by: str, now: datetime, vault: Vault
) -> dict[str, str]:
    """Bring these (by their digests, at most AT_ONCE) into the pool in one transaction, where they are new.

    Returns by which import each was brought in: by this one now or in an earlier try, or by another one before.
    Raises NotFound, NotACardKey, TooBusy.
    """
    return retrying(lambda: _take_in(shop_id, sku_id, keys, import_id, by, now, vault))


def _take_in(
    shop_id: str, sku_id: str, keys: Mapping[str, str], import_id: str, by: str, now: datetime, vault: Vault
) -> dict[str, str]:
    there, first = imported_by(shop_id, list(keys)), next(iter(keys))
    fresh = [one for one in keys if one not in there]
    if fresh:
        offer, sealing = card_key_offer(shop_id, sku_id, now), sealer(shop_id, vault)
        tx = own_begin(now)()
        for digest in fresh:
            add_key(tx, shop_id, sku_id, sealing.seal(keys[digest]), import_id)
        receive(tx, sku_id, Taken(int(offer.epoch), home_shard(int(offer.shards), import_id + first), len(fresh)))
        mark_back(tx, offer)
        moved = Figures(len(fresh))
        record_flow(tx, sku_id, what="add", ref=f"{import_id}#{first[:8]}", by=by, moved=moved, at=now, note=NOTE)
        ask_to_watch(tx, shop_id, sku_id)
        tx.commit()
    return there | dict.fromkeys(fresh, import_id)
