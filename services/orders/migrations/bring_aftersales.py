"""Old after-sales come in behind their orders, and go out before them (M2, M3).

Each stands on its order, so several of one order are written one after the other; nobody is told of them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.tables import find_aftersales, save_aftersale
from services.orders.migrations.bring_orders import known_fate, old_id_in, orders_with
from services.orders.migrations.bringing import Fate, Item, kept_size
from services.orders.migrations.fields import BadRecord
from services.orders.migrations.moved_aftersale import moved_aftersale, without_claim
from services.orders.migrations.moved_order import Move
from services.orders.migrations.tables import (
    Spot,
    add_old,
    drop_aftersale,
    drop_old,
    note_would_be,
    note_would_bring,
    would_bring,
)
from services.orders.migrations.wechat_aftersales import OldAftersale, read_aftersale
from services.orders.order import Order
from services.orders.tables import VAULT, own_begin, save_order
from services.shared.plumbing import clock
from services.shared.plumbing.tables import Transaction

FORMATS: Mapping[str, Callable[[object], OldAftersale]] = {"wechat": read_aftersale}


class BringAftersales:
    """After-sales of a dump."""

    formats = tuple(FORMATS)

    def bring(self, items: Sequence[Item], fmt: str, move: Move, *, dry: bool) -> list[Fate]:
        """New ones come in onto orders that did; what is here already stays as it is."""
        read = [(item, _read(item, fmt)) for item in items]
        good = [old for _, old in read if isinstance(old, OldAftersale)]
        ids = {old.old_id: move.new_id("afs", "aftersale", old.old_id) for old in good}
        order_ids = [move.new_id("ord", "order", old.old_order_id) for old in good]
        orders, here = orders_with(order_ids), _aftersales_with(list(ids.values()))
        seen = would_bring(items[0].spot, [*order_ids, *ids.values()]) if dry else {}
        orders |= {order_id: would.order for order_id, would in seen.items() if would.order}
        if not dry:
            VAULT.make_ready((order.keeper for order in orders.values()), own_begin(clock.now()))
        fates, first = [], set[str]()
        for item, old in read:
            if isinstance(old, Fate):
                fates.append(old)
                continue
            new_id = ids[old.old_id]
            known = known_fate(item.spot, old.old_id, new_id, here.get(new_id), seen.get(new_id), twice=new_id in first)
            first.add(new_id)
            fates.append(known or _fresh(item, old, orders, move))
        return fates

    def take_out(self, items: Sequence[Item], fmt: str, move: Move) -> list[Fate]:
        """What still is as it came goes, with its claim on the order; what went on here stays, and is named."""
        read = [(item, _read(item, fmt)) for item in items]
        ids = {
            item.spot: move.new_id("afs", "aftersale", old.old_id)
            for item, old in read
            if isinstance(old, OldAftersale)
        }
        here = _aftersales_with(list(ids.values()))
        orders = orders_with([case.order_id for case in here.values()])
        fates, first = [], set[str]()
        for item, old in read:
            new_id = ids.get(item.spot, "")
            case = here.get(new_id) if new_id not in first else None
            first.add(new_id)
            fates.append(_gone(item, old.old_id, case, orders, move))
        return fates


def _read(item: Item, fmt: str) -> OldAftersale | Fate:
    try:
        return FORMATS[fmt](item.record)
    except BadRecord as refusal:
        old_id = old_id_in(item.record, "after_sale_order", "after_sale_order_id")
        return Fate(item.spot, "refused", old_id, why=str(refusal))


def _aftersales_with(aftersale_ids: Sequence[str]) -> dict[str, Aftersale]:
    return {case.aftersale_id: case for case in find_aftersales(list(dict.fromkeys(aftersale_ids)))}


def _fresh(item: Item, old: OldAftersale, orders: dict[str, Order], move: Move) -> Fate:
    """Decided on the order as those before it in the file have left it, which ``orders`` says from then on."""
    order_id = move.new_id("ord", "order", old.old_order_id)
    before = orders.get(order_id)
    try:
        if before is None or before.origin is None:
            raise BadRecord(f"its order {old.old_order_id} is not here")
        case, after = moved_aftersale(old, before, move, clock.now())
        size = kept_size(after, old.aside)
    except BadRecord as refusal:
        return Fate(item.spot, "refused", old.old_id, why=str(refusal))
    orders[order_id] = after
    origin = case.origin and replace(case.origin, file=item.spot.file, line=item.spot.line)
    return Fate(
        item.spot,
        "moved",
        old.old_id,
        case.aftersale_id,
        write=partial(_write, case=replace(case, origin=origin), old=old, order=after, before=before),
        rehearse=partial(_rehearse, spot=item.spot, case=case, order=after),
        actions=3,
        size=size + 2 * item.size,
        told=False,
        alone=order_id,
    )


def _rehearse(tx: Transaction, *, spot: Spot, case: Aftersale, order: Order) -> None:
    note_would_bring(tx, spot, case.aftersale_id)
    origin = order.origin
    its_own = origin is not None and (origin.migration_id, origin.run) == (spot.migration_id, spot.run)
    place = spot._replace(file=origin.file, line=origin.line) if origin and its_own else spot._replace(file=0, line=0)
    note_would_be(tx, place, order)


def _write(tx: Transaction, *, case: Aftersale, old: OldAftersale, order: Order, before: Order) -> None:
    aside = VAULT.seal(case.applicant, json.dumps(old.aside)) if old.aside else None
    words = VAULT.seal(case.applicant, old.words) if old.words else None
    save_aftersale(tx, replace(case, text_sealed=words), None)
    save_order(tx, order, before)
    add_old(tx, "aftersale", old.old_id, case.aftersale_id, case.shop_id, (case.applicant, aside) if aside else None)


def _gone(item: Item, old_id: str, case: Aftersale | None, orders: dict[str, Order], move: Move) -> Fate:
    if case is None or case.origin is None or case.origin.migration_id != move.migration_id:
        return Fate(item.spot, "unchanged", old_id, why="it is not here by this migration")
    before = orders[case.order_id]
    touched = before.origin is None or before.version != before.origin.version
    if case.version != case.origin.version or touched:
        why = f"it, or its order, went on here since it came: it is {case.status}"
        return Fate(item.spot, "kept", old_id, case.aftersale_id, why)
    orders[case.order_id] = after = without_claim(before, case.aftersale_id, clock.now())
    write = partial(_take_out, case=case, order=after, before=before)
    return Fate(item.spot, "taken_out", old_id, case.aftersale_id, write=write, actions=3, alone=case.order_id)


def _take_out(tx: Transaction, *, case: Aftersale, order: Order, before: Order) -> None:
    drop_aftersale(tx, case.aftersale_id, case.version)
    save_order(tx, order, before)
    if case.origin:
        drop_old(tx, case.origin.old_id, case.aftersale_id)
