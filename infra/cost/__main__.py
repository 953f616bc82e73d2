"""``python -m infra.cost``: see ``--help``."""

import argparse

from infra.cost.bill import Bill, Line, bill, journey, prices
from infra.cost.units import read

BUDGET_USD = 20  # the design's, REST calls apart


def main(arguments: list[str] | None = None) -> int:
    """Print the bills; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.cost",
        description="What orders cost on AWS, from placed to settled with all events: counted units (units.json) times "
        "list prices (prices.json), letters sent singly.",
    )
    parser.add_argument("--orders", type=int, default=1_000_000, help="how many (default: 1 000 000)")
    parser.add_argument("--region", choices=sorted(prices()), help="only this one")
    asked = parser.parse_args(arguments)
    print(journey()["about"])
    assumed = journey()["assumed"]
    log_bytes = assumed["log_bytes_per_invocation"]
    print(f"Assumed: {assumed['ms_per_invocation']} ms and {log_bytes} bytes of log an invocation.\n")
    for region in [asked.region] if asked.region else sorted(prices(), reverse=True):
        _show(bill(region, read(), asked.orders), asked.orders)
    return 0


def _show(found: Bill, orders: int) -> None:
    price = prices()[found.region]
    print(f"{found.region}, {found.currency}, prices of {price['as_of']}, {orders:,} orders")
    for line in found.lines:
        _line(line)
    print(f"  {'total':<28}{'':>32}{found.total:>10.2f}")
    if found.currency == "USD":
        verdict = "within" if found.total <= BUDGET_USD * orders / 1e6 else "ABOVE"
        print(f"  {verdict} the design's budget of {BUDGET_USD} USD a million")
    print(f"  largest: {'; '.join(f'{line.cause} {line.cost / found.total:.0%}' for line in found.largest)}")
    print("  apart")
    _line(found.apart)
    print("  a month in which nothing is sold")
    for line in found.standing:
        _line(line)
    if price["unconfirmed"]:
        print(f"  to be confirmed on the price list before it is relied on: {', '.join(price['unconfirmed'])}")
    print()


def _line(line: Line) -> None:
    print(f"  {line.cause:<28}{line.quantity:>18,.0f} {line.unit:<13}{line.cost:>10.2f}")


if __name__ == "__main__":
    raise SystemExit(main())
