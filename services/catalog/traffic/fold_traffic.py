"""Add up what came in (C11): a shop's tallies into its days' items, each once, whoever else does so meanwhile."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import islice

from services.catalog.search.posting import tier_of
from services.catalog.search.tables import count_sold, sales
from services.catalog.tables import STORE, find_products
from services.catalog.traffic.tables import (
    Coming,
    counted,
    folded_upto,
    move_mark,
    note_stopped,
    save_counts,
    shops_with_traffic,
    sweep_stopped,
    tallies_after,
)
from services.catalog.traffic.tally import OTHERS, Tally
from services.shared.contracts.catalog import SalesRankReached
from services.shared.plumbing.contention import time_left
from services.shared.plumbing.day import day_of
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin, retrying

SHOPS = 100
AT_ONCE = 200  # tallies a transaction
MAX_ITEMS = 90  # actions of it
READ = 100
FOLD_NEEDS_S = 5.0
# A tally's key is the moment at which its request began; none takes longer to be written.
SETTLED = timedelta(minutes=2)


def sweep_traffic(begin: Begin, now: datetime) -> int:
    """Add up all shops that had traffic today or yesterday; returns how many tallies were added.

    A shop that fails stops no other: its tallies are there for the next sweep. One that has no time left, after a shop
    at least, is followed by one that begins behind that shop, so that none stands at the end of every line.
    """
    shops = sorted(_shops(day_of(now)))
    first = bisect_right(shops, sweep_stopped())
    added = 0
    for number, shop_id in enumerate([*shops[first:], *shops[:first]], start=1):
        try:
            while taken := retrying(lambda one=shop_id: fold_shop(one, begin=begin, now=now)):  # type: ignore[misc]
                added += taken
                if not time_left(FOLD_NEEDS_S):
                    break
        except Exception as error:  # noqa: BLE001 - one sick shop must not keep all later ones from their numbers
            log(STORE.service, "traffic_not_folded", "error", error=error, shop_id=shop_id)
        if number < len(shops) and not time_left(FOLD_NEEDS_S):
            tx = begin()
            note_stopped(tx, shop_id)
            tx.commit()
            log(STORE.service, "traffic_left", "warning", left=len(shops) - number)
            break
    return added


def fold_shop(shop_id: str, *, begin: Begin, now: datetime) -> int:
    """Add up the shop's next tallies in one transaction; returns how many there were.

    What they say of products that are not the shop's is left out. Pieces sold are added to what search ranks by.
    """
    before = folded_upto(shop_id)
    coming = _coming(tallies_after(shop_id, before, now - SETTLED, AT_ONCE))
    if not coming.taken:
        return 0
    there = counted(shop_id, coming.items)
    own = _own(shop_id, coming, there)
    tx = begin()
    move_mark(tx, shop_id, before, coming.last)
    for item, (tally, version) in there.items():
        for product_id, channel, counts in coming.items[item]:
            if product_id in own:
                tally.add(product_id, channel, counts)
        save_counts(tx, shop_id, item, tally, version)
    for product_id, sold, entry in sales(sorted(own & coming.pieces.keys())):
        count_sold(tx, product_id, coming.pieces[product_id])
        after = sold + coming.pieces[product_id]
        if entry and tier_of(after) > entry.tier:
            tx.emit(SalesRankReached(product_id=product_id), subject=product_id, sequence=after, shop=shop_id)
    tx.commit()
    return coming.taken


class _Coming:
    """What is added up: tallies by item, and pieces sold by product."""

    def __init__(self) -> None:
        self.items: dict[tuple[date, int], Tally] = {}
        self.pieces: Counter[str] = Counter()
        self.ours: set[str] = set()
        self.last, self.taken = "", 0

    def would_take(self, day: date, tally: Tally) -> int:
        """Actions of a transaction with this tally too: an item each, and two for each product that was sold."""
        items = self.items.keys() | {(day, bucket) for bucket in tally.split()}
        sold = self.pieces.keys() | {product_id for product_id, _, counts in tally if counts.pieces}
        return len(items) + 2 * len(sold)

    def add(self, one: Coming) -> None:
        tally = one.tally
        self.last, self.taken = one.key, self.taken + 1
        for bucket, part in tally.split().items():
            self.items.setdefault((one.day, bucket), Tally()).merge(part)
        if one.ours:
            self.ours |= tally.by_product.keys()
        self.pieces.update({product_id: counts.pieces for product_id, _, counts in tally if counts.pieces})


def _coming(tallies: Iterable[Coming]) -> _Coming:
    """As many of the tallies, oldest first, as one transaction takes."""
    coming = _Coming()
    for one in tallies:
        if coming.taken and coming.would_take(one.day, one.tally) > MAX_ITEMS:
            break
        coming.add(one)
    return coming


def _own(shop_id: str, coming: _Coming, there: Mapping[tuple[date, int], tuple[Tally, int]]) -> set[str]:
    """Products of this shop among what is coming. Those that are counted already were looked at then; those of old
    orders are the shop's own, also where they came later than their orders, or never."""
    known = {product_id for tally, _ in there.values() for product_id in tally.by_product} | coming.ours
    asked = {product_id for tally in coming.items.values() for product_id in tally.by_product}
    rest, own = iter(sorted(asked - known - {OTHERS})), (asked & known) | {OTHERS}
    while part := list(islice(rest, READ)):
        own |= {one.product.product_id for one in find_products(part) if one.product.shop_id == shop_id}
    return own


def _shops(today: date) -> set[str]:
    """Shops of both days."""
    found: set[str] = set()
    for day in (today - timedelta(days=1), today):
        after: str | None = None
        while page := shops_with_traffic(day, SHOPS, after):
            found.update(page)
            after = page[-1]
    return found
