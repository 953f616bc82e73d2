"""``xiaodian events``: send again what was said, or have it said anew."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import operate
from infra.cli.options import length
from infra.cli.target import Target, targeted
from infra.cli.terminal import progress

if TYPE_CHECKING:
    from services.shared.plumbing.tables import Begin, OutboxRow, Store

    # Emits to one consumer how everything is now; yields how many events each of its transactions had.
    Resend = Callable[[str, Begin], Iterator[int]]

SERVICES = click.Choice(["catalog", "orders", "gifts", "notify"])
PAGE = 100


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
@targeted
def replay(target: Target, service: str, to: str | None, since: timedelta | None) -> None:
    """Send the events of SERVICE again, from its outbox.

    For a consumer that has lost its queue. One that must be built up anew needs "resend".

    \b
    Examples:
      xiaodian events replay orders --to notify
      xiaodian events replay catalog --since 2h
    """
    data = operate(target)
    from infra.local.clock import LocalClock
    from services.shared.plumbing import outbox
    from services.shared.plumbing.tables import Store

    store, now = Store(service), LocalClock(data)()
    with progress() as bar:
        task = bar.add_task(f"events of {service}", total=None, note="")
        rows = bar.track(_kept(store, now, now - since if since else None), task_id=task)
        sent = outbox.replay(store, rows, now, to)
    click.echo(f"{sent} sent.")


@events.command()
@click.option("--to", type=SERVICES, required=True, help="The consumer that should know everything again.")
@targeted
def resend(target: Target, to: str) -> None:
    """Have one consumer told anew how things are.

    For a consumer that is new, or whose tables were lost: shops, who acts for them, and products, however old. What
    happened to orders and gifts is no state: see `events replay`.

    \b
    Example:
      xiaodian events resend --to orders
    """
    data = operate(target)
    from infra.local.clock import LocalClock
    from services.shared.plumbing import ids
    from services.shared.plumbing.tables import Store, Transaction

    clock, told, owners = LocalClock(data), 0, list(_owners())
    if not owners:
        raise click.ClickException("no service can say anew how things are")
    with progress() as bar:
        for service, say in owners:
            store = Store(service)
            task = bar.add_task(f"{service} to {to}", total=None, note="told")
            for count in say(to, lambda store=store: Transaction(store, clock(), ids.new_id)):  # type: ignore[misc]
                told += count
                bar.advance(task, count)
    click.echo(f"{told} told.")


def _owners() -> Iterator[tuple[str, "Resend"]]:
    """The services that can say anew how things are: those with a module ``resend``."""
    for service in SERVICES.choices:
        if find_spec(f"services.{service}.resend"):
            yield service, import_module(f"services.{service}.resend").resend


def _kept(store: "Store", now: datetime, since: datetime | None) -> Iterator["OutboxRow"]:
    from services.shared.contracts.envelope import Envelope

    for row in store.outbox.scan(page_size=PAGE):
        if row.ttl > now.timestamp() and (since is None or Envelope.model_validate_json(row.body).occurred_at > since):
            yield row
