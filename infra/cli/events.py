"""``xiaodian events``: send again what was said, or have it said anew."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import Place, placed
from infra.cli.options import length
from infra.cli.terminal import progress
from infra.operate.ground import SERVICES as NAMES

if TYPE_CHECKING:
    from services.shared.contracts.envelope import Envelope
    from services.shared.plumbing.tables import OutboxRow, Store

    # All that one consumer hears of a service: how everything is now, and what happened.
    Resend = Callable[..., Iterator[Envelope]]

SERVICES = click.Choice(NAMES)
PAGE = 100
FOLDER = Path(__file__).parents[2] / "services"


@click.group()
def events() -> None:
    """Send events again.

    Consumers remember what they have heard, so nothing has its effect twice.
    """


@events.command()
@click.argument("service", type=SERVICES)
@click.option("--to", type=SERVICES, help="Only to this consumer.  [default: to all that should hear it]")
@click.option(
    "--since", callback=length, help="Only events of the last 2h, 3d …  [default: all that are kept: 30 days]"
)
@placed
def replay(place: Place, service: str, to: str | None, since: timedelta | None) -> None:
    """Send the events of SERVICE again, from its outbox.

    For a consumer that has lost its queue. One that must be built up anew needs "resend".

    \b
    Examples:
      xiaodian events replay orders --to notify
      xiaodian events replay catalog --since 2h
      xiaodian events replay orders --stage prod
    """
    ground = place.enter()
    from services.shared.plumbing import outbox
    from services.shared.plumbing.tables import Store

    store, now = Store(service), ground.now()
    with progress() as bar:
        task = bar.add_task(f"events of {service}", total=None, note="")
        rows = bar.track(_kept(store, now, now - since if since else None), task_id=task)
        sent = outbox.replay(store, rows, now, to)
    click.echo(f"{sent} sent.")


@events.command()
@click.option("--to", type=SERVICES, required=True, help="The consumer that should know everything again.")
@placed
def resend(place: Place, to: str) -> None:
    """Have one consumer told anew how things are, and what happened.

    For a consumer that is new, or whose tables were lost, and however long ago it was: shops, who acts for them,
    products, what is in stock, then every fact of orders and gifts. What it has heard has no effect again. Who claimed
    a gift is nobody's to tell but gifts': its tables come back from a backup.

    \b
    Examples:
      xiaodian events resend --to orders
      xiaodian events resend --to orders --stage prod
    """
    owners = list(_owners())
    ground, told = place.enter(*owners), 0
    from services.shared.plumbing import ids, outbox
    from services.shared.plumbing.tables import Store

    with progress() as bar:
        for service in owners:
            store, say = Store(service), _say(service)
            task = bar.add_task(f"{service} to {to}", total=None, note="told")
            said = say(to, now=ground.now(), new_id=ids.new_id)
            for count in outbox.tell(store, to, said, ground.now()):
                told += count
                bar.advance(task, count)
    click.echo(f"{told} told.")


def _owners() -> Iterator[str]:
    """The services that can say anew how things are: those with a module ``resend``. None is imported for it."""
    return (service for service in NAMES if (FOLDER / service / "resend.py").is_file())


def _say(service: str) -> "Resend":
    found: Resend = import_module(f"services.{service}.resend").resend
    return found


def _kept(store: "Store", now: datetime, since: datetime | None) -> Iterator["OutboxRow"]:
    from services.shared.contracts.envelope import Envelope

    for row in store.outbox.scan(page_size=PAGE):
        if row.ttl > now.timestamp() and (since is None or Envelope.model_validate_json(row.body).occurred_at > since):
            yield row
