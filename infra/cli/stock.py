"""``xiaodian stock``: prove that no unit was lost, doubled or made up."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import Place, placed
from infra.cli.shop_checks import name_failed, pause, watched
from infra.cli.terminal import console

if TYPE_CHECKING:
    from infra.operate.stock import Checked


@click.group()
def stock() -> None:
    """Look after stock."""


@stock.command()
@click.option("--shop", help="Only this shop, by its id.  [default: all shops]")
@placed
def check(place: Place, shop: str | None) -> None:
    """Prove of every style that received = on hand + held + sold.

    Counters are compared with the flow of stock, and what they hold with the unpaid orders. It is done for every shop
    once a day anyway. Where something was sold a moment ago the check waits some minutes, until that is written into
    the flow. Exit status 1 when a style differs; look at dead letters first (xiaodian dlq list): what orders has not
    heard is not in the flow.

    \b
    Examples:
      xiaodian stock check
      xiaodian stock check --shop shp_01KK6Z8Q000000000000000001
      xiaodian stock check --stage prod
    """
    ground = place.enter("orders")
    from infra.operate.stock import check_shops, shops_to_check

    checks = check_shops(shops_to_check(shop), ground.now, pause)
    found = watched("stock", checks, lambda seen: f"{_styles(seen)} styles")
    _show(found)
    sys.exit(0 if all(one.proven for one in found) else 1)


def _styles(found: "Sequence[Checked]") -> int:
    return sum(one.styles for one in found)


def _show(found: "Sequence[Checked]") -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in ("shop", "style", "", "on hand", "held", "sold", "received"):
        table.add_column(column, overflow="fold")
    for shop in found:
        for drift in shop.drifts:
            for what, figures in (("counted", drift.counted), ("flow", drift.flow)):
                named = (shop.shop_id, drift.sku_id) if what == "counted" else ("", "")
                table.add_row(*named, what, *(str(units) for units in (*figures, figures.received)))
            table.add_row("", "", "orders", "", str(drift.held_by_orders), "", "")
    drifts = sum(len(shop.drifts) for shop in found)
    if drifts:
        console().print(table)
    name_failed(found)
    click.echo(f"{_styles(found)} styles of {len(found)} shops: {drifts} differ.")
