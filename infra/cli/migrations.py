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
    from infra.cli.moving import OldFile

SOURCES = ("mini_shop", "channels_shop", "shop_v1", "shopify", "youzan", "weimob", "xiaodian")
FORMATS = ("wechat", "youzan", "shopify", "jsonl", "csv")
SUBJECTS = ("enterprise", "individual_business", "person")
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


def _pairs(_: click.Context, parameter: click.Parameter, said: Sequence[str]) -> dict[str, str]:
    """What is written as NAME=VALUE, by name."""
    found: dict[str, str] = {}
    for one in said:
        what, equals, value = (part.strip() for part in one.partition("="))
        if not (what and equals and value) or what in found:
            form = parameter.make_metavar(_)
            raise click.BadParameter(f"{one!r} is not written as {form}, or {what!r} is said twice")
        found[what] = value
    return found


@click.group()
def migrate() -> None:
    """Move an old shop's products, orders and members into a shop here."""


@migrate.command()
@click.option("--shop", help="The shop here that it comes into (shp_…); or open one for it:")
@click.option("--open", "name", help="The name of a shop that is opened for it, at its place in its source's calendar.")
@click.option(
    "--subject",
    type=click.Choice(SUBJECTS),
    default="individual_business",
    show_default=True,
    help="With --open: whose the old shop is.",
)
@click.option("--contact", nargs=2, metavar="NAME PHONE", help="With --open: whom to ask about it.")
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
    callback=_pairs,
    help="With --format csv: which column is what, as product_id=商品编码; once for each.",
)
@click.option(
    "--category",
    "categories",
    metavar="OLD=OURS",
    multiple=True,
    callback=_pairs,
    help="Which category of ours an old category's products go to; once for each.",
)
@click.option("--default-category", help="Where all other products go.  [default: other.unsorted]")
@click.option("--unlisted", is_flag=True, help="Put nothing on sale, also what was on sale there.")
@click.option(
    "--unconfirmed", is_flag=True, help="Leave it to `migrate confirm` to say that the old shop is its owner's."
)
@click.option("--shop-record", type=_FILE, multiple=True, help="A file of the old shop's own record and documents.")
@click.option("--products", type=_FILE, multiple=True, help="A file of products; may be given again.")
@click.option("--groups", type=_FILE, multiple=True, help="A file of groups.")
@click.option("--orders", type=_FILE, multiple=True, help="A file of orders.")
@click.option("--aftersales", type=_FILE, multiple=True, help="A file of after-sales.")
@click.option("--members", type=_FILE, multiple=True, help="A file of who works for it, .jsonl or .csv.")
@_who
@targeted
def ask(target: Target, form: str, person: str, **said: Any) -> None:
    """Upload the files and ask for their migration. Nothing moves yet.

    Whose an old shop of WeChat's is, the platform confirms before it moves: on this machine you are the platform.

    \b
    Examples:
      xiaodian migrate ask --shop shp_01J… --source mini_shop --old-shop wx12ab… \\
          --products products.jsonl --orders orders.jsonl --members staff.csv --category 6057=home.decor
      xiaodian migrate ask --open 青瓷坊 --subject person --contact 李梅 13800000000 \\
          --source mini_shop --old-shop wx12ab… --products products.jsonl
      xiaodian migrate ask --shop shp_01J… --source weimob --old-shop 4020… --format csv --products export.csv \\
          --column product_id=商品编码 --column title=商品名称 --column price=售价 --column stock=库存
    """
    from infra.cli import moving
    from services.shared.plumbing.ids import new_id

    files = _old_files(form, said)
    asked = moving.ask(target.stack().person(person), files, new_id("cli"), {**_into(said), **_asked(said)})
    ident = asked["migration_id"]
    if asked["ownership"] == "waiting" and not said["unconfirmed"]:
        asked = moving.decide(target.stack().platform(), ident, "pass")
        click.echo(f"Confirmed as the platform: {asked['old_shop_id']} may come into shop {asked['shop_id']}.")
    elif asked["ownership"] == "waiting":
        click.echo(f"Before it can start: xiaodian migrate confirm {ident}")
    click.echo(f"Migration {ident}. See what would come: xiaodian migrate dry-run {ident}")


def _old_files(form: str, said: "Json") -> "list[OldFile]":
    from infra.cli import moving

    files: dict[str, Sequence[Path]] = {**said, "shop": said["shop_record"]}
    found = [
        moving.OldFile(kind, one, moving.format_of(kind, one, form)) for kind in moving.READERS for one in files[kind]
    ]
    if not found:
        raise click.UsageError(
            "say which files: --products, --groups, --orders, --aftersales, --members, --shop-record"
        )
    empty = next((one.path for one in found if not one.path.stat().st_size), None)
    if empty:
        raise click.ClickException(f"{empty} is empty")
    return found


def _into(said: "Json") -> "Json":
    """The shop that it comes into, there already or opened for it."""
    if bool(said["shop"]) == bool(said["name"]):
        raise click.UsageError("say --shop, or --open: one of the two")
    if said["shop"]:
        return {"shop_id": said["shop"]}
    if not said["contact"]:
        raise click.UsageError("--open needs --contact NAME PHONE")
    name, phone = said["contact"]
    return {"shop": {"name": said["name"], "subject_type": said["subject"], "contact": {"name": name, "phone": phone}}}


def _asked(said: "Json") -> "Json":
    """All else but files."""
    return {
        "source": said["source"],
        "old_shop_id": said["old_shop"],
        "columns": said["columns"],
        "categories": said["categories"],
        "default_category_id": said["default_category"],
        "list": not said["unlisted"],
    }


@migrate.command()
@targeted
def waiting(target: Target) -> None:
    """List the migrations that wait for the platform to confirm whose the old shop is.

    \b
    Example:
      xiaodian migrate waiting
    """
    from infra.cli import moving

    for one in moving.waiting(target.stack().platform()):
        click.echo(
            f"{one['migration_id']}  {one['source']} {one['old_shop_id']} → {one['shop_id']}  {one['created_at']}"
        )


@migrate.command()
@click.argument("migration_id")
@targeted
def confirm(target: Target, migration_id: str) -> None:
    """Say, as the platform, that the old shop is the owner's: the migration can start.

    \b
    Example:
      xiaodian migrate confirm mig_01J…
    """
    _decide(target, migration_id, "pass", "")


@migrate.command()
@click.argument("migration_id")
@click.option("--reason", required=True, help="Why not; the owner reads it.")
@targeted
def refuse(target: Target, migration_id: str, reason: str) -> None:
    """Say, as the platform, that the old shop is not the owner's.

    \b
    Example:
      xiaodian migrate refuse mig_01J… --reason "The licence names somebody else"
    """
    _decide(target, migration_id, "reject", reason)


def _decide(target: Target, migration_id: str, decision: str, reason: str) -> None:
    from infra.cli import moving

    found = moving.decide(target.stack().platform(), migration_id, decision, reason)
    click.echo(f"Migration {migration_id}: {found['source']} {found['old_shop_id']} {found['ownership']}.")


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
_act("withdraw", "withdraw", "Give it up, when nothing of it is in: its files are deleted.")
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
    from services.catalog.imports.import_report import harmless

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
