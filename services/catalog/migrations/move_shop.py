"""Bring in an old shop's own record and its qualifications, and take them out again (M2).

Nothing is passed by a file: a qualification is handed in for the platform to look at, an account is linked and not yet
verified. What the shop has here stays.
"""

from collections.abc import Mapping
from typing import Any

from services.catalog.imports.product_rows import Group as Rows
from services.catalog.imports.product_rows import RowRefused
from services.catalog.messages import EditShop, LinkAccount
from services.catalog.migrations.move_record import Told, move_record, taken_by
from services.catalog.migrations.plan import Source
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.shop_lines import OldQualification, OldShop, read
from services.catalog.migrations.tables import Brought, came, save_brought, sealed_aside
from services.catalog.qualifications.hand_in import new_qualification
from services.catalog.qualifications.messages import HandIn
from services.catalog.qualifications.tables import (
    drop_qualification,
    find_qualification,
    qualifications_of,
    save_qualification,
)
from services.catalog.shops.link_account import with_account
from services.catalog.shops.shop import CLOSED, AccountKind, LinkedAccount, Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.shops.template import TEMPLATES
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction

MAX_QUALIFICATIONS = 200  # of a shop that are looked at for the same document
# What kind of account a shop of this source was bound to.
ACCOUNTS: Mapping[Source, AccountKind] = {
    "mini_shop": "mini_program",
    "channels_shop": "channels",
    "shop_v1": "service_account",
}


def move_shop(reading: Reading, rows: Rows, _moved: int, begin: Begin) -> Told:
    """Do what is to be done with a record, once."""
    return move_record(reading, rows, _effect, begin)


def _effect(tx: Transaction, reading: Reading, rows: Rows) -> Told:
    shop = shop_named(reading.migration.shop_id)
    if shop.status in CLOSED:
        raise RowRefused("the shop is closed")
    found = read(rows)
    if isinstance(found, OldShop):
        return _record(tx, reading, found, shop)
    return _qualification(tx, reading, found)


def _record(tx: Transaction, reading: Reading, old: OldShop, shop: Shop) -> Told:
    one, kind = reading.migration, ACCOUNTS.get(reading.migration.source)
    notes = [f"{what} stays" for what, said, here in _kept(old, shop) if said and said != here]
    changes: dict[str, Any] = {}
    came_as: dict[str, str] = {}
    if old.notice and shop.notice != old.notice and not _own_notice(shop):
        changes["notice"] = came_as["notice"] = EditShop(notice=old.notice).notice or ""
        came_as["notice_before"] = shop.notice
    if kind and old.account and all(known.kind != kind for known in shop.accounts):
        asked = LinkAccount(account_id=old.account, name=old.name or shop.name)
        account = LinkedAccount(kind, asked.account_id, asked.name, tx.now)
        changes["accounts"] = with_account(shop.accounts, account)
        came_as |= {"account_kind": kind, "account": asked.account_id}
    if not changes:
        return Told("unchanged", "; ".join(notes), shop.shop_id)
    write_shop(tx, shop.edit(tx.now, **changes))
    _save(tx, reading, reading.new_id("rec", "shop", one.old_shop_id), f"shop {one.old_shop_id}", came_as, old.aside)
    if "account" in came_as:
        notes.append("its account is to be verified")
    return Told("moved", "; ".join(notes), shop.shop_id)


def _kept(old: OldShop, shop: Shop) -> list[tuple[str, str, str]]:
    """What the file says and what is here, by what a report calls it."""
    return [
        ("the name", old.name, shop.name),
        ("the subject", old.subject, shop.subject_type),
        ("the notice", old.notice if _own_notice(shop) else "", shop.notice),
    ]


def _own_notice(shop: Shop) -> bool:
    """Whether its merchant wrote it: a template's is nobody's own."""
    return shop.notice not in {"", *(one.notice for one in TEMPLATES.values())}


def _qualification(tx: Transaction, reading: Reading, old: OldQualification) -> Told:
    one, asked = reading.migration, HandIn.model_validate(old.body)
    ident = reading.new_id("qua", "qualification", old.old_id)
    if find_qualification(one.shop_id, ident):
        return Told("unchanged", "it was handed in before", ident)
    if other := taken_by(reading, takes := ("qualification", f"{asked.kind}:{asked.number}:{asked.brand}")):
        return Told("unchanged", f"{other} has this document already", None)
    for known in qualifications_of(one.shop_id, MAX_QUALIFICATIONS, None):
        if (known.kind, known.number, known.brand) == (asked.kind, asked.number, asked.brand):
            return Told("unchanged", "the shop has it already", known.qualification_id)
    try:
        made = new_qualification(one.shop_id, asked, one.person, tx.now, ident)
    except NotFound as error:
        raise RowRefused("upload_id: there is no such upload of yours for a qualification") from error
    save_qualification(tx, made)
    _save(tx, reading, ident, f"qualification {old.old_id}", {"qualification": ident}, old.aside)
    return Told("moved", "handed in: the platform looks at it", ident, takes)


def _save(
    tx: Transaction, reading: Reading, ident: str, what: str, came_as: Mapping[str, str], aside: Mapping[str, Any]
) -> None:
    one = reading.migration
    old_id = what.partition(" ")[2]
    save_brought(tx, one.shop_id, ident, Brought(one.migration_id, old_id, came_as, aside=sealed_aside(one, aside)))
    came(tx, one.migration_id, ident, what)


def take_out_record(tx: Transaction, shop_id: str, brought: Brought) -> str:
    """What undoes it, in the caller's transaction; or why it stays."""
    shop, changes = shop_named(shop_id), dict[str, Any]()
    if "notice" in brought.came:
        if shop.notice != brought.came["notice"]:
            return "the notice was edited"
        changes["notice"] = brought.came["notice_before"]
    if "account" in brought.came:
        known = next((one for one in shop.accounts if one.kind == brought.came["account_kind"]), None)
        if known is None or known.verified or known.account_id != brought.came["account"]:
            return "the account was verified, or is another one"
        changes["accounts"] = tuple(one for one in shop.accounts if one is not known)
    if shop.status not in CLOSED:
        write_shop(tx, shop.edit(tx.now, **changes))
    return ""


def take_out_qualification(tx: Transaction, shop_id: str, brought: Brought) -> str:
    """What undoes it, in the caller's transaction; or why it stays."""
    known = find_qualification(shop_id, brought.came["qualification"])
    if known and known.version > 1:
        return "the platform has decided on it"
    if known:
        drop_qualification(tx, known)
    return ""
