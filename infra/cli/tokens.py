"""``xiaodian token``: a token for curl."""

import re
from datetime import timedelta

import click

from infra.cli.options import length
from infra.cli.target import Target, mint, targeted


@click.command()
@click.argument("who", metavar="person:NAME|platform")
@click.option(
    "--ttl", default="12h", show_default=True, callback=length, help="How long it is valid: 90s, 15m, 12h, 7d."
)
@targeted
def token(target: Target, who: str, ttl: timedelta) -> None:
    """Print a token for curl, and nothing else.

    A token names a person; whoever it is may buy, open a shop, receive a gift. "platform" is the operator.

    \b
    Examples:
      xiaodian token person:alice
      curl -H "Authorization: Bearer $(xiaodian token person:alice)" http://127.0.0.1:8080/orders/v1/orders
    """
    if who != "platform" and not re.fullmatch(r"person:\S+", who):
        raise click.BadParameter('write person:NAME, or "platform"', param_hint="who")
    click.echo(mint(target.data, who, platform=who == "platform", ttl=ttl))
