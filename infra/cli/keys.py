"""``xiaodian keys``: after a key has a newer version, have everything sealed by it."""

import click

from infra.cli.operator_access import Place, placed
from infra.cli.terminal import progress

KEEPERS = ("catalog", "orders", "gifts", "notify")  # of what is sealed: personal data, and webhooks' keys


@click.group()
def keys() -> None:
    """Rotate the keys that personal data is sealed with."""


@keys.command()
@click.argument("service", type=click.Choice(KEEPERS))
@placed
def rewrap(place: Place, service: str) -> None:
    """Wrap every person's key in SERVICE, in notify every shop's, by its newest service key.

    First put the new key in front of the old one, each with an id ("2027:NEW OLD"), and have all functions start anew.
    When this command finds nothing left to wrap, nothing needs the old key any more.

    \b
    Examples:
      xiaodian keys rewrap orders
      xiaodian keys rewrap orders --stage prod
    """
    ground = place.enter(service)
    from services.shared.plumbing import ids
    from services.shared.plumbing.tables import Store, Transaction
    from services.shared.plumbing.vault import Vault

    store = Store(service)
    with progress() as bar:
        task = bar.add_task(f"keys of persons in {service}", total=None, note="wrapped")
        wrapped = 0
        for done in Vault(store).rewrap(lambda: Transaction(store, ground.now(), ids.new_id)):
            wrapped += done
            bar.advance(task)
    click.echo(f"{wrapped} wrapped anew.")
