"""Doors to migrations (M1–M6), and to the calendars of their sources."""

from collections.abc import Mapping

from services.catalog.messages import PageOf
from services.catalog.migrations import messages as mm
from services.catalog.migrations import read, report
from services.catalog.migrations.acting import for_list, for_shop, is_platform
from services.catalog.migrations.ask_migration import ask_migration
from services.catalog.migrations.conduct import ShopIsClosed, conduct, migration_named
from services.catalog.migrations.decide_migration import decide_migration
from services.catalog.migrations.edit_plan import edit_plan
from services.catalog.migrations.hold_old_shop import OldShopTaken
from services.catalog.migrations.migration import OldShopUnconfirmed
from services.catalog.migrations.read_origin import origin_in
from services.catalog.migrations.tables import all_plans, plan_of
from services.catalog.rules.brand_word import BrandCertificateNeeded
from services.catalog.service import app
from services.catalog.shops.contact import seal
from services.catalog.shops.shop import NameTaken
from services.shared.plumbing import files, ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, PERSON, PLATFORM, Answer, Call, Page

ONE = "/v1/migrations/{migration_id}"
PLAN = "/v1/migration-plans/{source}"


def _again(call: Call, stored: Mapping[str, str]) -> mm.MigrationView:
    return read.migration_view(stored["migration_id"], call.now)


@app.door(
    "POST",
    "/v1/migrations",
    PERSON,
    status=201,
    again=_again,
    problems=(p.NotFound, files.UploadMissing, OldShopTaken, NameTaken, BrandCertificateNeeded),
)
def post_migration(call: Call, body: mm.AskMigration) -> mm.MigrationView:
    """Ask for an old shop to move here: into a shop of yours, or into one that is opened for it (M2, M5).

    Nothing moves yet: see what a dry run says, then start it. A shop of WeChat's, and whatever orders come from, is
    confirmed by the platform before it starts: `ownership` says how that is. The platform asks for anybody's shop.
    """
    if body.shop_id:  # door: a shop that is opened for it is nobody's yet
        call = for_shop(call, body.shop_id, "post_migration", {})
    contact = seal(call.person, body.shop.contact) if body.shop else ""  # door: left out is none
    ident = ask_migration(
        body, call.person, contact, platform=is_platform(call), begin=call.begin, now=call.now, new_id=ids.new_id
    )
    return read.migration_view(ident, call.now)


@app.door("GET", "/v1/migrations", PERSON, problems=(p.NotFound, p.CursorInvalid))
def get_migrations(call: Call, query: mm.ListMigrations) -> Page[mm.MigrationView]:
    """A shop's migrations, newest first; or, for the platform, those that wait for its word, oldest first (M2)."""
    for_list(call, query.shop_id)
    return read.migrations(query)


@app.door("GET", ONE, PERSON, problems=(p.NotFound,))
def get_migration(call: Call, migration_id: str) -> mm.MigrationView:
    """A migration, and how far its current run is over all services (M2, M3)."""
    _owned(call, migration_id)
    return read.migration_view(migration_id, call.now)


@app.door("POST", ONE + "/decisions", PLATFORM, problems=(p.NotFound, p.IllegalTransition, OldShopTaken))
def post_migration_decision(call: Call, migration_id: str, body: mm.DecideMigration) -> mm.MigrationView:
    """Confirm that the shop may take that old shop, or refuse it, with a reason (M2).

    Its owner is told. May be repeated, and decided otherwise as long as nothing of it came in.
    """
    call = _owned(call, migration_id, "post_migration_decision")
    decide_migration(migration_id, body.decision, body.reason, call.person, begin=call.begin, now=call.now)
    return read.migration_view(migration_id, call.now)


@app.door("POST", ONE + "/dry-run", PERSON, problems=(p.NotFound, p.IllegalTransition, ShopIsClosed))
def post_migration_dry_run(call: Call, migration_id: str) -> mm.MigrationView:
    """Go through all files and say what would come in and what not; nothing but the report is written (M3).

    May be repeated; so may the other acts.
    """
    return _conduct(call, migration_id, "dry-run")


@app.door(
    "POST",
    ONE + "/start",
    PERSON,
    problems=(p.NotFound, p.IllegalTransition, OldShopUnconfirmed, OldShopTaken, ShopIsClosed),
)
def post_migration_start(call: Call, migration_id: str) -> mm.MigrationView:
    """Move: bring in what is not here yet (M2)."""
    return _conduct(call, migration_id, "start")


@app.door("POST", ONE + "/pause", PERSON, problems=(p.NotFound, p.IllegalTransition))
def post_migration_pause(call: Call, migration_id: str) -> mm.MigrationView:
    """Rest after the records in hand, in all services (M3)."""
    return _conduct(call, migration_id, "pause")


@app.door("POST", ONE + "/resume", PERSON, problems=(p.NotFound, p.IllegalTransition, ShopIsClosed))
def post_migration_resume(call: Call, migration_id: str) -> mm.MigrationView:
    """Go on where it rested (M3)."""
    return _conduct(call, migration_id, "resume")


@app.door("POST", ONE + "/rollback", PERSON, problems=(p.NotFound, p.IllegalTransition))
def post_migration_rollback(call: Call, migration_id: str) -> mm.MigrationView:
    """Take out what came in; what was changed here since is kept and listed. Until the migration is done (M3)."""
    return _conduct(call, migration_id, "rollback")


@app.door("POST", ONE + "/withdraw", PERSON, problems=(p.NotFound, p.IllegalTransition))
def post_migration_withdraw(call: Call, migration_id: str) -> mm.MigrationView:
    """Give it up, when nothing of it is in: its files are deleted, and another shop may take the old one (M3)."""
    return _conduct(call, migration_id, "withdraw")


@app.door("GET", ONE + "/report", PERSON, problems=(p.NotFound,))
def get_migration_report(call: Call, migration_id: str, query: mm.AskReport) -> mm.ReportView | Answer:
    """The current run to be read: counts by kind, what is left, what was refused and why (M3)."""
    _owned(call, migration_id)
    kind, write = report.FORMATS[query.format]
    return Answer(None, headers={"Content-Type": kind}, raw=write(report.report(migration_id, call.now)))


@app.door("GET", ONE + "/rows", PERSON, problems=(p.NotFound, p.CursorInvalid))
def get_migration_rows(call: Call, migration_id: str, query: mm.ListRows) -> Page[mm.MigrationRowView]:
    """What became of each record of a file of products or groups, in file order (M3)."""
    _owned(call, migration_id)
    return read.rows(migration_id, query.run, query.file, query.limit, query.cursor)


@app.door("GET", ONE + "/refusals", PERSON, problems=(p.NotFound, p.CursorInvalid))
def get_migration_refusals(call: Call, migration_id: str, query: mm.ListRefusals) -> Page[mm.RefusalView]:
    """Every record that was refused, or kept by a rollback, in all services, with file, line and reason (M3)."""
    _owned(call, migration_id)
    return read.refusals(migration_id, query.run, query.limit, query.cursor)


@app.door("GET", ONE + "/origin", PERSON, problems=(p.NotFound,))
def get_migration_origin(call: Call, migration_id: str, query: mm.AskOrigin) -> mm.OriginView:
    """What of a product, a member or the shop's record had no place here, and was kept beside it (M6)."""
    _owned(call, migration_id)
    return origin_in(migration_id, query)


def _conduct(call: Call, migration_id: str, what: str) -> mm.MigrationView:
    call = _owned(call, migration_id, f"post_migration_{what.replace('-', '_')}")
    conduct(migration_id, what, call.person, begin=call.begin, now=call.now)
    return read.migration_view(migration_id, call.now)


def _owned(call: Call, migration_id: str, action: str = "") -> Call:
    """For the owner of the migration's shop, and the platform. Raises NotFound for others."""
    return for_shop(call, migration_named(migration_id).shop_id, action, {"migration_id": migration_id})


# ------------------------------------------------------------------------------------------------------- plans


@app.door("GET", "/v1/migration-plans", ANYONE)
def get_migration_plans(call: Call) -> Page[mm.PlanView]:
    """The calendar of every source: when its shops enter which phase (M1)."""
    return Page(items=[mm.PlanView.of(one, call.now) for one in all_plans()])


@app.door("GET", PLAN, ANYONE, problems=(p.NotFound,))
def get_migration_plan(call: Call, source: str) -> mm.PlanView:
    """The calendar of a source (M1)."""
    return mm.PlanView.of(plan_of(read.planned(source)), call.now)


@app.door("PUT", PLAN, PLATFORM, problems=(p.NotFound, p.VersionConflict))
def put_migration_plan(call: Call, source: str, body: mm.EditPlan) -> mm.PlanView:
    """Move dates of a source's calendar; its shops follow by themselves (M1). What is left out stays."""
    edit_plan(
        read.planned(source),
        body,
        call.person,
        if_match=call.if_match,
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
    )
    return mm.PlanView.of(plan_of(read.planned(source)), call.now)


@app.door("GET", PLAN + "/history", PLATFORM, problems=(p.NotFound, p.CursorInvalid))
def get_migration_plan_history(call: Call, source: str, query: PageOf) -> Page[mm.PlanView]:
    """Who moved which dates when, newest first (M1)."""
    return read.history_of(read.planned(source), query.limit, query.cursor, call.now)
