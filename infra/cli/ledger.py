"""``xiaodian ledger``: prove that balances are what their entries come to."""

import sys
import time
from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import Place, placed
from infra.cli.terminal import console, progress

if TYPE_CHECKING:
    from services.orders.money.check_ledger import Checked

LOOK_EVERY_S = 1.0


@click.group()
def ledger() -> None:
    """Look after the shops' money."""


@ledger.command()
@click.option("--shop", help="Only this shop, by its id.  [default: all shops]")
@placed
def check(place: Place, shop: str | None) -> None:
    """Add up all entries of the ledger anew, and compare with the balances.

    Besides, every entry sums to zero, and every closed day begins with what the one before closed with. Exit status 1
    when something differs; nothing is mended by itself.

    \b
    Examples:
      xiaodian ledger check
      xiaodian ledger check --shop shp_01KK6Z8Q000000000000000001
      xiaodian ledger check --stage prod
    """
    ground = place.enter("orders")
    from infra.operate.ledger import check_shops
    from infra.operate.stock import shops_with_stock

    found: list[Checked] = []
    with progress() as bar:
        task = bar.add_task("ledger", total=None, note="")
        shop_ids = [shop] if shop else shops_with_stock()
        for found in check_shops(shop_ids, ground.now, lambda: time.sleep(LOOK_EVERY_S)):
            ended = sum(one.state != "running" for one in found)
            entries = sum(one.entries for one in found)
            bar.update(task, completed=ended, total=len(found), note=f"{entries} entries")
    _show(found)
    sys.exit(0 if all(one.agrees for one in found) else 1)


def _show(found: "list[Checked]") -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in ("shop", "account", "ledger, fen", "balance, fen"):
        table.add_column(column, overflow="fold")
    for shop in found:
        for one in shop.differences:
            table.add_row(shop.shop_id, one.account, str(one.ledger_fen), str(one.balance_fen))
        for day in shop.broken_days:
            table.add_row(shop.shop_id, f"day {day}", "does not begin where the last one ended", "")
    differ = sum(not one.agrees for one in found)
    if differ:
        console().print(table)
    failed = [one.shop_id for one in found if one.state == "failed"]
    if failed:
        click.echo(f"The check of these shops failed: {', '.join(failed)}.")
    entries = sum(one.entries for one in found)
    click.echo(f"{entries} entries of {len(found)} shops: {differ} shops differ.")
