"""Take in what buyers saw and pressed, and what they ordered (C11). Adding up comes later, in fold_traffic."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, islice

from services.catalog.shops.shop_record import shop_named
from services.catalog.traffic.messages import TrafficEvent
from services.catalog.traffic.tables import add_tally, had_traffic, is_counted, mark_batch, note_traffic
from services.catalog.traffic.tally import Counts, Tally
from services.shared.contracts.migration import MovedSales
from services.shared.contracts.orders import OrderLine
from services.shared.plumbing.day import day_of
from services.shared.plumbing.tables import Begin

SOLD_AT_ONCE = 30  # products of a tally: each is an item and maybe an event where it is added up


def count_batch(shop_id: str, batch_id: str, events: Iterable[TrafficEvent], *, begin: Begin, now: datetime) -> bool:
    """Take in a batch; False when it was before, and nothing is counted twice. Of two at once, one is taken in.

    Raises NotFound for an unknown shop.
    """
    shop_named(shop_id)
    if is_counted(shop_id, batch_id):
        return False
    tally = Tally()
    for event in events:
        seen = Counts(impressions=1) if event.kind == "impression" else Counts(clicks=1)
        tally.add(event.product_id, event.channel, seen)
    tx = begin()
    mark_batch(tx, shop_id, batch_id)
    day = day_of(now)
    if not had_traffic(shop_id, day):
        note_traffic(tx, shop_id, day)
    add_tally(tx, shop_id, day, tally, batch_id)
    tx.commit()
    return True


def count_history(shop_id: str, moved_id: str, sales: Sequence[MovedSales], *, begin: Begin) -> None:
    """Take in old orders that came in, or went out again, on their own days. Their event counts once."""
    tx = begin()
    today = day_of(tx.now)
    if not had_traffic(shop_id, today):
        note_traffic(tx, shop_id, today)
    by_day = sorted(sales, key=lambda one: (one.day, one.product_id, one.channel))
    for day, those in groupby(by_day, key=lambda one: one.day):
        rest = iter(those)
        while part := list(islice(rest, SOLD_AT_ONCE)):
            tally = Tally()
            for one in part:
                counts = Counts(orders=one.orders, paid=one.paid, pieces=one.pieces, gmv_fen=one.gmv_fen)
                tally.add(one.product_id, one.channel, counts)
            add_tally(tx, shop_id, day, tally, f"{moved_id}#{day}#{part[0].product_id}#{part[0].channel}", ours=True)
    tx.commit()


def count_order(
    shop_id: str,
    order_id: str,
    channel: str,
    lines: Sequence[OrderLine],
    at: datetime,
    *,
    paid: bool,
    begin: Begin,
) -> None:
    """Take in an order that was paid, or that ended without. Its event counts once."""
    tally = Tally()
    for product_id in {line.product_id for line in lines}:
        tally.add(product_id, channel, Counts(orders=1, paid=int(paid)))
    for line in lines if paid else ():
        tally.add(line.product_id, channel, Counts(pieces=line.quantity, gmv_fen=line.total_fen))
    tx = begin()
    today = day_of(tx.now)
    if not had_traffic(shop_id, today):
        note_traffic(tx, shop_id, today)
    add_tally(tx, shop_id, day_of(at), tally, order_id)
    tx.commit()
