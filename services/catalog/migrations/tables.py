"""Rows of migrations in catalog's table.

pk                   sk             what
MPL                  {source}       a source's plan, once it was edited; else it is the one we ship with
MPH#{source}         {version}      one edit of it: what, by whom, when; without end
LEG#{source}         SHP#{shop}     a legacy shop of this source
MIG#{migration}      MIGRATION      a migration
SHP#{shop}           MIG#{migration} one of the shop's
OLS#{source}#{old}   SHOP           into which shop an old one comes, by which of its migrations
MWT                  {migration}    it waits for the platform to confirm whose its old shop is
IMP#{run of file}    ROW#{line}     what became of a record (as of an import's), kept 90 days
MRF#{run}            {file}#{line}  a record that was refused, or kept by a rollback, in any service; kept 90 days
MRU#{run}            {kind}#{id}    which record of the run has this old id, or this merchant's own id, kept 90 days
PRD#{product}        ORIGIN         where a product came from, how it was then, and what of it has no place here
PRD#{old product}    INTO           the product here that an old one was merged into
OLD#{kind}#{old id}  {source}#{old shop}  what an old id names here, for ever: a product, a group, or of a style
                     its product and its id there, as {product}#{sku}
PRD#{product}        HEIRS          the old products that were merged into it
BAR#{shop}#{hash}    BAR            the product with this title and this barcode
MIN#{migration}      {id}           what came in by a migration: what a rollback goes over
STK#{run}            {id}           what orders says of the stock of what a rollback takes out, from this on
SHP#{shop}           OLD#{id}       how a member, the shop's record, a qualification or a merged product came
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from services.catalog.migrations.migration import OVER, Migration
from services.catalog.migrations.old_shop import OldShop
from services.catalog.migrations.plan import SEED, Plan, Planned
from services.catalog.migrations.told_row import ToldRow
from services.catalog.products.product import Copy
from services.catalog.shops.contact import VAULT
from services.catalog.tables import STORE, CatalogRow, LinkRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Transaction, get, query, read, ttl

_PLANS = "MPL"
_CALENDARS, _MOVES = "CALENDARS", "MOVES"
DUE_AT_ONCE = 200
_PLAN = Document(Plan)


def plan_of(source: Planned) -> Plan:
    """The source's plan as it is now: one read."""
    return _found(get(CatalogRow, _PLANS, source)) or SEED[source]


def all_plans() -> list[Plan]:
    """Every source's plan: one read."""
    rows: Sequence[CatalogRow | None] = read([(CatalogRow, _PLANS, source) for source in SEED])
    return [_found(row) or shipped for row, shipped in zip(rows, SEED.values(), strict=True)]


def check_plan(tx: Transaction, plan: Plan) -> None:
    """The plan still is as it was read."""
    same = CatalogRow.version == plan.version if plan.version else CatalogRow.pk.does_not_exist()
    tx.check(CatalogRow, _PLANS, plan.source, same, "plan")


def save_plan(tx: Transaction, plan: Plan) -> None:
    """Put the plan, if it still is at the version before this one, and the edit into its history."""
    doc = _PLAN.dump_json(plan).decode()
    was = CatalogRow.version == plan.version - 1 if plan.version > 1 else CatalogRow.pk.does_not_exist()
    tx.put(CatalogRow(_PLANS, plan.source, version=plan.version, doc=doc), was, "plan")
    tx.create(CatalogRow(f"MPH#{plan.source}", f"{plan.version:09d}", doc=doc))


def plans_before(source: Planned, limit: int, before: str | None) -> list[tuple[str, Plan]]:
    """A source's plans after each edit, with their places, newest first: one read."""
    rows = query(CatalogRow, f"MPH#{source}", limit=limit, after=before, newest_first=True)
    return [(row.sk, _PLAN.validate_json(row.doc)) for row in rows if row.doc]


def _found(row: CatalogRow | None) -> Plan | None:
    return None if row is None or row.doc is None else _PLAN.validate_json(row.doc)


# ------------------------------------------------------------------------------------------------ legacy shops


def add_legacy_shop(tx: Transaction, source: Planned, shop_id: str) -> None:
    """The shop lives by this source's plan."""
    tx.put(LinkRow(f"LEG#{source}", f"SHP#{shop_id}", target=shop_id))


def legacy_shops(source: Planned, limit: int, after: str | None) -> list[str]:
    """The source's shops, from the one after ``after``: one consistent read."""
    rows = query(LinkRow, f"LEG#{source}", limit=limit, after=after and f"SHP#{after}")
    return [row.target for row in rows]


def save_due(tx: Transaction, shop_id: str, due_at: datetime | None) -> None:
    """Look at the shop's calendar then; at no time with None."""
    tx.save_due(f"CALENDAR#{shop_id}", "DUE", _CALENDARS, due_at)


def due_calendars(now: datetime) -> list[str]:
    """Legacy shops to which time has something to do; candidates only."""
    return [pk.partition("#")[2] for pk, _ in STORE.list_due(_CALENDARS, now, DUE_AT_ONCE)]


# -------------------------------------------------------------------------------------------------- migrations

_MIGRATION = Document(Migration)


def find_migration(migration_id: str) -> Migration | None:
    """The migration with this id."""
    row = get(CatalogRow, f"MIG#{migration_id}", "MIGRATION")
    return None if row is None or row.doc is None else _MIGRATION.validate_json(row.doc)


def save_migration(tx: Transaction, migration: Migration) -> None:
    """Put it, if it still is at the version before this one (or does not exist, at version 1)."""
    row = CatalogRow(f"MIG#{migration.migration_id}", "MIGRATION", version=migration.version)
    row.doc = _MIGRATION.dump_json(migration, exclude_defaults=True).decode()
    was = CatalogRow.version == migration.version - 1 if migration.version > 1 else CatalogRow.pk.does_not_exist()
    tx.put(row, was, "migration")


def check_migration(tx: Transaction, migration: Migration) -> None:
    """It still is as it was read."""
    same = CatalogRow.version == migration.version
    tx.check(CatalogRow, f"MIG#{migration.migration_id}", "MIGRATION", same, "migration")


def add_migration(tx: Transaction, migration: Migration) -> None:
    """A new one, in its shop's list."""
    save_migration(tx, migration)
    shop_id, ident = migration.shop_id, migration.migration_id
    tx.put(LinkRow(f"SHP#{shop_id}", f"MIG#{ident}", target=ident))


_OLD_SHOP = Document(OldShop)


def find_old_shop(source: str, old_shop_id: str) -> OldShop:
    """Who has an old shop."""
    row = get(CatalogRow, f"OLS#{source}#{old_shop_id}", "SHOP")
    return OldShop() if row is None or row.doc is None else _OLD_SHOP.validate_json(row.doc)


def find_old_shops(sources: Sequence[Planned], old_shop_id: str) -> dict[Planned, OldShop]:
    """Who has the old shops that had this id in these systems, of those that somebody has: one read."""
    rows = read([(CatalogRow, f"OLS#{source}#{old_shop_id}", "SHOP") for source in sources])
    found = {one: _OLD_SHOP.validate_json(row.doc) for one, row in zip(sources, rows, strict=True) if row and row.doc}
    return {source: one for source, one in found.items() if one.migrations}


def save_old_shop(tx: Transaction, of: Migration, held: OldShop) -> None:
    """Put who has it, if that still is at the version before. A row that nobody holds stays, so that versions grow."""
    row = CatalogRow(f"OLS#{of.source}#{of.old_shop_id}", "SHOP", version=held.version)
    row.doc = _OLD_SHOP.dump_json(held, exclude_defaults=True).decode()
    same = CatalogRow.version == held.version - 1 if held.version > 1 else CatalogRow.pk.does_not_exist()
    tx.put(row, same, "old shop")


def note_waiting(tx: Transaction, migration: Migration) -> None:
    """The platform finds it as long as it waits for its word."""
    row = LinkRow("MWT", migration.migration_id, target=migration.shop_id)
    if migration.ownership == "waiting" and migration.state not in OVER:
        tx.put(row)
    else:
        tx.delete(row)


def waiting_migrations(limit: int, after: str | None) -> list[Migration]:
    """Those that wait for the platform's word, oldest first, from the one after ``after``: two reads."""
    links = query(LinkRow, "MWT", limit=limit, after=after)
    rows = read([(CatalogRow, f"MIG#{link.sk}", "MIGRATION") for link in links]) if links else []
    return [_MIGRATION.validate_json(row.doc) for row in rows if row and row.doc]


def migrations_of(shop_id: str, limit: int, after: str | None) -> list[Migration]:
    """A shop's migrations, newest first, from the one after ``after``: two reads."""
    after = after and f"MIG#{after}"
    links = query(LinkRow, f"SHP#{shop_id}", prefix="MIG#", limit=limit, after=after, newest_first=True)
    rows = read([(CatalogRow, f"MIG#{link.target}", "MIGRATION") for link in links]) if links else []
    return [_MIGRATION.validate_json(row.doc) for row in rows if row and row.doc]


def save_move_due(tx: Transaction, migration_id: str, due_at: datetime | None) -> None:
    """Look then whether the move is over; at no time with None."""
    tx.save_due(f"MOVE#{migration_id}", "DUE", _MOVES, due_at)


def due_moves(now: datetime) -> list[str]:
    """Migrations that may be over; candidates only."""
    return [pk.partition("#")[2] for pk, _ in STORE.list_due(_MOVES, now, DUE_AT_ONCE)]


# ------------------------------------------------------------------------------------------------ what came in

MAX_ASIDE = 200_000
KEPT = timedelta(days=90)
Key = tuple[type[CatalogRow], str, str]


@dataclass(frozen=True)
class Origin:
    """Where a product came from. ``copy``: the digest of what it said then; ``listed``: whether it came on sale;
    ``barcodes``: the hashes under which it is found; ``skus``: its styles' old ids; ``out``: a rollback has taken it
    out."""

    migration_id: str
    source: str
    old_shop_id: str
    old_id: str
    copy: str
    listed: bool
    barcodes: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    out: bool = False
    aside: Mapping[str, Any] = field(default_factory=dict)


_ORIGIN = Document(Origin)
_COPY = Document(Copy)


class AsideTooLarge(Invalid):
    slug, title = "aside-too-large", "What of the record has no place here is too large to be kept"


def digest(copy: Copy) -> str:
    """What tells a copy from an edited one."""
    return hashlib.sha256(_COPY.dump_json(copy)).hexdigest()


def bar_hash(title: str, barcode: str) -> str:
    """By which products of one title and barcode are found."""
    return hashlib.sha256(f"{title.casefold()}\n{barcode}".encode()).hexdigest()[:40]


def origin_key(product_id: str) -> Key:
    """Where it stands where a product came from."""
    return CatalogRow, f"PRD#{product_id}", "ORIGIN"


def origin_of(row: CatalogRow | None) -> Origin | None:
    """The origin inside a row."""
    return None if row is None or row.doc is None else _ORIGIN.validate_json(row.doc)


def save_origin(tx: Transaction, product_id: str, origin: Origin) -> None:
    """Put where the product came from. Raises AsideTooLarge."""
    doc = _ORIGIN.dump_json(origin, exclude_defaults=True).decode()
    if len(doc.encode()) > MAX_ASIDE:
        raise AsideTooLarge()
    tx.put(CatalogRow(*origin_key(product_id)[1:], doc=doc))


@dataclass(frozen=True)
class Brought:
    """How something came in that has no row of its own for that: ``came`` says what was made of it, ``times`` how
    often; ``out``: a rollback has taken it out; ``aside``: what has no place here, sealed for who asked for the
    migration."""

    migration_id: str
    old_id: str
    came: Mapping[str, str]
    times: int = 1
    out: bool = False
    aside: str = ""


_BROUGHT = Document(Brought)
_TOLD = Document(ToldRow)


def find_brought(shop_id: str, ident: str) -> Brought | None:
    """How the thing with this id came into the shop."""
    row = get(CatalogRow, f"SHP#{shop_id}", f"OLD#{ident}")
    return None if row is None or row.doc is None else _BROUGHT.validate_json(row.doc)


def save_brought(tx: Transaction, shop_id: str, ident: str, brought: Brought) -> None:
    """Put how it came."""
    doc = _BROUGHT.dump_json(brought, exclude_defaults=True).decode()
    tx.put(CatalogRow(f"SHP#{shop_id}", f"OLD#{ident}", doc=doc))


def sealed_aside(migration: Migration, aside: Mapping[str, Any]) -> str:
    """What of a record has no place here, sealed; nothing in a dry run, which keeps nothing. Raises AsideTooLarge."""
    text = json.dumps(aside, ensure_ascii=False)
    if len(text.encode()) > MAX_ASIDE:
        raise AsideTooLarge()
    return VAULT.seal(migration.person, text) if aside and migration.mode != "dry" else ""


def claim_key(run: str, kind: str, ident: str) -> Key:
    """Where it stands which record of a run has an id."""
    return LinkRow, f"MRU#{run}", f"{kind}#{ident}"


def claim(tx: Transaction, run: str, kind: str, ident: str, place: str) -> None:
    """This record of the run has this id; refused as ``claim`` when another one has it."""
    row = LinkRow(*claim_key(run, kind, ident)[1:], target=place, ttl=ttl(tx.now + KEPT))
    tx.put(row, LinkRow.pk.does_not_exist() | (LinkRow.target == place), "claim")


def bar_key(shop_id: str, hashed: str) -> Key:
    """Where it stands which product has this title and barcode."""
    return LinkRow, f"BAR#{shop_id}#{hashed}", "BAR"


def old_key(kind: str, old_id: str, source: str, old_shop_id: str) -> Key:
    """Where it stands what an old id names."""
    return LinkRow, f"OLD#{kind}#{old_id}", f"{source}#{old_shop_id}"


def resolve(tx: Transaction, kind: str, old_id: str, source: str, old_shop_id: str, target: str) -> None:
    """From now on the old id names this."""
    tx.put(LinkRow(*old_key(kind, old_id, source, old_shop_id)[1:], target=target))


def named_by(kind: str, old_id: str, prefix: str, limit: int) -> Sequence[LinkRow]:
    """What an old id names, in the shops whose ``{source}#{old shop}`` begins so: one consistent read."""
    return query(LinkRow, f"OLD#{kind}#{old_id}", prefix=prefix, limit=limit)


def into_key(product_id: str) -> Key:
    """Where it stands into which product this one was merged."""
    return LinkRow, f"PRD#{product_id}", "INTO"


def into(product_id: str) -> str | None:
    """The product that this one was merged into."""
    row = get(LinkRow, *into_key(product_id)[1:])
    return row.target if row else None


def came(tx: Transaction, migration_id: str, ident: str, what: str) -> None:
    """This came in by the migration. ``what``: product, group, or alias of a merged one, or gone."""
    tx.put(LinkRow(f"MIN#{migration_id}", ident, target=what))


def came_in(migration_id: str, limit: int, after: str | None) -> list[LinkRow]:
    """What came in by a migration, by id: one consistent read."""
    return query(LinkRow, f"MIN#{migration_id}", limit=limit, after=after)


def tell(tx: Transaction, migration: Migration, row: ToldRow, run: int | None = None) -> None:
    """Of this record its merchant should know; said twice it is one row. ``run``: the migration's own without it."""
    of = f"MRF#{migration.migration_id}#{run or migration.run}"
    said = CatalogRow(of, f"{row.file:03d}#{row.line:09d}", doc=_TOLD.dump_json(row).decode(), ttl=ttl(tx.now + KEPT))
    tx.put(said)


def told_of(migration_id: str, run: int, limit: int, after: str | None) -> list[tuple[str, ToldRow]]:
    """Records of a run of which its merchant should know, with their places, in file order: one read."""
    rows = query(CatalogRow, f"MRF#{migration_id}#{run}", limit=limit, after=after)
    return [(row.sk, _TOLD.validate_json(row.doc)) for row in rows if row.doc]


class Asked(NamedTuple):
    """What was asked about the stock of what came in, up to this id; ``why``: by orders' answer, why each of these
    products stays; None while there is none."""

    upto: str
    why: dict[str, str] | None


def find_asked(migration_id: str, run: int, part: str) -> Asked | None:
    """What a run has asked about what came in from this id on: one read."""
    row = get(CatalogRow, f"STK#{migration_id}#{run}", part)
    return None if row is None or row.doc is None else Asked(**json.loads(row.doc))


def ask_stock(tx: Transaction, migration_id: str, run: int, part: str, asked: Asked) -> None:
    """It was asked, once: the action ``asked`` fails when it was."""
    tx.create(_asked(tx, migration_id, run, part, asked), "asked")


def answer_stock(tx: Transaction, migration_id: str, run: int, part: str, asked: Asked) -> None:
    """It was answered. May be repeated."""
    tx.put(_asked(tx, migration_id, run, part, asked))


def _asked(tx: Transaction, migration_id: str, run: int, part: str, asked: Asked) -> CatalogRow:
    doc = json.dumps(asked._asdict())
    return CatalogRow(f"STK#{migration_id}#{run}", part, doc=doc, ttl=ttl(tx.now + KEPT))


class Heir(NamedTuple):
    """An old product that was merged into one here: the id that it would have, and the migration that has led it."""

    product_id: str
    migration_id: str


class Heirs(NamedTuple):
    """All that were merged into a product, in their order; whoever takes it out hands it on to one of them."""

    all: tuple[Heir, ...] = ()
    version: int = 0


def heirs_key(product_id: str) -> Key:
    """Where it stands what was merged into a product."""
    return CatalogRow, f"PRD#{product_id}", "HEIRS"


def heirs_of(row: CatalogRow | None) -> Heirs:
    """The heirs inside a row."""
    found = [] if row is None or row.doc is None else json.loads(row.doc)
    return Heirs(tuple(Heir(*one) for one in found), int(row.version or 0) if row else 0)


def save_heirs(tx: Transaction, product_id: str, before: Heirs, after: Iterable[Heir]) -> None:
    """Put them, if they still are as they were read: a merge and a rollback of one product meet here."""
    row = CatalogRow(*heirs_key(product_id)[1:], version=before.version + 1, doc=json.dumps(list(after)))
    same = CatalogRow.version == before.version if before.version else CatalogRow.pk.does_not_exist()
    tx.put(row, same, "heirs")


def check_heirs(tx: Transaction, product_id: str, heirs: Heirs) -> None:
    """They still are as they were read."""
    same = CatalogRow.version == heirs.version if heirs.version else CatalogRow.pk.does_not_exist()
    tx.check(*heirs_key(product_id), same, "heirs")


def merge(tx: Transaction, product_id: str, target: str) -> None:
    """Who asks for this product gets that one."""
    tx.put(LinkRow(f"PRD#{product_id}", "INTO", target=target))


def unmerge(tx: Transaction, product_id: str) -> None:
    """Nobody is led from it any more."""
    tx.delete(LinkRow(f"PRD#{product_id}", "INTO"))


def unresolve(tx: Transaction, kind: str, old_id: str, source: str, old_shop_id: str) -> None:
    """The old id names nothing any more."""
    tx.delete(LinkRow(*old_key(kind, old_id, source, old_shop_id)[1:]))


def take_bars(tx: Transaction, shop_id: str, hashes: Sequence[str], product_id: str) -> None:
    """By these titles and barcodes it is found."""
    for hashed in hashes:
        tx.put(LinkRow(*bar_key(shop_id, hashed)[1:], target=product_id))


def free_bars(tx: Transaction, shop_id: str, hashes: Sequence[str]) -> None:
    """By these titles and barcodes nothing is found any more."""
    for hashed in hashes:
        tx.delete(LinkRow(*bar_key(shop_id, hashed)[1:]))
