"""The report of a migration's run, to be read: as JSON, Markdown or CSV (M3)."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from services.catalog.imports.import_report import harmless
from services.catalog.migrations.conduct import migration_named
from services.catalog.migrations.messages import MigrationView, ReasonView, RefusalView, ReportView
from services.catalog.migrations.read import as_of_now
from services.catalog.migrations.tables import told_of
from services.catalog.migrations.told_row import ToldRow

MOST = 1_000
EXAMPLES = 3
COLUMNS = ("kind", "file", "line", "old_id", "outcome", "why", "new_id")
COUNTED = ("read", "moved", "unchanged", "refused", "taken_out", "kept")


def report(migration_id: str, now: datetime) -> ReportView:
    """Counts by kind, what is left, and the first thousand records that were refused or kept, by reason: three reads.

    Raises NotFound.
    """
    migration = as_of_now(migration_named(migration_id), now)
    found = [row for _, row in told_of(migration_id, migration.run, MOST + 1, None)]
    shown = found[:MOST]
    return ReportView(
        migration=MigrationView.of(migration),
        reasons=list(_reasons(shown)),
        refusals=[RefusalView.of(one) for one in shown],
        more=len(found) > MOST,
    )


def _reasons(rows: Iterable[ToldRow]) -> Iterable[ReasonView]:
    by_why: dict[tuple[str, str], list[ToldRow]] = {}
    for row in rows:
        by_why.setdefault((row.outcome, row.why), []).append(row)
    for (outcome, why), these in sorted(by_why.items(), key=lambda one: (-len(one[1]), one[0])):
        places = [f"file {one.file} line {one.line}" for one in these[:EXAMPLES]]
        yield ReasonView(outcome=outcome, why=why, count=len(these), examples=places)


def as_csv(of: ReportView) -> str:
    """A line a record, and one that says when there are more. A cell that a spreadsheet takes for a formula is text."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(COLUMNS)
    for one in of.refusals:
        cells = (one.kind, str(one.file), str(one.line), one.old_id, one.outcome, one.why, one.new_id or "")
        out.writerow([harmless(cell) for cell in cells])
    if of.more:
        why = f"there are more: GET /catalog/v1/migrations/{of.migration.migration_id}/refusals has all of them"
        out.writerow(["", "", "", "", "", why, ""])
    return text.getvalue()


def as_markdown(of: ReportView) -> str:
    """The same for people: counts, reasons with examples."""
    one = of.migration
    left = "not known yet" if one.left_seconds is None else f"{one.left_seconds:.0f} s"
    lines = [
        f"# Migration {one.migration_id}",
        "",
        f"{one.source} `{_plain(one.old_shop_id)}` into shop `{one.shop_id}`. "
        f"Run {one.run}, {one.mode}: **{one.state}**"
        + (f", {_plain(one.why)}" if one.why else "")
        + f". Time left: {left}.",
        "",
        "| kind | read | moved | unchanged | refused | taken out | kept | done |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {count.kind} | {' | '.join(str(getattr(count, name)) for name in COUNTED)} | {count.percent} % |"
            for count in one.counts
        ),
        "",
    ]
    if of.reasons:
        lines += ["## Refused or kept, and why", "", "| records | what | why | for example |", "|---|---|---|---|"]
        lines += [
            f"| {reason.count} | {reason.outcome} | {_plain(reason.why)} | {', '.join(reason.examples)} |"
            for reason in of.reasons
        ]
        lines += ["", "Only the first 1000 are counted here; all are in the rows." if of.more else ""]
    return "\n".join(lines).rstrip() + "\n"


def _plain(text: str) -> str:
    """Nothing in it is markup."""
    return "".join(f"\\{char}" if char in "|`*_<>[]#\\" else " " if char in "\r\n" else char for char in text)


# What the report is written as, by whom it is asked for: its media type, and how.
FORMATS: Mapping[str, tuple[str, Callable[[ReportView], str]]] = {
    "json": ("application/json", ReportView.model_dump_json),
    "markdown": ("text/markdown; charset=utf-8", as_markdown),
    "csv": ("text/csv; charset=utf-8", as_csv),
}
