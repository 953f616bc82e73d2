"""Bring a group of an old shop in, with those of its products that came (M2)."""

from functools import partial

from services.catalog.groups.group import MAX_GROUPS, TooManyGroups, new_group
from services.catalog.groups.messages import MakeGroup
from services.catalog.groups.tables import find_group, groups_of, save_group
from services.catalog.imports.product_rows import Group as Rows
from services.catalog.migrations.move_record import Told, move_record
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.tables import came, claim_key, into_key, old_key, resolve
from services.catalog.migrations.wechat_groups import OldGroup, group
from services.shared.plumbing.tables import Begin, Transaction, read

ASKED_AT_ONCE = 33  # products, of which three rows each may say that they came


def move_group(reading: Reading, rows: Rows, moved: int, begin: Begin) -> Told:
    """Do what is to be done with a record, once. ``moved``: how many groups this run has moved before."""
    return move_record(reading, rows, partial(_effect, moved=moved), begin)


def _effect(tx: Transaction, reading: Reading, rows: Rows, *, moved: int) -> Told:
    old, one = group(rows), reading.migration
    ident = reading.new_id("grp", "group", old.old_id)
    if find_group(one.shop_id, ident):
        return Told("unchanged", "it is here already", ident)
    there = len(groups_of(one.shop_id, MAX_GROUPS, None)) + (moved if one.mode == "dry" else 0)
    if there >= MAX_GROUPS:
        raise TooManyGroups()
    products = _products(reading, old)
    asked = MakeGroup(title=old.title)
    made = new_group(ident, one.shop_id, asked.title, products, tx.now)
    save_group(tx, made)
    came(tx, one.migration_id, ident, f"group {old.old_id}")
    resolve(tx, "group", old.old_id, one.source, one.old_shop_id, ident)
    left = len(old.products) - len(products)
    return Told("moved", f"{left} of its products are not here" if left else "", ident)


def _products(reading: Reading, old: OldGroup) -> list[str]:
    """Those of its products that are here, or would be after a run that has moved them."""
    one, found = reading.migration, []
    for start in range(0, len(old.products), ASKED_AT_ONCE):
        part = old.products[start : start + ASKED_AT_ONCE]
        keys = [
            key
            for ident in part
            for key in (
                old_key("product", ident, one.source, one.old_shop_id),
                claim_key(reading.run, "product", ident),
                into_key(reading.new_id("prd", "product", ident)),
            )
        ]
        rows = read(keys)
        for place, ident in enumerate(part):
            alias, claimed, led = rows[3 * place : 3 * place + 3]
            own = reading.new_id("prd", "product", ident)
            ours = {own, led.target if led else own}  # not what the old id still names in a shop that had it before
            if alias and alias.target in ours:
                found.append(alias.target)
            elif claimed:
                found.append(own)
    return found
