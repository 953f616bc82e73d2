"""Take out what came in by a migration; leave and list what its merchant has changed since (M3)."""

from dataclasses import replace
from functools import partial
from typing import Any

from services.catalog.groups.tables import drop_group, find_group
from services.catalog.migrations.migration import Migration
from services.catalog.migrations.tables import (
    Origin,
    came,
    came_in,
    digest,
    free_bars,
    origin_key,
    origin_of,
    save_origin,
    tell,
    unmerge,
    unresolve,
)
from services.catalog.product import Product
from services.catalog.product_record import write_product
from services.catalog.shop_record import shop_named
from services.catalog.tables import LinkRow, add_row, check_shop, free_out_id, product_key, row_key, stocked_of
from services.shared.contracts.migration import MigrationRow
from services.shared.plumbing.jobs import Job
from services.shared.plumbing.tables import Begin, Transaction, get, read, retrying

AT_ONCE = 40
GONE = "gone "  # before what a rollback has taken out: another migration may bring it again, and that is not ours


def roll_back(job: Job, migration: Migration, cursor: dict[str, Any], begin: Begin) -> dict[str, Any]:
    """One chunk: the next things that came in, by their ids."""
    links = came_in(migration.migration_id, AT_ONCE, cursor["after"])
    # All before any is counted: a chunk that the engine stops half-way is counted by the one that repeats it.
    first = job.counts.get("links", 0) + 1
    undone = [
        retrying(partial(_undo, migration, link, number, begin)) for number, link in enumerate(links, start=first)
    ]
    for kind, outcome in undone:
        if outcome:
            job.count(f"{kind}.read")
            job.count(f"{kind}.{outcome}")
    job.count("links", len(links))
    if len(links) < AT_ONCE:
        job.done()
        return cursor
    return {**cursor, "after": links[-1].sk}


def _undo(migration: Migration, link: LinkRow, number: int, begin: Begin) -> tuple[str, str]:
    """Undo one thing, in one transaction with the word about it; what was told before is only repeated."""
    run = f"{migration.migration_id}#{migration.run}#1"
    told = get(*row_key(run, number))
    if told:
        return "groups" if link.target.removeprefix(GONE).startswith("group ") else "products", told.outcome
    if link.target.startswith(GONE):
        return "products", ""
    tx = begin()
    if link.target.startswith("group "):
        return "groups", _ungroup(tx, migration, link, run, number)
    if link.target.startswith("alias "):
        _unalias(tx, migration, link)
        tx.commit()
        return "products", ""
    row, origin_row = read([product_key(link.sk), origin_key(link.sk)])
    stocked, origin = stocked_of(row), origin_of(origin_row)
    if stocked is None or origin is None or origin.out or origin.migration_id != migration.migration_id:
        return "products", ""  # taken out already, and maybe brought again by another migration
    why = _changed(stocked.product, origin)
    if not why:
        _take_out(tx, migration, stocked.product, origin)
    outcome = "kept" if why else "taken_out"
    add_row(tx, run, [number], key=origin.old_id, outcome=outcome, why=why, product_id=link.sk)
    if why:
        tell(
            tx,
            migration,
            MigrationRow(
                kind="products", file=0, line=number, old_id=origin.old_id, new_id=link.sk, outcome="kept", why=why
            ),
        )
    tx.commit()
    return "products", outcome


def _ungroup(tx: Transaction, migration: Migration, link: LinkRow, run: str, number: int) -> str:
    group = find_group(migration.shop_id, link.sk)
    if group is None:
        return ""
    shop = shop_named(migration.shop_id)
    shown = any(shelf.group_id == link.sk for shelf in shop.shelves)
    why = "a shelf shows it" if shown else "it was edited" if group.version > 1 else ""
    if not why:
        check_shop(tx, shop)
        drop_group(tx, group)
        came(tx, migration.migration_id, link.sk, GONE + link.target)
    old_id, outcome = link.target.removeprefix("group "), "kept" if why else "taken_out"
    add_row(tx, run, [number], key=old_id, outcome=outcome, why=why, product_id=link.sk)
    if why:
        kept = {"kind": "groups", "file": 0, "line": number, "old_id": old_id, "new_id": link.sk}
        tell(tx, migration, MigrationRow.model_validate({**kept, "outcome": "kept", "why": why}))
    tx.commit()
    return outcome


def _changed(product: Product, origin: Origin) -> str:
    """What its merchant, or the platform, has done with it since it came; empty for nothing."""
    reasons = {
        "the platform has banned it": product.status == "banned",
        "its merchant has put it into the bin": product.status == "recycled",
        "it has a draft": product.draft is not None and product.online is not None,
        "it was edited": digest(product.latest) != origin.copy,
        "it was listed": product.status == "listed" and not origin.listed,
        "it was taken off sale": product.delisted_by == "merchant",
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


def _unalias(tx: Transaction, migration: Migration, link: LinkRow) -> None:
    old_id = link.target.removeprefix("alias ")
    came(tx, migration.migration_id, link.sk, GONE + link.target)
    unmerge(tx, link.sk)
    unresolve(tx, "product", old_id, migration.source, migration.old_shop_id)
