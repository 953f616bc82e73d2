"""A move that can be rolled back no more is done (M3): its source is done with, and its merchant had time to look.

What nobody has gone on with for a long time is over, too, as its files are people's data: one of which nothing is in is
withdrawn, and of a move that did not end what came stays.
"""

from datetime import datetime, timedelta

from services.catalog.migrations.conduct import migration_named, write_migration
from services.catalog.migrations.migration import IDLE, OVER, Migration
from services.catalog.migrations.plan import SEED
from services.catalog.migrations.tables import check_migration, due_moves, plan_of, save_move_due
from services.catalog.sweep_each import sweep_each
from services.shared.plumbing.tables import Begin

ROLLBACK = timedelta(days=30)  # for sources without a plan
AGAIN = timedelta(hours=1)  # for one that has run again meanwhile


def ends_at(migration: Migration) -> datetime:
    """From when on it cannot be rolled back, or is idle."""
    idle = migration.updated_at + IDLE
    if not migration.inside:
        return idle
    planned = next((one for one in SEED if one == migration.source), None)
    plan = plan_of(planned) if planned else None
    if migration.state == "ended" and migration.moved_at:
        over = migration.moved_at + (timedelta(days=plan.rollback_days) if plan else ROLLBACK)
    else:
        over = idle
    return max(plan.step("done").at, over) if plan else over


def sweep_moves(begin: Begin, now: datetime) -> int:
    """End what is over; returns how many were looked at."""
    return sweep_each(
        due_moves(now), lambda one: end_migration(one, begin=begin, now=now), "move_not_ended", "migration_id"
    )


def end_migration(migration_id: str, *, begin: Begin, now: datetime) -> None:
    """Done or withdrawn, if nothing of it runs; else it is looked at again when that may be. Its plan's dates may have
    moved."""
    migration, tx = migration_named(migration_id), begin()
    at = ends_at(migration)
    ended = migration.end(now) if at <= now else migration
    if ended is migration:
        check_migration(tx, migration)  # who moves it on at this moment says when to look, too
    else:
        write_migration(tx, migration, ended)
    save_move_due(tx, migration_id, None if ended.state in OVER else max(at, now + AGAIN))
    tx.commit()
