"""``xiaodian stock``: prove that no unit was lost, doubled or made up."""

import sys
import time
from typing import TYPE_CHECKING

import click

from infra.cli.operator_access import Place, placed
from infra.cli.terminal import console, progress

if TYPE_CHECKING:
    from infra.operate.stock import Checked

LOOK_EVERY_S = 1.0


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
    from infra.operate.stock import check_shops, shops_with_stock

    found: list[Checked] = []
    with progress() as bar:
        task = bar.add_task("stock", total=None, note="")
        shop_ids = [shop] if shop else shops_with_stock()
        for found in check_shops(shop_ids, ground.now, lambda: time.sleep(LOOK_EVERY_S)):
            ended = sum(one.state != "running" for one in found)
            styles = sum(one.styles for one in found)
            bar.update(task, completed=ended, total=len(found), note=f"{styles} styles")
    _show(found)
    sys.exit(0 if all(one.proven for one in found) else 1)


def _show(found: "list[Checked]") -> None:
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
    failed = [shop.shop_id for shop in found if shop.state == "failed"]
    if failed:
        click.echo(f"The check of these shops failed: {', '.join(failed)}.")
    styles = sum(shop.styles for shop in found)
    click.echo(f"{styles} styles of {len(found)} shops: {drifts} differ.")
