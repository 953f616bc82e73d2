"""Ask for a migration: an old shop's files, and the shop here that they come into (M2).

Anybody may name any old shop, so where others rely on whose it is the platform has the last word (decide_migration.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.catalog.categories import tree
from services.catalog.imports.start_import import UNSORTED
from services.catalog.migrations.calendar import Legacy, next_at
from services.catalog.migrations.hold_old_shop import held_by, hold
from services.catalog.migrations.messages import AskFile, AskMigration, OpenLegacyShop
from services.catalog.migrations.migration import DEFAULT_FORMAT, IDLE, PURPOSE, READS, File, Migration
from services.catalog.migrations.plan import SEED, Planned, Source
from services.catalog.migrations.tables import (
    add_legacy_shop,
    add_migration,
    check_plan,
    note_waiting,
    plan_of,
    save_due,
    save_move_due,
)
from services.catalog.rules.tables import brand_words
from services.catalog.shops.open_shop import add_shop
from services.catalog.shops.shop import CLOSED, Shop, new_shop
from services.catalog.shops.shop_record import shop_named
from services.catalog.shops.template import TEMPLATES
from services.catalog.tables import STORE
from services.shared.plumbing import files
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.tables import Begin, Refused, Transaction


def ask_migration(
    asked: AskMigration,
    person: str,
    contact: str,
    *,
    platform: bool = False,
    begin: Begin,
    now: datetime,
    new_id: NewId,
) -> str:
    """Note what is to come in, and where it is to come from; nothing has moved yet. Returns the migration's id.

    ``contact`` is the sealed one of a shop that is opened for it: a legacy shop, at its place in its source's calendar.
    What the ``platform`` asks for itself needs no further word, nor what comes from a shop that it has confirmed.
    Raises NotFound, UploadMissing, Invalid, OldShopTaken, NameTaken, BrandCertificateNeeded.
    """
    for category_id in {asked.default_category_id or UNSORTED, *asked.categories.values()}:
        tree().leaf(category_id)
    shop = _opened(asked.shop, asked.source, person, contact, now, new_id) if asked.shop else None
    if shop is None and shop_named(asked.shop_id or "").status in CLOSED:
        raise NotFound()
    migration = Migration(
        migration_id=new_id("mig"),
        shop_id=shop.shop_id if shop else asked.shop_id or "",
        source=asked.source,
        old_shop_id=asked.old_shop_id,
        person=person,
        files=_files(asked.files, person),
        category_id=asked.default_category_id or UNSORTED,
        categories=asked.categories,
        put_on_sale=asked.put_on_sale,
        columns=dict[str, str](asked.columns.items()),
        created_at=now,
        updated_at=now,
    )
    migration = _owned(migration, platform=platform)
    tx = begin()
    _note(tx, migration)
    if shop:
        _open(tx, shop)
    try:
        tx.commit({"migration_id": migration.migration_id})
    except Refused as refusal:
        if "upload" in refusal.names:
            raise files.UploadMissing("Another migration reads this upload; send the file once more") from refusal
        raise
    return migration.migration_id


def _note(tx: Transaction, migration: Migration) -> None:
    add_migration(tx, migration)
    save_move_due(tx, migration.migration_id, tx.now + IDLE)
    if migration.holds:
        hold(tx, migration)
    else:
        note_waiting(tx, migration)
    for one in migration.files:
        if one.key:
            files.keep(tx, one.upload_id, migration.migration_id)


def _owned(migration: Migration, *, platform: bool) -> Migration:
    """With what is known of whose the old shop is. Raises OldShopTaken."""
    found = held_by(migration)
    if not migration.relied_on:
        return replace(migration, holds=True)
    confirmed = platform or found.confirmed
    return replace(migration, ownership="confirmed" if confirmed else "waiting", holds=confirmed)


def _opened(asked: OpenLegacyShop, source: Source, person: str, contact: str, now: datetime, new_id: NewId) -> Shop:
    planned: Planned | None = next((one for one in SEED if one == source), None)
    if planned is None:
        raise Invalid("shop: open a shop first, only an old system's own shops are opened by their migration")
    brand_words().check(asked.name, certified=())
    phase = plan_of(planned).phase_at(now)
    shop = new_shop(
        shop_id=new_id("shp"),
        owner=person,
        name=asked.name,
        subject_type="individual_business",
        contact=contact,
        template=TEMPLATES["general"],
        submit=True,
        now=now,
    )
    # Whoever owned the old one: a private person, too, whom nobody else may open a shop for.
    return replace(shop, subject_type=asked.subject_type, legacy=Legacy(planned, phase, now if phase else None))


def _open(tx: Transaction, shop: Shop) -> None:
    assert shop.legacy is not None
    add_shop(tx, shop)
    add_legacy_shop(tx, shop.legacy.source, shop.shop_id)
    private, plan = shop.subject_type == "person", plan_of(shop.legacy.source)
    check_plan(tx, plan)  # the job of an edit that comes now has not seen this shop
    save_due(tx, shop.shop_id, next_at(shop.legacy, plan, private=private))


def _files(asked: Sequence[AskFile], person: str) -> tuple[File, ...]:
    """Catalog's own are there, and read when they are moved; what others read, they look at themselves."""
    own = [one.upload_id for one in asked if READS[one.kind] == "catalog"]
    if len(set(own)) < len(own):
        raise Invalid("files: two of them are the same upload")
    found = []
    for number, one in enumerate(asked, start=1):
        ours = READS[one.kind] == "catalog"
        key, size = files.arrived(STORE, one.upload_id, person, PURPOSE) if ours else ("", 0)
        form = one.format or DEFAULT_FORMAT.get(one.kind, "wechat")
        found.append(File(number, one.kind, form, one.upload_id, one.name, key, size))
    return tuple(found)
