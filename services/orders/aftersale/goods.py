"""Goods of after-sales in and out of stock, in the caller's transaction (O1, O6).

What an order line has sold is written on the line by shard. Pieces leave the line when they leave the sale: back on
hand where they can be sold again, else for good. Pieces of another style that were sent instead lie beside the line.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from services.orders.aftersale.aftersale import Replacement
from services.orders.aftersale.claim import Swap
from services.orders.gift_sheet import divide
from services.orders.order import Line, Order
from services.orders.pricing import Want, merged
from services.orders.stock.availability import mark_back
from services.orders.stock.low_stock import ask_to_watch
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.stock import Taken
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import give_back, record_flow, sell_now
from services.orders.stock.take_stock import Plan
from services.orders.tables import find_offers
from services.shared.plumbing.tables import Transaction

Left = dict[str, list[Taken]]  # style → what left the order of it
UNCOUNTED = -1  # the epoch of units that an old shop has sold: no counter here knows them before they come back (M2)


def wants_of(new_goods: Sequence[Replacement]) -> tuple[Want, ...]:
    """What has to be taken out of stock for these."""
    return merged([Want(one.sku_id, one.quantity) for one in new_goods])


def take_out(
    tx: Transaction, shop_id: str, new_goods: Sequence[Replacement], plan: Plan, ref: str
) -> tuple[Replacement, ...]:
    """Take new goods by this plan, as placing does; returns them with where they were taken."""
    left, goods = dict(plan), []
    for one in new_goods:
        own, left[one.sku_id] = divide(left[one.sku_id], one.quantity)
        goods.append(replace(one, taken=own))
    for sku_id, parts in plan.items():
        for part in parts:
            sell_now(tx, sku_id, part)
        quantity = sum(part.quantity for part in parts)
        moved = Figures(on_hand=-quantity, sold=quantity)
        record_flow(tx, sku_id, what="sent_again", ref=ref, by="aftersale", moved=moved, at=tx.now)
    ask_to_watch(tx, shop_id, *plan)
    return tuple(goods)


def put_back(tx: Transaction, shop_id: str, goods: Mapping[str, Iterable[Taken]], ref: str) -> None:
    """These are for sale again, of whichever epoch they were taken."""
    parts = {sku_id: joined(taken) for sku_id, taken in goods.items()}
    parts = {sku_id: taken for sku_id, taken in parts.items() if taken}
    offers = whole_offers(find_offers(list(parts)), tx.now) if parts else {}
    parts = {sku_id: taken for sku_id, taken in parts.items() if sku_id in offers}  # an old shop's may not have come
    if not parts:
        return
    for sku_id, taken in parts.items():
        counted = [part for part in taken if part.epoch != UNCOUNTED]
        sold = sum(part.quantity for part in counted)
        quantity = sum(part.quantity for part in taken)
        give_back(tx, offers[sku_id], counted, sold=True, fresh=quantity - sold)
        mark_back(tx, offers[sku_id])
        moved = Figures(on_hand=quantity, sold=-sold)
        record_flow(tx, sku_id, what="returned", ref=ref, by="aftersale", moved=moved, at=tx.now)
    ask_to_watch(tx, shop_id, *parts)


def untaken(new_goods: Sequence[Replacement]) -> Left:
    """New goods that are not sent after all."""
    goods: Left = {}
    for one in new_goods:
        goods.setdefault(one.sku_id, []).extend(one.taken)
    return goods


def leave(order: Order, pieces: Mapping[int, int]) -> tuple[Order, Left]:
    """The order without these pieces (line number → how many), and which units they are: first of the ordered style,
    then of those that were sent instead, then those that an old shop has sold."""
    lines, swaps, gone = [], list(order.swaps), dict[str, list[Taken]]()
    for line in order.lines:
        wanted = pieces.get(line.line_no, 0)
        own = min(wanted, sum(part.quantity for part in line.taken))
        part, rest = divide(line.taken, own)
        gone.setdefault(line.sku_id, []).extend(part)
        lines.append(replace(line, taken=rest))
        for at, swap in enumerate(swaps):
            if swap.line_no == line.line_no and own < wanted:
                more = min(wanted - own, sum(one.quantity for one in swap.taken))
                part, rest = divide(swap.taken, more)
                gone.setdefault(swap.sku_id, []).extend(part)
                swaps[at] = replace(swap, taken=rest)
                own += more
        if order.origin and own < wanted:
            gone[line.sku_id].append(Taken(UNCOUNTED, 0, wanted - own))
    return replace(order, lines=tuple(lines), swaps=tuple(one for one in swaps if one.taken)), gone


def arrive(order: Order, new_goods: Sequence[Replacement]) -> Order:
    """The order with what was sent instead: with its line, or beside it when it is another style."""
    new = {one.line_no: one for one in new_goods}

    def with_new(line: Line) -> Line:
        one = new.get(line.line_no)
        return (
            line if one is None or one.sku_id != line.sku_id else replace(line, taken=joined((*line.taken, *one.taken)))
        )

    styles = {line.line_no: line.sku_id for line in order.lines}
    beside = [Swap(one.line_no, one.sku_id, one.taken) for one in new_goods if one.sku_id != styles[one.line_no]]
    return replace(order, lines=tuple(with_new(line) for line in order.lines), swaps=(*order.swaps, *beside))


def joined(taken: Iterable[Taken]) -> tuple[Taken, ...]:
    """The same units with each shard named once."""
    sums: Counter[tuple[int, int]] = Counter()
    for part in taken:
        sums[part.epoch, part.shard] += part.quantity
    return tuple(Taken(epoch, shard, quantity) for (epoch, shard), quantity in sums.items())
