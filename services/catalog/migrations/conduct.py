"""Do something with a migration: a dry run, the move, a pause, a rollback (M3). Everybody concerned hears of it."""

from datetime import datetime
from typing import Final

from services.catalog.migrations.hold_old_shop import hold, release
from services.catalog.migrations.migration import OVER, READS, Migration
from services.catalog.migrations.tables import find_migration, note_waiting, save_migration, save_move_due
from services.catalog.shops.shop import CLOSED
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import STORE, check_shop
from services.shared.contracts.migration import MigrationChanged, MigrationFile, MigrationRunEnded
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import files, jobs
from services.shared.plumbing.problems import Conflict, NotFound
from services.shared.plumbing.tables import Begin, Transaction

MIGRATE: Final = "migration"
INTO_THE_SHOP = frozenset({"dry-run", "start", "resume"})


class ShopIsClosed(Conflict):
    slug, title = "shop-is-closed", "The shop is closed: nothing moves into it any more"


def migration_named(migration_id: str) -> Migration:
    """The migration. Raises NotFound."""
    found = find_migration(migration_id)
    if found is None:
        raise NotFound()
    return found


def conduct(migration_id: str, what: str, by: str, *, begin: Begin, now: datetime) -> None:
    """``what``: dry-run, start, pause, resume, rollback or withdraw. What stands already may be said again. Raises
    NotFound, IllegalTransition, OldShopUnconfirmed, OldShopTaken, ShopIsClosed."""
    migration = migration_named(migration_id)
    after = migration.do(what, by, now)
    if after is migration:
        return
    tx = begin()
    if what in INTO_THE_SHOP:
        shop = shop_named(migration.shop_id)
        if shop.status in CLOSED:
            raise ShopIsClosed()
        check_shop(tx, shop)  # whoever closes it at this moment comes before, or stops what has begun
    write_migration(tx, migration, after)
    if "catalog" in after.parts and after.parts["catalog"].state == "running":
        if after.run > migration.run:
            jobs.start(tx, job_id(after), MIGRATE, {"migration_id": migration_id, "run": after.run})
        elif what == "resume":
            wake(tx, job_id(after))
    tx.commit({"migration_id": migration_id})


def write_migration(tx: Transaction, before: Migration, after: Migration) -> None:
    """Save it with what follows for its old shop and its files, and say how it is meant to go on, and that a run has
    ended, in the caller's transaction. Raises OldShopTaken."""
    save_migration(tx, after)
    ident = after.migration_id
    _follow(tx, before, after)
    if (before.run, before.state) == (after.run, after.state):
        return
    tx.emit(_meant(after), subject=ident, sequence=after.version, shop=after.shop_id)
    if after.state in ("ended", "failed"):
        tx.emit(_ended(after), subject=ident, sequence=after.version, shop=after.shop_id)


def _follow(tx: Transaction, before: Migration, after: Migration) -> None:
    """Take the old shop or free it, say whether it waits for the platform and when to look at it again, and let go of
    its files when it is over."""
    if after.holds and not before.holds:
        hold(tx, after)
    elif before.holds and not after.holds:
        release(tx, after)
    over = after.state in OVER and before.state not in OVER
    if over or before.ownership != after.ownership:
        note_waiting(tx, after)
    if (after.moved_at, after.inside) != (before.moved_at, before.inside):
        save_move_due(tx, after.migration_id, after.moved_at or tx.now)  # the sweep knows when it may be over
    for one in after.files if over else ():
        if READS[one.kind] == "catalog":
            files.let_go(tx, one.upload_id)


def _meant(one: Migration) -> MigrationChanged:
    """What is withdrawn is ``done`` for others: nothing runs any more, and nobody needs its files."""
    return MigrationChanged(
        migration_id=one.migration_id,
        shop_id=one.shop_id,
        source=one.source,
        old_shop_id=one.old_shop_id,
        person=one.person,
        run=one.run,
        mode=one.mode,
        state="done" if one.state == "withdrawn" else one.state,
        files=[
            MigrationFile(
                number=file.number, kind=file.kind, format=file.format, upload_id=file.upload_id, name=file.name
            )
            for file in one.files
            if file.kind != "shop" and READS[file.kind] != "catalog"  # catalog's own are nobody else's concern
        ],
    )


def _ended(one: Migration) -> MigrationRunEnded:
    assert one.mode != "none"
    return MigrationRunEnded(
        migration_id=one.migration_id,
        shop_id=one.shop_id,
        source=one.source,
        mode=one.mode,
        moved=one.total("moved"),
        unchanged=one.total("unchanged"),
        refused=one.total("refused"),
        taken_out=one.total("taken_out"),
        kept=one.total("kept"),
        why=one.why,
    )


def job_id(migration: Migration) -> str:
    """Of catalog's part of the current run."""
    return f"{migration.migration_id}-{migration.run}"


def wake(tx: Transaction, job: str) -> None:
    """The next step comes now, and not with the schedule; if it is there already, this one is late and does nothing."""
    known = jobs.job_of(STORE, job)
    if known and known.state == "running":
        tx.emit(JobStepDue(job_id=job, step=known.step), subject=job, sequence=known.step)
