"""``xiaodian import``: products from a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.target import Target, targeted
from infra.cli.terminal import progress

if TYPE_CHECKING:
    from infra.cli.api import Json
    from infra.cli.selling import Format

REFUSED_SHOWN = 50


def named(_: click.Context, __: click.Parameter, who: str) -> str:
    """The NAME of ``person:NAME``. Raises BadParameter."""
    name = who.removeprefix("person:")
    if not name or name == who:
        raise click.BadParameter("write person:NAME")
    return name


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", required=True, help="The shop's id (shp_…).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["native", "shopify", "jsonl"]),
    required=True,
    help="Our own CSV, Shopify's product CSV, or JSON lines.",
)
@click.option(
    "--category",
    help="For rows that name none: a category's id, as GET /catalog/v1/categories lists them.  "
    "[default: other.unsorted for Shopify's files, none for others]",
)
@click.option(
    "--as",
    "person",
    metavar="person:NAME",
    default="person:merchant",
    show_default=True,
    callback=named,
    help="Who does it.",
)
@targeted
def import_file(target: Target, file: Path, shop: str, form: "Format", category: str | None, person: str) -> None:
    """Import products from FILE into a shop.

    Each row is told its outcome; a bad one stops no other. The same file again changes nothing. Exit status 1 when a
    row was refused.

    \b
    Examples:
      xiaodian import products.csv --shop shp_01J… --format native
      xiaodian import shopify.csv --shop shp_01J… --format shopify --category home.decor --as person:alice
    """
    from infra.cli.selling import import_rows, imported

    content = file.read_bytes()
    if not content:
        raise click.ClickException(f"{file} is empty")
    merchant = target.stack().person(person)
    with progress() as bar:
        task = bar.add_task(file.name, total=100, note="%")
        found = imported(
            merchant,
            shop,
            content,
            form,
            _fresh_key(),
            category=category,
            tell=lambda seen: bar.update(task, completed=seen["percent"]),
        )
    refused = list(import_rows(merchant, shop, found["import_id"], "refused")) if found["refused"] else []
    _tell(found, refused)
    sys.exit(1 if refused or found["status"] == "failed" else 0)


def _fresh_key() -> str:
    """Every import of a file is an import of its own: that nothing changes the second time is for the rows to say."""
    from services.shared.plumbing.ids import new_id

    return new_id("cli")


def _tell(found: "Json", refused: "list[Json]") -> None:
    for row in refused[:REFUSED_SHOWN]:
        click.echo(f"line {row['line']}  {row['key'] or '-'}  {row['why']}")
    if len(refused) > REFUSED_SHOWN:
        click.echo(f"… and {len(refused) - REFUSED_SHOWN} more")
    if found["status"] == "failed":
        click.echo(f"The import failed: {found['why']}")
    names = ("created", "updated", "unchanged", "refused")
    counts = ", ".join(f"{found[name]} {name}" for name in names)
    click.echo(f"{found['rows_read']} rows: {counts}; {found['products']} products. Import {found['import_id']}.")
    if found.get("report_url"):
        click.echo(f"The whole report: {found['report_url']}")
