"""``xiaodian draw``: check who won a gift that was drawn by lot."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.target import Target, targeted

if TYPE_CHECKING:
    from infra.cli.api import Json


@click.group()
def draw() -> None:
    """Check draws by lot.

    What it takes is public: anybody who knows the gift's id can do it.
    """


@draw.command()
@click.argument("record", metavar="GIFT|FILE")
@click.option("--commitment", help="The commitment that you noted before entries closed, to see that it is the same.")
@click.option("--entry", help="Your own entry's id, to see that it took part.")
@targeted
def verify(target: Target, record: str, commitment: str | None, entry: str | None) -> None:
    """Draw the winners of GIFT once more, and compare.

    The record is read from the stack, or from a FILE in which somebody kept the answer of /gifts/v1/draws/GIFT.
    Ends with 1 when something does not fit.

    \b
    Examples:
      xiaodian draw verify gft_01JD2V9W3Y5Q7Z0K4M6N8P1R3T
      xiaodian draw verify gft_01JD2V9W3Y5Q7Z0K4M6N8P1R3T --entry ent_5f0c --url https://api.example
      xiaodian draw verify draw.json --commitment 9b74c9897bac770ffc029102a200c5de
    """
    published = _read(target, record)
    if published.get("state") != "drawn":
        raise click.ClickException(f"nothing is drawn: the record says {published.get('state')}")
    faults = list(faults_of(published, commitment=commitment, entry=entry))
    if faults:
        raise click.ClickException("; ".join(faults))
    click.echo(f"The winners are right: {len(published['winners'])} of {len(published['entries'])} entries.")
    for place, winner in enumerate(published["winners"], start=1):
        click.echo(f"{place:>4}  {winner}")


def faults_of(record: "Json", *, commitment: str | None = None, entry: str | None = None) -> Iterator[str]:
    """What does not fit in a draw's record; nothing when its winners follow from what was published."""
    from services.gifts.lot import commitment_to, winners_among

    try:
        seed, entries, winners = str(record["seed"]), list(map(str, record["entries"])), list(record["winners"])
        promised, prizes = str(record["commitment"]), int(record["prizes"])
    except (KeyError, TypeError, ValueError):
        yield "this is no record of a draw"
        return
    if commitment_to(seed) != promised:
        yield "the seed is not the one that was committed to"
    if commitment not in (None, promised):
        yield "the commitment is another one than you noted"
    if len(set(entries)) != len(entries):
        yield "an entry is there twice"
    if entry is not None and entry not in entries:
        yield "your entry is not among those that took part"
    if list(winners_among(set(entries), seed, prizes)) != winners:
        yield "these entries and this seed make others win"


def _read(target: Target, record: str) -> "Json":
    if not Path(record).is_file():
        from infra.cli.api import Stack

        stack = Stack(target.url)
        try:
            return stack.anyone().get(f"/gifts/v1/draws/{record}")
        finally:
            stack.close()
    try:
        read: Json = json.loads(Path(record).read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{record} is not JSON") from error
    return read
