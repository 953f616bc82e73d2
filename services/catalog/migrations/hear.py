"""Catalog hears how far orders has come with its part of a migration (M2, M3)."""

from services.catalog.migrations.conduct import write_migration
from services.catalog.migrations.migration import Count, Part
from services.catalog.migrations.tables import find_migration, tell
from services.catalog.migrations.told_row import FileKind, ToldRow
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.migration import MigrationProgressed, MigrationRowsTold
from services.shared.plumbing.tables import Begin

MOST = 99  # of a transaction, with the mark of the event


def on_progressed(envelope: Envelope, begin: Begin) -> None:
    """Keep orders' counts of the current run, unless newer ones are kept; a run may end with them."""
    said = envelope.open(MigrationProgressed)
    migration = find_migration(said.migration_id)
    if migration is None:
        return
    counts: dict[FileKind, Count] = {one.kind: Count(**one.model_dump(exclude={"kind"})) for one in said.counts}
    tx = begin()
    after = migration.progressed("orders", said.run, Part(said.state, said.why, counts, envelope.sequence), tx.now)
    if after is not migration:
        write_migration(tx, migration, after)
        tx.commit()


def on_rows_told(envelope: Envelope, begin: Begin) -> None:
    """Keep the records of orders' files of which the merchant should know."""
    said = envelope.open(MigrationRowsTold)
    migration = find_migration(said.migration_id)
    if migration is None:
        return
    tx = begin()
    for row in {(one.file, one.line): one for one in said.rows[:MOST]}.values():
        tell(tx, migration, ToldRow(**row.model_dump()), said.run)
    tx.commit()
