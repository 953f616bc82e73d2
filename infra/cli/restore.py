"""``xiaodian restore``: bring a service's tables back to restored copies of them."""

import importlib

import click

from infra.cli.on_stage import stage_of, use_account
from infra.cli.terminal import progress
from infra.operate.ground import SERVICES
from infra.package.stage import Stage


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.option("--stage", required=True, callback=stage_of, help="The stage, as in prod.")
@click.option("--copies", required=True, help="What the copies' names end in: -r1 for xiaodian-prod-orders-r1.")
@click.option("--yes", is_flag=True, help="Do it. Without it only the tables are named.")
def restore(service: str, stage: Stage, copies: str, *, yes: bool) -> None:
    """Bring all tables of SERVICE back to copies of them, which point-in-time recovery has made.

    Whatever came since is deleted, so nobody may write meanwhile: docs/operate.md has the steps before and after it.

    \b
    Example:
      xiaodian restore orders --stage prod --copies=-r1
    """
    use_account(stage)
    import boto3

    from infra.operate.restore import require_copies
    from infra.operate.restore import restore as bring_back

    found = importlib.import_module(f"services.{service}.resources").resources.tables
    tables = [stage.physical(table.name) for table in found]
    client = boto3.client("dynamodb")
    require_copies(client, tables, [f"{table}{copies}" for table in tables])
    for table in tables:
        if not yes:
            click.echo(f"{table} would become what {table}{copies} is: --yes does it.")
            continue
        with progress() as bar:
            task = bar.add_task(table, total=None, note="")
            for done in bring_back(client, table, f"{table}{copies}"):
                bar.update(task, completed=done.put + done.deleted)
        click.echo(f"{table}: {done.put} put, {done.deleted} deleted.")
