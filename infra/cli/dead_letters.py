"""``xiaodian dlq``: what consumers could not handle, and what could not be published."""

from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import Place, placed
from infra.cli.terminal import console
from infra.operate.ground import QUEUES

if TYPE_CHECKING:
    from infra.operate.ground import Letter


@click.group()
def dlq() -> None:
    """Look at dead letters, send them again, or give them up.

    A message on which its consumer fails five times becomes a dead letter and stops nobody else. On this machine dead
    letters are kept in the data folder until they are sent again, also over restarts; on AWS for 14 days.
    """


@dlq.command(name="list")
@click.option("--discarded", is_flag=True, help="List what was given up instead, and why.")
@placed
def list_(place: Place, *, discarded: bool) -> None:
    """List dead letters.

    \b
    Examples:
      xiaodian dlq list
      xiaodian dlq list --discarded
      xiaodian dlq list --stage prod
    """
    if discarded:
        _list_discarded(place)
        return
    ground = place.look()
    letters = [letter for reader in QUEUES for letter in ground.letters(reader)]
    _show(letters)
    unpublished = sum(len(one.images) for one in ground.given_up())
    click.echo(f"{len(letters)} dead letters; {unpublished} events that could not be published.")


@dlq.command()
@click.option("--queue", type=click.Choice(tuple(QUEUES)), help="Only letters to this reader.  [default: all]")
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

    chosen = (queue,) if queue else tuple(QUEUES)
    letters = sum(ground.redrive(one) for one in chosen)
    parked, _ = send(ground.services(), queue)
    published, unreadable = publish_again(ground.given_up(), queue, ground.now())
    click.echo(f"{letters} dead letters, {parked} parked and {published} unpublished events were sent again.")
    if unreadable:
        raise click.ClickException(f"{unreadable} batches of unpublished events cannot be read, and are kept")


@dlq.command()
@click.argument("letters", metavar="ID...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why they need not have their effect. It is kept.")
@click.option("--queue", type=click.Choice(tuple(QUEUES)), help="Only letters to this reader.  [default: all]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@placed
def discard(place: Place, letters: tuple[str, ...], reason: str, queue: str | None, *, yes: bool) -> None:
    """Give dead letters up, by the ids that "dlq list" shows.

    For letters that can never have their effect, or whose effect was made by hand. They are deleted for good; what they
    were about, and the reason, is kept: see "dlq list --discarded".

    \b
    Examples:
      xiaodian dlq discard evt_01J9ZZ --reason "the shop was closed by hand"
      xiaodian dlq discard evt_01J9ZZ evt_01JA00 --queue notify --reason "test data" --yes --stage prod
    """
    if not reason.strip():
        raise click.UsageError("a letter is given up for a reason: say which")
    ground = place.enter()
    from infra.operate.discarded import letter_id, note

    chosen = (queue,) if queue else tuple(QUEUES)
    found = {one: [letter for letter in ground.letters(one) if letter_id(letter.body) in letters] for one in chosen}
    all_found = [letter for of_one in found.values() for letter in of_one]
    if missing := sorted(set(letters) - {letter_id(letter.body) for letter in all_found}):
        raise click.ClickException(f"no dead letter is called {', '.join(missing)}: nothing was discarded")
    _show(all_found)
    if not yes:
        click.confirm(f"Delete {len(all_found)} dead letters for good?", abort=True)
    gone = 0
    for reader, of_one in found.items():
        for letter in of_one:
            note(QUEUES[reader], letter.body, reason.strip(), ground.now())
        gone += ground.discard(reader, {letter.body for letter in of_one}) if of_one else 0
    click.echo(f"{gone} dead letters were discarded.")


def _show(letters: list["Letter"]) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in ("queue", "since", "event", "id", "subject"):
        table.add_column(column, overflow="fold")
    for letter in letters:
        table.add_row(letter.queue, f"{letter.since:%Y-%m-%d %H:%M:%S}", *_seen(letter.body))
    if letters:
        console().print(table)


def _list_discarded(place: Place) -> None:
    ground = place.enter()
    from rich.table import Table

    from infra.operate.discarded import discarded

    table, count = Table(box=None, header_style="bold"), 0
    for column in ("service", "at", "event", "id", "subject", "reason"):
        table.add_column(column, overflow="fold")
    for service in ground.services():
        for one in discarded(service):
            event = str(one.event.get("name") or "not an event"), one.letter_id, str(one.event.get("subject") or "")
            table.add_row(service, f"{one.at:%Y-%m-%d %H:%M:%S}", *event, one.reason)
            count += 1
    if count:
        console().print(table)
    click.echo(f"{count} discarded letters.")


def _seen(body: str) -> tuple[str, str, str]:
    """Name, id and subject of the event in a letter, as far as it is one."""
    from services.shared.plumbing.inbox import dead_letter_body

    try:
        found = dead_letter_body(body)
    except (ValueError, AttributeError):
        found = {}
    if not found.get("name"):
        from infra.operate.discarded import letter_id

        return "not an event", letter_id(body), ""
    return str(found["name"]), str(found["id"]), str(found["subject"])
