"""Old orders come in, and go out again (M2, M3).

In a transaction with the order stand its old id and, sealed under its keeper's key, what we have no place for. Nothing
is told: what happened in the old shop was told there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from services.orders.aftersale.aftersale import Aftersale
from services.orders.migrations import shop_v1_orders, wechat_orders
from services.orders.migrations.bringing import Fate, Item, kept_size
from services.orders.migrations.fields import IDENT, BadRecord
from services.orders.migrations.history import sales_of
from services.orders.migrations.moved_order import Move, moved_order
from services.orders.migrations.old_order import OldOrder
from services.orders.migrations.tables import (
    Spot,
    Would,
    add_old,
    drop_old,
    drop_order,
    has_more_rows,
    note_would_bring,
    would_bring,
)
from services.orders.order import Order
from services.orders.tables import VAULT, find_orders, own_begin, save_order
from services.shared.plumbing import clock
from services.shared.plumbing.tables import Transaction


def read_wechat(record: object) -> OldOrder:
    """WeChat's own, of whichever of its shops: that of 2014 is known by its fields. Raises BadRecord."""
    outer = record.get("order", record) if isinstance(record, Mapping) else None
    v1 = isinstance(outer, Mapping) and "order_status" in outer
    return shop_v1_orders.read_order(record) if v1 else wechat_orders.read_order(record)


FORMATS: Mapping[str, Callable[[object], OldOrder]] = {"wechat": read_wechat}


class BringOrders:
    """Orders of a dump."""

    formats = tuple(FORMATS)

    def bring(self, items: Sequence[Item], fmt: str, move: Move, *, dry: bool) -> list[Fate]:
        """New ones come in; what is here already stays as it is."""
        now = clock.now()
        read: list[tuple[Item, OldOrder, Order, int] | Fate] = [_read(item, fmt, move, now) for item in items]
        fresh = [one[2].order_id for one in read if not isinstance(one, Fate)]
        here = orders_with(fresh)
        seen = would_bring(items[0].spot, fresh) if dry and items else {}
        if not dry:
            keepers = (one[2].keeper for one in read if not isinstance(one, Fate) and one[2].order_id not in here)
            VAULT.make_ready(keepers, own_begin(now))
        fates, first = [], dict[str, int]()
        for one in read:
            if isinstance(one, Fate):
                fates.append(one)
                continue
            item, old, order, size = one
            twice = first.setdefault(order.order_id, item.spot.line) != item.spot.line
            known = known_fate(
                item.spot, old.old_id, order.order_id, here.get(order.order_id), seen.get(order.order_id), twice=twice
            )
            fates.append(known or _fresh(item, old, order, size))
        return fates

    def take_out(self, items: Sequence[Item], fmt: str, move: Move) -> list[Fate]:
        """What still is as it came goes; what went on here stays, and is named."""
        ids = {item.spot: _id_in(item, fmt, move) for item in items}
        here = orders_with([new_id for _, new_id in ids.values() if new_id])
        fates, first = [], set[str]()
        for item in items:
            old_id, new_id = ids[item.spot]
            order = here.get(new_id) if new_id not in first else None
            first.add(new_id)
            fates.append(_gone(item, old_id, order, move))
        return fates


def orders_with(order_ids: Sequence[str]) -> dict[str, Order]:
    """Those of these that are here."""
    return {order.order_id: order for order in find_orders(dict.fromkeys(order_ids))}


def _read(item: Item, fmt: str, move: Move, now: datetime) -> tuple[Item, OldOrder, Order, int] | Fate:
    try:
        old = FORMATS[fmt](item.record)
        order = moved_order(old, move, now)
        size = kept_size(order, old.aside)
    except BadRecord as refusal:
        return Fate(item.spot, "refused", old_id_in(item.record), why=str(refusal))
    origin = order.origin and replace(order.origin, file=item.spot.file, line=item.spot.line)
    return item, old, replace(order, origin=origin), size


def _fresh(item: Item, old: OldOrder, order: Order, size: int) -> Fate:
    return Fate(
        item.spot,
        "moved",
        old.old_id,
        order.order_id,
        write=partial(_write, order=order, old=old),
        rehearse=partial(note_would_bring, spot=item.spot, new_id=order.order_id, order=order),
        actions=2,
        size=size + item.size,  # with its address
        told=False,
        sales=sales_of(order),
    )


def known_fate(
    spot: Spot,
    old_id: str,
    new_id: str,
    here: Order | Aftersale | None,
    seen: Would | None,
    *,
    twice: bool,
) -> Fate | None:
    """What is to be said of what is here, or was said before: by this very line in an earlier try, or otherwise.

    ``seen``: what a dry run would have brought in. None for what is new.
    """
    origin = here.origin if here else None
    this_run = origin is not None and (origin.migration_id, origin.run) == (spot.migration_id, spot.run)
    place = (seen.file, seen.line) if seen else (origin.file, origin.line) if origin and this_run else None
    if place == (spot.file, spot.line):
        return Fate(spot, "moved", old_id, new_id, done=True)
    if here is not None or seen is not None or twice:
        return Fate(spot, "unchanged", old_id, new_id, "it is here already")
    return None


def _write(tx: Transaction, *, order: Order, old: OldOrder) -> None:
    aside = VAULT.seal(order.keeper, json.dumps(old.aside)) if old.aside else None
    if old.address:
        sealed = VAULT.seal(order.keeper, json.dumps(old.address, ensure_ascii=False))
        order = replace(order, address_sealed=sealed, address_of=order.keeper)
    save_order(tx, order, None)
    add_old(tx, "order", old.old_id, order.order_id, order.shop_id, (order.keeper, aside) if aside else None)


def _id_in(item: Item, fmt: str, move: Move) -> tuple[str, str]:
    """The old and the new id of an order that came in from this line; empty for one that cannot have."""
    try:
        old = FORMATS[fmt](item.record)
    except BadRecord:
        return old_id_in(item.record), ""
    return old.old_id, move.new_id("ord", "order", old.old_id)


def _gone(item: Item, old_id: str, order: Order | None, move: Move) -> Fate:
    if order is None or order.origin is None or order.origin.migration_id != move.migration_id:
        return Fate(item.spot, "unchanged", old_id, why="it is not here by this migration")
    if order.version != order.origin.version or order.claims or has_more_rows(order.order_id):
        return Fate(item.spot, "kept", old_id, order.order_id, f"it went on here since it came: it is {order.status}")
    back = sales_of(order, times=-1)
    write = partial(_take_out, order=order)
    return Fate(item.spot, "taken_out", old_id, order.order_id, write=write, actions=2, sales=back)


def _take_out(tx: Transaction, *, order: Order) -> None:
    drop_order(tx, order.order_id, order.version)
    if order.origin:
        drop_old(tx, order.origin.old_id, order.order_id)


def old_id_in(record: object, inside: str = "order", name: str = "order_id") -> str:
    """What a record that cannot be read calls itself, to be found by: an id, or nothing."""
    outer = record.get(inside, record) if isinstance(record, Mapping) else None
    found = outer.get(name) if isinstance(outer, Mapping) else None
    return str(found) if isinstance(found, int | str) and IDENT.fullmatch(str(found)) else ""
