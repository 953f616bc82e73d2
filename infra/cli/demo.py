"""``xiaodian demo``: a shop to look around in."""

import click

from infra.cli.target import Target, targeted


@click.command()
@targeted
def demo(target: Target) -> None:
    """Load the demo shop.

    Some dozen products, a few orders in different states, a gift that waits to be claimed.

    "up" does it for a new data folder. Loading it again changes nothing.

    \b
    Example:
      xiaodian demo
    """
    from pathlib import Path

    from infra.local.demo import load

    found = load(target.url, Path(target.local["data_dir"]))
    click.echo(f"{found.name} ({found.shop_id}) of {found.merchant}: {found.products} products, {found.orders} orders.")
    if found.claim_url:
        click.echo(f"A gift waits to be claimed: {found.claim_url}")
