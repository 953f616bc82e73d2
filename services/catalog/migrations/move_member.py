"""Bring in who worked for an old shop, and take them out again (M2).

Whom the file names as a person here gets the role: its owner's ask is the word. Everybody else is invited, as the owner
would invite them by hand; and so is whoever would own the shop: that nobody becomes by a line of a file.
"""

from functools import partial

from services.catalog.applications.application import require_human
from services.catalog.imports.product_rows import Group as Rows
from services.catalog.imports.product_rows import RowRefused
from services.catalog.migrations.move_record import Told, move_record, taken_by
from services.catalog.migrations.old_members import OldMember, member
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.tables import Brought, came, find_brought, save_brought, sealed_aside
from services.catalog.staff.invitation import new_invitation
from services.catalog.staff.tables import drop_invitation, find_invitation, save_invitation
from services.catalog.tables import STORE, add_persons_shop, drop_persons_shop
from services.shared.contracts.migration import old_name
from services.shared.plumbing.ids import id_of
from services.shared.plumbing.memberships import grant, standing
from services.shared.plumbing.tables import Begin, Transaction

MAX_MEMBERS = 500  # of a run: each who is invited is a link that somebody could take


def move_member(reading: Reading, rows: Rows, moved: int, begin: Begin) -> Told:
    """Do what is to be done with a record, once. ``moved``: how many members this run has moved before."""
    return move_record(reading, rows, partial(_effect, moved=moved), begin)


def _effect(tx: Transaction, reading: Reading, rows: Rows, *, moved: int) -> Told:
    old, one = member(rows), reading.migration
    ident = reading.new_id("mbr", "member", old.old_id)
    before = find_brought(one.shop_id, ident)
    if moved >= MAX_MEMBERS:
        raise RowRefused(f"a run brings in up to {MAX_MEMBERS} members")
    if old.person and old.role != "owner":
        return _joined(tx, reading, old, ident, before)
    return _invited(tx, reading, old, ident, before)


def _joined(tx: Transaction, reading: Reading, old: OldMember, ident: str, before: Brought | None) -> Told:
    shop_id = reading.migration.shop_id
    require_human(old.person)
    if other := taken_by(reading, takes := ("person", old.person)):
        return Told("unchanged", f"{other} names this person already", old.person)
    role, sequence = standing(STORE, shop_id, old.person)
    if role:
        return Told("unchanged", f"is {role} here already", old.person)
    grant(tx, shop_id, old.person, old.role, sequence + 1)
    add_persons_shop(tx, old.person, shop_id)
    _save(tx, reading, old, ident, before, {"person": old.person, "role": old.role, "sequence": str(sequence + 1)})
    return Told("moved", f"is {old.role} now", old.person, takes)


def _invited(tx: Transaction, reading: Reading, old: OldMember, ident: str, before: Brought | None) -> Told:
    one, times = reading.migration, before.times if before else 0
    if before and not before.out:
        invitation = find_invitation(one.shop_id, before.came.get("invitation", ""))
        if invitation and (invitation.used_by or tx.now < invitation.expires_at):
            return Told("unchanged", "was invited before", invitation.invitation_id)
    # Another one each time: a link that was taken back stays worthless.
    name = old_name(one.shop_id, one.source, one.old_shop_id, "member", old.old_id)
    invitation = new_invitation(id_of("inv", *name, str(times)), one.shop_id, old.role, one.person, tx.now)
    save_invitation(tx, invitation, before=None)
    _save(tx, reading, old, ident, before, {"invitation": invitation.invitation_id})
    return Told("moved", f"invited as {old.role}: send the link within 7 days", invitation.invitation_id)


def _save(
    tx: Transaction, reading: Reading, old: OldMember, ident: str, before: Brought | None, how: dict[str, str]
) -> None:
    one = reading.migration
    times = before.times + 1 if before else 1
    aside = sealed_aside(one, old.aside)
    save_brought(tx, one.shop_id, ident, Brought(one.migration_id, old.old_id, how, times, aside=aside))
    came(tx, one.migration_id, ident, f"member {old.old_id}")


def take_out_member(tx: Transaction, shop_id: str, brought: Brought) -> str:
    """What undoes it, in the caller's transaction; or why it stays."""
    if "invitation" in brought.came:
        invitation = find_invitation(shop_id, brought.came["invitation"])
        if invitation and invitation.used_by:
            return "somebody has joined by the invitation"
        if invitation:
            drop_invitation(tx, invitation)
        return ""
    person = brought.came["person"]
    role, sequence = standing(STORE, shop_id, person)
    if role and (role, str(sequence)) != (brought.came["role"], brought.came["sequence"]):
        return f"was made {role} here since"
    if role:
        grant(tx, shop_id, person, None, sequence + 1)
        drop_persons_shop(tx, person, shop_id)
    return ""
