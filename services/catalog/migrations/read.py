"""A migration as its owner and the platform see it: all services' counts, what was refused, what is left (M2, M3)."""

from dataclasses import replace
from datetime import datetime

from services.catalog.imports.tables import rows_of
from services.catalog.migrations.conduct import job_id, migration_named
from services.catalog.migrations.messages import (
    ListMigrations,
    MigrationRowView,
    MigrationView,
    PlanView,
    RefusalView,
)
from services.catalog.migrations.migration import Migration
from services.catalog.migrations.plan import SEED, Planned
from services.catalog.migrations.run_migration import part_of
from services.catalog.migrations.tables import migrations_of, plans_before, told_of, waiting_migrations
from services.catalog.tables import STORE
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.jobs import job_of
from services.shared.plumbing.problems import NotFound


def as_of_now(migration: Migration, now: datetime) -> Migration:
    """With how far catalog's own job is at this moment: one read while it runs."""
    part = migration.parts.get("catalog")
    job = job_of(STORE, job_id(migration)) if part and part.state == "running" else None
    if job is None:
        return migration
    seconds = (now - migration.began_at).total_seconds() if migration.began_at else 0.0
    return replace(migration, parts={**migration.parts, "catalog": part_of(migration, job, seconds)})


def migration_view(migration_id: str, now: datetime) -> MigrationView:
    """The migration: two reads. Raises NotFound."""
    return MigrationView.of(as_of_now(migration_named(migration_id), now))


def migrations(query: ListMigrations) -> Page[MigrationView]:
    """A shop's migrations, newest first, or those that wait for the platform, oldest first: two reads.

    Raises CursorInvalid.
    """
    listing = f"migrations of {query.shop_id}" if query.shop_id else "migrations that wait"
    after = (cursors.read(listing, query.cursor) or {"after": None})["after"]
    limit = query.limit + 1
    found = migrations_of(query.shop_id, limit, after) if query.shop_id else waiting_migrations(limit, after)
    page = found[: query.limit]
    more = cursors.sign(listing, {"after": page[-1].migration_id}) if len(found) > query.limit else None
    return Page(items=[MigrationView.of(one) for one in page], next_cursor=more)


def rows(migration_id: str, run: int | None, file: int, limit: int, cursor: str | None) -> Page[MigrationRowView]:
    """What became of each record of one of catalog's files, in file order: two reads. Raises NotFound."""
    of = f"{migration_id}#{run or migration_named(migration_id).run}#{file}"
    listing = f"rows of {of}"
    after = (cursors.read(listing, cursor) or {"after": 0})["after"]
    found = rows_of(of, limit + 1, after)
    page = found[:limit]
    more = cursors.sign(listing, {"after": int(page[-1].lines[0])}) if len(found) > limit else None
    return Page(items=[MigrationRowView.of(file, one) for one in page], next_cursor=more)


def refusals(migration_id: str, run: int | None, limit: int, cursor: str | None) -> Page[RefusalView]:
    """Records that were refused, or kept by a rollback, in all services: two reads. Raises NotFound, CursorInvalid."""
    run = run or migration_named(migration_id).run
    listing = f"refusals of {migration_id} {run}"
    after = (cursors.read(listing, cursor) or {"after": None})["after"]
    found = told_of(migration_id, run, limit + 1, after)
    more = cursors.sign(listing, {"after": found[limit - 1][0]}) if len(found) > limit else None
    return Page(items=[RefusalView.of(one) for _, one in found[:limit]], next_cursor=more)


def planned(source: str) -> Planned:
    """The source, if it has a plan. Raises NotFound."""
    for one in SEED:
        if one == source:
            return one
    raise NotFound()


def history_of(source: Planned, limit: int, cursor: str | None, now: datetime) -> Page[PlanView]:
    """A plan after each edit, newest first, the last is what the system ships with: one read. Raises CursorInvalid."""
    listing = f"history of plan {source}"
    before = (cursors.read(listing, cursor) or {"before": None})["before"]
    found = plans_before(source, limit + 1, before)
    views = [PlanView.of(plan, now) for _, plan in found]
    if len(found) <= limit:
        views.append(PlanView.of(SEED[source], now))
    more = cursors.sign(listing, {"before": found[limit - 1][0]}) if len(views) > limit else None
    return Page(items=views[:limit], next_cursor=more)
