"""``xiaodian migrate``: an old shop's files move into a shop here."""

import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from infra.cli.imports import named
from infra.cli.target import Target, targeted
from infra.cli.terminal import progress

if TYPE_CHECKING:
    from infra.cli.api import Caller, Json

SOURCES = ("mini_shop", "channels_shop", "shop_v1", "shopify", "youzan", "weimob", "xiaodian")
FORMATS = ("wechat", "youzan", "shopify", "jsonl", "csv")
COLUMNS = ("kind", "file", "line", "old_id", "outcome", "why", "new_id")
REFUSED_SHOWN = 20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_who = click.option(
    "--as",
    "person",
    metavar="person:NAME",
    default="person:merchant",
    show_default=True,
    callback=named,
    help="Who does it: the shop's owner.",
)


def _columns(_: click.Context, __: click.Parameter, said: Sequence[str]) -> dict[str, str]:
    """Pairs of what a column is, and its name in the file's header."""
    found: dict[str, str] = {}
    for one in said:
        what, equals, header = (part.strip() for part in one.partition("="))
        if not (what and equals and header) or what in found:
            raise click.BadParameter(f"{one!r} is not written as WHAT=HEADER, or {what!r} is said twice")
        found[what] = header
    return found


@click.group()
def migrate() -> None:
    """Move an old shop's products, orders and members into a shop here."""


@migrate.command()
@click.option("--shop", required=True, help="The shop here that it comes into (shp_…).")
@click.option("--source", type=click.Choice(SOURCES), required=True, help="Which system the old shop was in.")
@click.option("--old-shop", required=True, help="What the old shop is called there.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="wechat", show_default=True, help="Of files of products."
)
@click.option(
    "--column",
    "columns",
    metavar="WHAT=HEADER",
    multiple=True,
    callback=_columns,
    help="With --format csv: which column is what, as product_id=商品编码; once for each.",
)
@click.option("--shop-record", type=_FILE, multiple=True, help="A file of the old shop's own record and documents.")
@click.option("--products", type=_FILE, multiple=True, help="A file of products; may be given again.")
@click.option("--groups", type=_FILE, multiple=True, help="A file of groups.")
@click.option("--orders", type=_FILE, multiple=True, help="A file of orders.")
@click.option("--aftersales", type=_FILE, multiple=True, help="A file of after-sales.")
@click.option("--members", type=_FILE, multiple=True, help="A file of who works for it, .jsonl or .csv.")
@_who
@targeted
def ask(
    target: Target,
    shop: str,
    source: str,
    old_shop: str,
    form: str,
    columns: dict[str, str],
    person: str,
    **files: Sequence[Path],
) -> None:
    """Upload the files and ask for their migration. Nothing moves yet.

    \b
    Example:
      xiaodian migrate ask --shop shp_01J… --source mini_shop --old-shop wx12ab… \\
          --products products.jsonl --orders orders.jsonl --members staff.csv
      xiaodian migrate ask --shop shp_01J… --source weimob --old-shop 4020… --format csv --products export.csv \\
          --column product_id=商品编码 --column title=商品名称 --column price=售价 --column stock=库存
    """
    from infra.cli import moving
    from services.shared.plumbing.ids import new_id

    named_files = {"shop": files["shop_record"], **files}
    found = [
        moving.OldFile(kind, one, moving.format_of(kind, one, form))
        for kind in moving.READERS
        for one in named_files[kind]
    ]
    if not found:
        raise click.UsageError(
            "say which files: --products, --groups, --orders, --aftersales, --members, --shop-record"
        )
    empty = next((one.path for one in found if not one.path.stat().st_size), None)
    if empty:
        raise click.ClickException(f"{empty} is empty")
    asked = moving.ask(target.stack().person(person), source, old_shop, shop, found, new_id("cli"), columns)
    click.echo(
        f"Migration {asked['migration_id']}. See what would come: xiaodian migrate dry-run {asked['migration_id']}"
    )


def _act(name: str, what: str, does: str) -> Callable[..., Any]:
    @migrate.command(name=name, help=f"{does}\n\n\b\nExample:\n  xiaodian migrate {name} mig_01J…")
    @click.argument("migration_id")
    @_who
    @targeted
    def act(target: Target, migration_id: str, person: str) -> None:
        from infra.cli import moving

        owner = target.stack().person(person)
        owner.post(f"{moving.path(migration_id)}/{what}")
        _watch(owner, migration_id)

    return act


_act("dry-run", "dry-run", "Go through all files and say what would come in and what not; nothing is moved.")
_act("start", "start", "Move what is not here yet, and watch it to its end.")
_act("pause", "pause", "Rest after the records in hand.")
_act("resume", "resume", "Go on where it rested, and watch it to its end.")
_act("rollback", "rollback", "Take out what came in; what was changed here since is kept and listed.")


@migrate.command()
@click.argument("migration_id")
@_who
@targeted
def show(target: Target, migration_id: str, person: str) -> None:
    """Say how far it is, and watch a run to its end.

    \b
    Example:
      xiaodian migrate show mig_01J…
    """
    _watch(target.stack().person(person), migration_id)


@migrate.command()
@click.argument("migration_id")
@click.option(
    "--format", "form", type=click.Choice(["markdown", "csv"]), default="markdown", help="For people or sheets."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write it to.  [default: stdout]"
)
@_who
@targeted
def report(target: Target, migration_id: str, form: str, out: Path | None, person: str) -> None:
    """Write the current run's report: Markdown with counts and reasons, or CSV with every record refused or kept.

    \b
    Example:
      xiaodian migrate report mig_01J… --format csv --out refused.csv
    """
    from infra.cli import moving

    owner = target.stack().person(person)
    if form == "csv":
        text = _csv(list(moving.refusals(owner, migration_id)))
    else:
        text = _markdown(owner.get(f"{moving.path(migration_id)}/report"))
    if out:
        out.write_text(text, encoding="utf-8-sig" if form == "csv" else "utf-8")
        click.echo(f"Written to {out}.")
    else:
        click.echo(text, nl=False)


@migrate.command()
@click.option("--shop", required=True, help="Which shop's products (shp_…).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@_who
@targeted
def export(target: Target, shop: str, out: Path, person: str) -> None:
    """Write a shop's products as JSON lines, which move into another shop with --format jsonl.

    \b
    Example:
      xiaodian migrate export --shop shp_01J… --out products.jsonl
    """
    from infra.cli import moving

    written = 0
    with out.open("w", encoding="utf-8") as file:
        for one in moving.exported(target.stack().person(person), shop):
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
            written += 1
    click.echo(f"{written} products written to {out}.")


def _watch(owner: "Caller", migration_id: str) -> None:
    """Bars by kind while it runs, then what became of it. Exit status 1 when the run failed."""
    from infra.cli import moving

    with progress() as bar:
        tasks: dict[str, Any] = {}

        def tell(seen: "Json") -> None:
            for count in seen["counts"]:
                kind = count["kind"]
                if kind not in tasks:
                    tasks[kind] = bar.add_task(kind, total=100, note="%")
                bar.update(tasks[kind], completed=count["percent"])

        found = moving.watched(owner, migration_id, tell)
    for count in found["counts"]:
        said = ", ".join(
            f"{count[name]} {name.replace('_', ' ')}" for name in moving.COUNTED if count[name] or name == "read"
        )
        click.echo(f"{count['kind']}: {said}")
    refused = sum(count["refused"] + count["kept"] for count in found["counts"])
    for number, row in enumerate(moving.refusals(owner, migration_id) if refused else ()):
        if number == REFUSED_SHOWN:
            click.echo(f"… and {refused - number} more: xiaodian migrate report {migration_id} --format csv")
            break
        click.echo(f"file {row['file']} line {row['line']}  {row['old_id'] or '-'}  {row['outcome']}: {row['why']}")
    why = f": {found['why']}" if found["why"] else ""
    click.echo(f"Migration {migration_id}, run {found['run']} ({found['mode']}): {found['state']}{why}.")
    sys.exit(1 if found["state"] == "failed" else 0)


def _csv(rows: "list[Json]") -> str:
    from services.catalog.import_report import harmless

    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(COLUMNS)
    for row in rows:
        out.writerow([harmless("" if row[name] is None else str(row[name])) for name in COLUMNS])
    return text.getvalue()


def _markdown(found: "Json") -> str:
    from services.catalog.migrations.messages import ReportView
    from services.catalog.migrations.report import as_markdown

    return as_markdown(ReportView.model_validate(found))
