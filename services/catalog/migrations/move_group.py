"""Bring a group of an old shop in, with those of its products that came (M2). As products, each record is told once."""

from typing import NamedTuple

from pydantic import ValidationError

from services.catalog.groups.group import MAX_GROUPS, TooManyGroups, new_group
from services.catalog.groups.messages import MakeGroup
from services.catalog.groups.tables import find_group, groups_of, save_group
from services.catalog.import_product import why_refused
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.tables import came, claim, claim_key, old_key, tell
from services.catalog.migrations.wechat_groups import OldGroup, group
from services.catalog.product_rows import Group as Rows
from services.catalog.product_rows import RowRefused
from services.catalog.tables import ImportRow, add_row, row_key
from services.shared.contracts.migration import MigrationRow
from services.shared.plumbing.problems import Problem
from services.shared.plumbing.tables import Begin, Transaction, read

MAX_KEY = 128
ASKED_AT_ONCE = 49  # products, of which two rows each may say that they came


class Told(NamedTuple):
    """What became of a record, why, and the group's id here."""

    outcome: str
    why: str
    new_id: str | None


def move_group(reading: Reading, rows: Rows, moved: int, begin: Begin) -> Told:
    """Do what is to be done with a record, once. ``moved``: how many groups this run has moved before."""
    [told] = read([row_key(reading.rows, rows.line)])
    if isinstance(told, ImportRow):
        return Told(told.outcome, told.why, told.product_id)
    try:
        tx = begin()
        result = _effect(tx, reading, rows, moved)
    except (RowRefused, ValidationError, Problem) as refusal:
        tx = begin()
        result = Told("refused", why_refused(refusal), None)
    if reading.migration.mode == "dry":
        tx = begin()
    key = rows.key[:MAX_KEY]
    if result.outcome != "refused":
        claim(tx, reading.run, "group", key, reading.place(rows))
    add_row(tx, reading.rows, rows.lines, key=key, outcome=result.outcome, why=result.why, product_id=result.new_id)
    if result.outcome == "refused":
        number, line = reading.file.number, rows.line
        said = MigrationRow(kind="groups", file=number, line=line, old_id=key, outcome="refused", why=result.why)
        tell(tx, reading.migration, said)
    tx.commit()
    return result


def _effect(tx: Transaction, reading: Reading, rows: Rows, moved: int) -> Told:
    old = group(rows)
    shop_id, ident = reading.migration.shop_id, reading.new_id("grp", "group", old.old_id)
    [claimed] = read([claim_key(reading.run, "group", old.old_id)])
    if claimed:
        file, _, line = claimed.target.partition(":")
        raise RowRefused(f"line {line} of file {file} has this group already")
    if find_group(shop_id, ident):
        return Told("unchanged", "it is here already", ident)
    there = len(groups_of(shop_id, MAX_GROUPS, None)) + (moved if reading.migration.mode == "dry" else 0)
    if there >= MAX_GROUPS:
        raise TooManyGroups()
    products = _products(reading, old)
    asked = MakeGroup(title=old.title)
    made = new_group(ident, shop_id, asked.title, products, tx.now)
    save_group(tx, made)
    came(tx, reading.migration.migration_id, ident, f"group {old.old_id}")
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
            )
        ]
        rows = read(keys)
        for place, ident in enumerate(part):
            alias, claimed = rows[2 * place : 2 * place + 2]
            if alias or claimed:
                found.append(alias.target if alias else reading.new_id("prd", "product", ident))
    return found
