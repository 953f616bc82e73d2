"""How many keys of a style there are, which no order has, and how far an import of some is (O5)."""

from datetime import datetime

from services.orders.card_keys import messages as m
from services.orders.card_keys.import_file import KIND, report_key
from services.orders.card_keys.import_keys import card_key_offer
from services.orders.card_keys.tables import free_keys, unlisted_of
from services.orders.messages import Paging
from services.orders.stock.stock import total
from services.orders.stock.tables import shards_of_all_epochs
from services.orders.tables import STORE
from services.shared.plumbing import cursors, files
from services.shared.plumbing.doors import Page
from services.shared.plumbing.jobs import job_of
from services.shared.plumbing.problems import NotFound


def pool_of(shop_id: str, sku_id: str, now: datetime) -> m.PoolView:
    """Counts, from the style's stock. Raises NotFound, NotACardKey."""
    stock = total(shards_of_all_epochs(card_key_offer(shop_id, sku_id, now)))
    unlisted = unlisted_of(sku_id)
    return m.PoolView(
        sku_id=sku_id,
        left=stock.on_hand + stock.held + unlisted,
        for_sale=stock.on_hand,
        held=stock.held,
        unlisted=unlisted,
        sold=stock.sold,
    )


def free_keys_of(shop_id: str, sku_id: str, query: Paging, now: datetime) -> Page[m.FreeKeyView]:
    """A page of keys that no order has. Raises NotFound, NotACardKey."""
    card_key_offer(shop_id, sku_id, now)
    listing = f"card keys of {sku_id}"
    position = cursors.read(listing, query.cursor)
    found = free_keys(sku_id, query.limit, str(position["after"]) if position else None)
    more = cursors.sign(listing, {"after": found[-1].digest}) if len(found) == query.limit else None
    return Page(items=[m.FreeKeyView(key_id=key.digest) for key in found], next_cursor=more)


def key_import_of(shop_id: str, import_id: str) -> m.KeyImportView:
    """How far the import of a file is. Raises NotFound for another shop's."""
    job = job_of(STORE, import_id)
    if job is None or job.kind != KIND or job.args["shop_id"] != shop_id:
        raise NotFound()
    reported = job.state == "done" or (job.cursor or {}).get("reported")
    return m.KeyImportView(
        import_id=import_id,
        sku_id=job.args["sku_id"],
        status=job.state,  # type: ignore[arg-type]
        why=job.why or None,
        added=job.counts.get("added", 0),
        duplicates=job.counts.get("duplicates", 0),
        refused=job.counts.get("refused", 0),
        created_at=datetime.fromisoformat(job.args["created_at"]),
        url=files.download_url(report_key(import_id), f"{import_id}.csv") if reported else None,
    )
