"""``xiaodian dlq``: what consumers could not handle, and what could not be published."""

import click

from infra.cli.operator_access import Place, placed
from infra.cli.terminal import console
from infra.operate.ground import SERVICES


@click.group()
def dlq() -> None:
    """Look at dead letters and send them again.

    A message on which its consumer fails five times becomes a dead letter and stops nobody else. On this machine dead
    letters are kept in the data folder until they are sent again, also over restarts; on AWS for 14 days.
    """


@dlq.command(name="list")
@placed
def list_(place: Place) -> None:
    """List dead letters.

    \b
    Examples:
      xiaodian dlq list
      xiaodian dlq list --stage prod
    """
    from rich.table import Table

    ground = place.look()
    letters = [letter for service in SERVICES for letter in ground.letters(service)]
    if letters:
        table = Table(box=None, header_style="bold")
        for column in ("queue", "since", "event", "id", "subject"):
            table.add_column(column, overflow="fold")
        for letter in letters:
            table.add_row(letter.queue, f"{letter.since:%Y-%m-%d %H:%M:%S}", *_seen(letter.body))
        console().print(table)
    unpublished = sum(len(one.images) for one in ground.given_up())
    click.echo(f"{len(letters)} dead letters; {unpublished} events that could not be published.")


@dlq.command()
@click.option("--queue", type=click.Choice(SERVICES), help="Only letters to this service.  [default: all]")
@placed
def redrive(place: Place, queue: str | None) -> None:
    """Send dead letters again, and what was never sent.

    When the cause is mended; what still fails becomes a dead letter again.

    \b
    Examples:
      xiaodian dlq redrive
      xiaodian dlq redrive --queue notify
      xiaodian dlq redrive --stage prod
    """
    ground = place.enter()
    from infra.operate.parked import send
    from infra.operate.publish_again import publish_again

    chosen = (queue,) if queue else SERVICES
    letters = sum(ground.redrive(one) for one in chosen)
    parked, _ = send(ground.services(), queue)
    published, unreadable = publish_again(ground.given_up(), queue, ground.now())
    click.echo(f"{letters} dead letters, {parked} parked and {published} unpublished events were sent again.")
    if unreadable:
        raise click.ClickException(f"{unreadable} batches of unpublished events cannot be read, and are kept")


def _seen(body: str) -> tuple[str, str, str]:
    """Name, id and subject of the event in a letter, as far as it is one."""
    from services.shared.plumbing.inbox import dead_letter_body

    try:
        found = dead_letter_body(body)
    except (ValueError, AttributeError):
        found = {}
    if not found.get("name"):
        return "not an event", "", ""
    return str(found["name"]), str(found["id"]), str(found["subject"])
