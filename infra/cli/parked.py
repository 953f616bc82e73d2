"""``xiaodian parked``: events that wait because their consumer's queue did not take them."""

import click

from infra.cli.operator_access import Place, placed
from infra.cli.terminal import console
from infra.operate.ground import SERVICES


@click.group()
def parked() -> None:
    """Look at parked events and send them now.

    An event that its consumer's queue does not take, or whose consumer is not deployed, is parked and holds up no
    other. Each service sends what it has parked again every minute, so it need not be done by hand.
    """


@parked.command(name="list")
@placed
def list_(place: Place) -> None:
    """List how many events wait, from whom and for whom.

    \b
    Examples:
      xiaodian parked list
      xiaodian parked list --stage prod
    """
    from rich.table import Table

    ground = place.enter()
    from infra.operate.parked import parked as waiting

    found = list(waiting(ground.services()))
    if found:
        table = Table(box=None, header_style="bold")
        for column in ("from", "for", "events", "oldest"):
            table.add_column(column)
        for one in found:
            table.add_row(one.emitter, one.consumer, str(one.events), f"{one.oldest:%Y-%m-%d %H:%M:%S}")
        console().print(table)
    click.echo(f"{sum(one.events for one in found)} parked events.")


@parked.command()
@click.option("--to", type=click.Choice(SERVICES), help="Only to this consumer.  [default: to all]")
@placed
def send(place: Place, to: str | None) -> None:
    """Send parked events now.

    Exits with 1 when a queue still does not take some.

    \b
    Examples:
      xiaodian parked send
      xiaodian parked send --to gifts --stage prod
    """
    ground = place.enter()
    from infra.operate.parked import send as send_all

    sent, left = send_all(ground.services(), to)
    click.echo(f"{sent} parked events were sent, {left} are left.")
    if left:
        raise click.exceptions.Exit(1)
