"""Take out what came in by a migration; leave and list what its merchant has changed since (M3)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from services.catalog.groups.tables import drop_group, find_group
from services.catalog.imports.tables import add_row, row_key
from services.catalog.migrations.ask_stock import stock_of
from services.catalog.migrations.migration import Migration
from services.catalog.migrations.move_member import take_out_member
from services.catalog.migrations.move_shop import take_out_qualification, take_out_record
from services.catalog.migrations.old_styles import forget_styles
from services.catalog.migrations.tables import (
    Brought,
    Heirs,
    Origin,
    came,
    came_in,
    check_heirs,
    digest,
    find_brought,
    find_migration,
    free_bars,
    heirs_key,
    heirs_of,
    into,
    origin_key,
    origin_of,
    save_brought,
    save_heirs,
    save_origin,
    tell,
    unmerge,
    unresolve,
)
from services.catalog.migrations.told_row import FileKind, Outcome, ToldRow
from services.catalog.products.product import Product
from services.catalog.products.product_record import write_product
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import LinkRow, check_product, check_shop, free_out_id, product_key, stocked_of
from services.shared.plumbing.jobs import Job
from services.shared.plumbing.tables import Begin, Transaction, get, read, retrying

AT_ONCE = 40
ANSWERED = timedelta(minutes=1)  # until it looks again whether orders has answered; the answer wakes it at once
GONE = "gone "  # before what a rollback has taken out: another migration may bring it again, and that is not ours
# The first word of what came in, and the kind that it is of; all else is products.
KINDS: Mapping[str, FileKind] = {"group": "groups", "member": "members", "shop": "shop", "qualification": "shop"}
TAKE_OUT: Mapping[str, Callable[[Transaction, str, Brought], str]] = {
    "member": take_out_member,
    "shop": take_out_record,
    "qualification": take_out_qualification,
}


def roll_back(job: Job, migration: Migration, cursor: dict[str, Any], begin: Begin) -> dict[str, Any]:
    """One chunk: the next things that came in, by their ids, as soon as orders has said which of them stay."""
    links = came_in(migration.migration_id, AT_ONCE, cursor["after"])
    known, last = stock_of(migration, links, begin), len(links) < AT_ONCE
    if known is None:
        job.rest(begin().now + ANSWERED)
        return cursor
    here, links = links, [link for link in links if link.sk <= known.upto]
    # All before any is counted: a chunk that the engine stops half-way is counted by the one that repeats it.
    first = job.counts.get("links", 0) + 1
    undone = [
        retrying(partial(_undo, migration, link, number, known.why.get(link.sk, ""), begin))
        for number, link in enumerate(links, start=first)
    ]
    for kind, outcome in undone:
        if outcome:
            job.count(f"{kind}.read")
            job.count(f"{kind}.{outcome}")
    job.count("links", len(links))
    if last and len(links) == len(here):
        job.done()
        return cursor
    return {**cursor, "after": links[-1].sk}


def _undo(migration: Migration, link: LinkRow, number: int, stays: str, begin: Begin) -> tuple[str, str]:
    """Undo one thing, in one transaction with the word about it; what was told before is only repeated. ``stays``: why
    orders says that it is not to go, if it does."""
    run, word = f"{migration.migration_id}#{migration.run}#1", link.target.removeprefix(GONE).partition(" ")[0]
    kind, undo = KINDS.get(word, "products"), UNDO.get(word, _undo_product)
    told = get(*row_key(run, number))
    if told:
        return kind, told.outcome
    if link.target.startswith(GONE):
        return kind, ""
    if undo is _undo_product:
        undo = partial(_undo_product, stays=stays)
    return kind, undo(begin(), migration, link, number, begin)


def _tell(tx: Transaction, migration: Migration, link: LinkRow, number: int, old_id: str, why: str) -> str:
    """Say what became of it, and commit."""
    outcome: Outcome = "kept" if why else "taken_out"
    kind = KINDS.get(link.target.partition(" ")[0], "products")
    run = f"{migration.migration_id}#{migration.run}#1"
    add_row(tx, run, [number], key=old_id, outcome=outcome, why=why, product_id=link.sk)
    if why:
        row = ToldRow(kind=kind, file=0, line=number, old_id=old_id, new_id=link.sk, outcome="kept", why=why)
        tell(tx, migration, row)
    tx.commit()
    return outcome


def _undo_product(
    tx: Transaction, migration: Migration, link: LinkRow, number: int, begin: Begin, stays: str = ""
) -> str:
    row, origin_row, heirs_row = read([product_key(link.sk), origin_key(link.sk), heirs_key(link.sk)])
    stocked, origin = stocked_of(row), origin_of(origin_row)
    if stocked is None or origin is None or origin.out or origin.migration_id != migration.migration_id:
        return ""  # taken out already, and maybe brought again by another migration
    why = _changed(stocked.product, origin, stays)
    heirs = heirs_of(heirs_row)
    if not why:
        forget_styles(tx, begin, migration, origin.skus)
        why = _hand_on(tx, migration, stocked.product, origin, heirs)
    if not why:
        check_heirs(tx, link.sk, heirs)  # nobody is led to what goes at this moment
        _take_out(tx, migration, stocked.product, origin)
    return _tell(tx, migration, link, number, origin.old_id, why)


def _hand_on(tx: Transaction, migration: Migration, product: Product, origin: Origin, heirs: Heirs) -> str:
    """Where another old shop's product was merged into it, it is that one's from now on, and goes with it: its old ids
    lead on. Returns why it stays, if it does."""
    others = (one for one in heirs.all if one.migration_id != migration.migration_id)
    ident = product.product_id
    heir = next((one for one in others if ident in (one.product_id, into(one.product_id))), None)
    brought = find_brought(product.shop_id, heir.product_id) if heir else None
    its = find_migration(heir.migration_id) if heir else None
    if product.status == "deleted" or heir is None or brought is None or its is None:
        return ""
    check_product(tx, product)
    save_heirs(tx, ident, heirs, (one for one in heirs.all if one != heir))
    after = replace(origin, migration_id=its.migration_id, source=its.source, old_shop_id=its.old_shop_id, skus=())
    save_origin(tx, ident, replace(after, old_id=brought.old_id))
    came(tx, its.migration_id, ident, "product")
    unresolve(tx, "product", origin.old_id, migration.source, migration.old_shop_id)
    return "another old shop's product was merged into it, and has it now"


def _ungroup(tx: Transaction, migration: Migration, link: LinkRow, number: int, _: Begin) -> str:
    group = find_group(migration.shop_id, link.sk)
    if group is None:
        return ""
    old_id, shop = link.target.removeprefix("group "), shop_named(migration.shop_id)
    shown = any(shelf.group_id == link.sk for shelf in shop.shelves)
    why = "a shelf shows it" if shown else "it was edited" if group.version > 1 else ""
    if not why:
        check_shop(tx, shop)
        drop_group(tx, group)
        unresolve(tx, "group", old_id, migration.source, migration.old_shop_id)
        came(tx, migration.migration_id, link.sk, GONE + link.target)
    return _tell(tx, migration, link, number, old_id, why)


def _send_back(tx: Transaction, migration: Migration, link: LinkRow, number: int, _: Begin) -> str:
    """What is no product and no group."""
    word, _space, old_id = link.target.partition(" ")
    brought = find_brought(migration.shop_id, link.sk)
    if brought is None or brought.out or brought.migration_id != migration.migration_id:
        return ""
    why = TAKE_OUT[word](tx, migration.shop_id, brought)
    if not why:
        save_brought(tx, migration.shop_id, link.sk, replace(brought, out=True))
    return _tell(tx, migration, link, number, old_id, why)


def _changed(product: Product, origin: Origin, stays: str) -> str:
    """What its merchant, its buyers or the platform have done with it since it came; empty for nothing."""
    reasons = {
        "the platform has banned it": product.status == "banned",
        "its merchant has put it into the bin": product.status == "recycled",
        "it has a draft": product.draft is not None and product.online is not None,
        "it was edited": digest(product.latest) != origin.copy,
        "it was listed": product.status == "listed" and not origin.listed,
        "it was taken off sale": product.delisted_by == "merchant",
        stays: bool(stays),
    }
    return next((why for why, so in reasons.items() if so and product.status != "deleted"), "")


def _take_out(tx: Transaction, migration: Migration, product: Product, origin: Origin) -> None:
    if product.status != "deleted":
        gone = product.recycle(tx.now).delete(tx.now)
        write_product(tx, shop_named(product.shop_id), product, gone, "migration")
        free_out_id(tx, product)
    save_origin(tx, product.product_id, replace(origin, out=True))
    free_bars(tx, product.shop_id, origin.barcodes)
    unresolve(tx, "product", origin.old_id, migration.source, migration.old_shop_id)


def _unalias(tx: Transaction, migration: Migration, link: LinkRow, _: int, begin: Begin) -> str:
    old_id, brought = link.target.removeprefix("alias "), find_brought(migration.shop_id, link.sk)
    if brought:
        forget_styles(tx, begin, migration, json.loads(brought.came["skus"]))
    target = into(link.sk) or link.sk
    heirs = heirs_of(get(*heirs_key(target)))
    left = [one for one in heirs.all if one.product_id != link.sk]
    if len(left) < len(heirs.all):
        save_heirs(tx, target, heirs, left)
    came(tx, migration.migration_id, link.sk, GONE + link.target)
    unmerge(tx, link.sk)
    unresolve(tx, "product", old_id, migration.source, migration.old_shop_id)
    tx.commit()
    return ""


Undo = Callable[[Transaction, Migration, LinkRow, int, Begin], str]
# By the first word of what came in; all else is a product.
UNDO: Mapping[str, Undo] = {
    "alias": _unalias,
    "group": _ungroup,
    "member": _send_back,
    "shop": _send_back,
    "qualification": _send_back,
}
