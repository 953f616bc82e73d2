"""``xiaodian invoices``: a real retailer's invoices, from the file to books that balance."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from infra.cli.operator_access import operate
from infra.cli.target import Target, targeted
from infra.cli.terminal import console, progress

if TYPE_CHECKING:
    from rich.progress import Progress

    from infra.cli.api import Stack
    from infra.invoices.books import Books
    from infra.invoices.journey import Market
    from infra.invoices.readings import Readings
    from infra.invoices.run import Rate

R = TypeVar("R")
LOOK_EVERY_S = 0.5
MARKS = {True: "[green]✓[/]", False: "[bold red]✗[/]", None: ""}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--wait", is_flag=True, help="End only when every event has arrived, and compare these too.")
@click.option("--json", "as_json", is_flag=True, help="Print the books as one JSON object on the last line, too.")
@click.option("--limit", type=click.IntRange(1), help="Only the file's first N invoices.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Orders at a time.")
@click.option("--shop", help="The shop's name.  [default: one for this file]")
@click.option(
    "--patience",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    help="Seconds to wait for a stack that does not answer, and for events that do not move.",
)
@targeted
def invoices(
    target: Target,
    file: Path,
    wait: bool,
    as_json: bool,
    limit: int | None,
    concurrency: int,
    shop: str | None,
    patience: float,
) -> None:
    """Carry a file of real invoices through, and reconcile.

    FILE is CSV in the layout of UCI's Online Retail data set (InvoiceNo, StockCode, Description, Quantity, InvoiceDate,
    UnitPrice, CustomerID, Country). Its goods are imported into a shop, each invoice is ordered by its customer, paid
    through the WeChat Pay sandbox, shipped and received; what a credit (C…) takes back is cancelled before it is paid.
    Odd rows are counted by reason, never guessed. The rules are in docs/invoices.md.

    It may be stopped, also by kill -9, and run again: nothing is doubled. Exit status 1 when the books do not balance.

    \b
    Examples:
      xiaodian invoices online_retail.csv --wait
      xiaodian invoices online_retail.csv --limit 50 --json
    """
    from infra.invoices.books import books
    from infra.invoices.plan import plan_of
    from infra.invoices.run import carry_through, stocked_market

    plan = plan_of(file.read_bytes(), limit)
    name = shop or f"Online Retail {plan.fingerprint[:8]}"
    with progress() as bar:
        tell = _Bars(bar)
        stack = target.stack(patience, bar.console.print)
        market = stocked_market(stack, plan, name, tell)
        rate = carry_through(market, plan, concurrency, tell)
        found = _outliving(stack, lambda: _read(target, market, concurrency, patience if wait else None, tell))
    closed = books(plan, found, arrived=wait)
    _show(name, closed, rate)
    if as_json:
        speed = {"orders_per_s": round(rate.per_second, 1), "seconds": round(rate.seconds, 1)}
        click.echo(json.dumps({"shop": name, "shop_id": market.shop_id, **closed.as_json(), "run": speed}))
    sys.exit(0 if closed.balanced else 1)


class _Bars:
    """One bar for each thing that takes long; called with what it is, how much is done, of how much."""

    def __init__(self, bar: "Progress") -> None:
        self._bar, self._tasks, self._since = bar, dict[str, Any](), dict[str, tuple[float, int]]()

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, note="")
            self._since[what] = (now, done)
        since, before = self._since[what]
        rate = (done - before) / (now - since) if now > since else 0.0
        self._bar.update(self._tasks[what], completed=done, total=of, note=f"{rate:.1f}/s")


def _read(target: Target, market: "Market", threads: int, patience: float | None, tell: _Bars) -> "Readings":
    """What the system says; with ``patience`` after all has arrived, or nothing has moved for so many seconds."""
    data = operate(target)
    from infra.invoices.deliveries import Deliveries
    from infra.invoices.readings import read_all
    from infra.local.clock import LocalClock

    clock = LocalClock(data)
    with closing(Deliveries(data)) as deliveries:
        if patience is not None:
            _wait_until_arrived(
                lambda: deliveries.on_their_way(clock()), lambda: deliveries.count("")[1].equal, patience, tell
            )
        return read_all(market, deliveries, threads)


def _outliving(stack: "Stack", call: Callable[[], R]) -> R:
    """What ``call`` gives, also when the stack dies meanwhile and comes back while its clients are patient."""
    try:
        return call()
    except Exception:  # noqa: BLE001 - the engine's death shows in many ways; what is not that comes again
        stack.local()
        return call()


def _wait_until_arrived(
    on_their_way: Callable[[], int], arrived: Callable[[], bool], patience: float, tell: _Bars
) -> None:
    most, last, silent_until = 0, -1, time.monotonic() + patience
    while time.monotonic() < silent_until:
        left = on_their_way()
        most = max(most, left)
        tell("events on their way", most - left, most)
        if not left and arrived():
            return
        if left != last:
            last, silent_until = left, time.monotonic() + patience
        time.sleep(LOOK_EVERY_S)


def _show(name: str, closed: "Books", rate: "Rate") -> None:
    from rich.table import Table

    table = Table("", "rule", "figures", "", title=name, title_justify="left", header_style="bold")
    section = ""
    for line in closed.lines:
        figures = "   ".join(f"{figure.replace('_', ' ')} {count:,}" for figure, count in line.figures.items())
        table.add_row("" if line.section == section else line.section, line.rule, figures, MARKS[line.balances])
        section = line.section
    out = console()
    out.print(table)
    if rate.orders:
        out.print(f"{rate.orders} orders in {rate.seconds:.1f} s: {rate.per_second:.1f} orders/s.")
    else:
        out.print("Every order was at its end already.")
    out.print("The books balance." if closed.balanced else "[bold red]The books do not balance.[/]")
