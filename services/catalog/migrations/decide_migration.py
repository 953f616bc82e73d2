"""The platform says whether a shop may take an old one: whoever asked is told (M2)."""

from datetime import datetime

from services.catalog.migrations.conduct import migration_named, write_migration
from services.catalog.migrations.migration import Decision
from services.shared.contracts.migration import MigrationDecided
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Begin


def decide_migration(
    migration_id: str, decision: Decision, reason: str, by: str, *, begin: Begin, now: datetime
) -> None:
    """Confirmed, it may be started; and what comes into the same shop later needs no other word. Refused, it stays with
    a dry run, and the old shop is free. The same word again changes nothing.

    Raises NotFound, Invalid for a refusal without a reason, IllegalTransition, OldShopTaken.
    """
    if decision == "reject" and not reason:
        raise Invalid("reason: say why", errors=[{"at": "reason", "why": "needed for a refusal"}])
    migration = migration_named(migration_id)
    after = migration.decide(decision, reason, by, now)
    if after is migration:
        return
    tx = begin()
    write_migration(tx, migration, after)
    said = MigrationDecided(
        migration_id=migration_id,
        shop_id=after.shop_id,
        source=after.source,
        old_shop_id=after.old_shop_id,
        decision=decision,
        reason=reason,
    )
    tx.emit(said, subject=migration_id, sequence=after.version, shop=after.shop_id)
    tx.commit()
