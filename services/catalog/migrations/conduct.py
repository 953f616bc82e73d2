"""Do something with a migration: a dry run, the move, a pause, a rollback (M3). Everybody concerned hears of it."""

from datetime import datetime
from typing import Final

from services.catalog.migrations.migration import READS, Migration
from services.catalog.migrations.tables import find_migration, save_migration, save_move_due
from services.catalog.tables import STORE
from services.shared.contracts.migration import MigrationChanged, MigrationFile, MigrationRunEnded
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import jobs
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction

MIGRATE: Final = "migration"


def migration_named(migration_id: str) -> Migration:
    """The migration. Raises NotFound."""
    found = find_migration(migration_id)
    if found is None:
        raise NotFound()
    return found


def conduct(migration_id: str, what: str, by: str, *, begin: Begin, now: datetime) -> None:
    """``what``: dry-run, start, pause, resume or rollback. What stands already may be said again. Raises NotFound,
    IllegalTransition."""
    migration = migration_named(migration_id)
    after = migration.do(what, by, now)
    if after is migration:
        return
    tx = begin()
    write_migration(tx, migration, after)
    if "catalog" in after.parts and after.parts["catalog"].state == "running":
        if after.run > migration.run:
            jobs.start(tx, job_id(after), MIGRATE, {"migration_id": migration_id, "run": after.run})
        elif what == "resume":
            _wake(tx, job_id(after))
    tx.commit({"migration_id": migration_id})


def write_migration(tx: Transaction, before: Migration, after: Migration) -> None:
    """Save it and say how it is meant to go on, and that a run has ended, in the caller's transaction."""
    save_migration(tx, after)
    ident = after.migration_id
    if after.moved_at != before.moved_at:
        save_move_due(tx, ident, after.moved_at)  # the sweep knows when it may be over
    if (before.run, before.state) != (after.run, after.state):
        said = MigrationChanged(
            migration_id=ident,
            shop_id=after.shop_id,
            source=after.source,
            old_shop_id=after.old_shop_id,
            person=after.person,
            run=after.run,
            mode=after.mode,
            state=after.state,
            files=[
                MigrationFile(
                    number=one.number, kind=one.kind, format=one.format, upload_id=one.upload_id, name=one.name
                )
                for one in after.files
                if one.kind != "shop" and READS[one.kind] != "catalog"  # catalog's own are nobody else's concern
            ],
        )
        tx.emit(said, subject=ident, sequence=after.version, shop=after.shop_id)
    if after.state in ("ended", "failed") and (before.run, before.state) != (after.run, after.state):
        assert after.mode != "none"
        ended = MigrationRunEnded(
            migration_id=ident,
            shop_id=after.shop_id,
            source=after.source,
            mode=after.mode,
            moved=after.total("moved"),
            unchanged=after.total("unchanged"),
            refused=after.total("refused"),
            taken_out=after.total("taken_out"),
            kept=after.total("kept"),
            why=after.why,
        )
        tx.emit(ended, subject=ident, sequence=after.version, shop=after.shop_id)


def job_id(migration: Migration) -> str:
    """Of catalog's part of the current run."""
    return f"{migration.migration_id}-{migration.run}"


def _wake(tx: Transaction, job: str) -> None:
    """The next step comes now, and not with the schedule; if it is there already, this one is late and does nothing."""
    known = jobs.job_of(STORE, job)
    if known and known.state == "running":
        tx.emit(JobStepDue(job_id=job, step=known.step), subject=job, sequence=known.step)
