"""``xiaodian ledger``: prove that balances are what their entries come to."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import Place, placed
from infra.cli.shop_checks import name_failed, pause, watched
from infra.cli.terminal import console

if TYPE_CHECKING:
    from services.orders.money.check_ledger import Checked


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
    from infra.operate.stock import shops_to_check

    checks = check_shops(shops_to_check(shop), ground.now, pause)
    found = watched("ledger", checks, lambda seen: f"{_entries(seen)} entries")
    show(found)
    sys.exit(0 if all(one.agrees for one in found) else 1)


def _entries(found: "Sequence[Checked]") -> int:
    return sum(one.entries for one in found)


def show(found: "Sequence[Checked]") -> None:
    """What differs, account by account, and how much was seen."""
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
    name_failed(found)
    click.echo(f"{_entries(found)} entries of {len(found)} shops: {differ} shops differ.")
