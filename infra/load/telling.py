"""How long after an order is committed its buyer and its shop are told: ``python -m infra.load.telling --orders 100``.

On a running stack (`xiaodian up`) with its demo shop. Buyers log in at the local WeChat, and place orders at a steady
pace. An order's own time is that of its transaction; a message is told when somebody who keeps asking sees it in the
inbox, a notice when the local WeChat has taken it. Clocks are one machine's. Lag is in milliseconds, and counts in how
often is asked (every 20 ms).
"""

import argparse
import math
import secrets
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.cli.api import Caller, Json, Stack
from infra.cli.buying import ADDRESS
from infra.cli.selling import own_shop
from infra.cli.target import Target
from infra.local.demo.shop import MERCHANT, NAME

TEMPLATE = "orders.order_placed/buyer"
FIELDS = {"thing1": "{goods:goods}", "amount2": "{payable_fen:money}", "time3": "{expires_at:time}"}
ASKED_EVERY_S = 0.02
WITHIN_S = 90.0


@dataclass(frozen=True)
class Told:
    """One order: who bought it, when it was committed, and when its message was seen."""

    openid: str
    committed: float
    seen: float


def main(arguments: Sequence[str]) -> int:
    """Place the orders and print what the lags are; 1 when something was never told."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.telling", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--per-second", type=float, default=5.0, help="at which pace (default: 5)")
    parser.add_argument("--url", help="where the stack answers (default: the one that runs)")
    parser.add_argument("--data", type=Path, help="its data folder")
    asked = parser.parse_args(arguments)
    stack = Target(asked.url, asked.data).stack()
    try:
        told = _placed(stack, asked.orders, asked.per_second)
        taken = _taken(stack, {one.openid for one in told})
    finally:
        stack.close()
    inbox = [one.seen - one.committed for one in told]
    wechat = [taken[one.openid] - one.committed for one in told if one.openid in taken]
    table = Table(title=f"{asked.orders} orders, {asked.per_second:g} a second: from commit to told, in ms")
    for column in ("medium", "told", "p50", "p99", "most"):
        table.add_column(column, justify="right")
    for medium, lags in (("inbox", inbox), ("WeChat", wechat)):
        table.add_row(medium, str(len(lags)), *(f"{1000 * one:.0f}" for one in _quantiles(lags)))
    Console(width=80).print(table)
    return 0 if len(inbox) == len(wechat) == asked.orders else 1


def _placed(stack: Stack, orders: int, per_second: float) -> list[Told]:
    shop = own_shop(stack.person(MERCHANT), NAME)
    if shop is None:
        raise SystemExit("the demo shop is not there: start the stack without --no-demo")
    stack.platform().put(
        "/notify/v1/wechat-templates", {"template": TEMPLATE, "template_id": "tmpl_placed", "fields": FIELDS}
    )
    products = stack.person(MERCHANT).pages(f"/catalog/v1/shops/{shop['shop_id']}/products")
    skus = [sku["sku_id"] for one in products for sku in one["skus"] if one["status"] == "listed" and sku["in_stock"]]
    run, begun = secrets.token_hex(4), time.monotonic()

    def one(number: int) -> Told:
        time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        return _told(stack, shop["shop_id"], skus[number % len(skus)], f"load{run}n{number}")

    with ThreadPoolExecutor(max(8, math.ceil(2 * per_second))) as pool:
        return list(pool.map(one, range(orders)))


def _told(stack: Stack, shop_id: str, sku: str, name: str) -> Told:
    session = stack.anyone().post("/catalog/v1/sessions/wechat", {"code": name})
    buyer = Caller(stack, {"Authorization": f"Bearer {session['access_token']}"})
    lines = [{"sku_id": sku, "quantity": 1}]
    wanted = {"shop_id": shop_id, "lines": lines, "address": ADDRESS}
    order = buyer.post("/orders/v1/orders", wanted | {"kind": "purchase", "channel": "direct"}, name)
    ends = time.monotonic() + WITHIN_S
    while not _shown(buyer, order):
        if time.monotonic() > ends:
            raise SystemExit(f"nobody was told of {order['order_id']} within {WITHIN_S:g} s")
        time.sleep(ASKED_EVERY_S)
    seen = time.time()
    buyer.post(f"/orders/v1/orders/{order['order_id']}/cancellation")
    committed = datetime.fromisoformat(order["created_at"]).timestamp()
    return Told(session["person"].partition(":")[2], committed, seen)


def _shown(buyer: Caller, order: Json) -> bool:
    messages = buyer.get("/notify/v1/messages", limit=5)["items"]
    return any(one["subject_id"] == order["order_id"] for one in messages)


def _taken(stack: Stack, openids: set[str]) -> dict[str, float]:
    """When WeChat took each person's notice, as far as it did within a minute and a half."""
    sandbox, ends = stack.local()["wechat_api_sandbox_url"], time.monotonic() + WITHIN_S
    while True:
        messages = stack.anyone().get(f"{sandbox}/sandbox/messages")["messages"]
        taken = {one["touser"]: one["at"] for one in messages if one["touser"] in openids}
        if len(taken) == len(openids) or time.monotonic() > ends:
            return taken
        time.sleep(0.5)


def _quantiles(lags: Sequence[float]) -> tuple[float, float, float]:
    """p50, p99 and the longest; not a number where there is none."""
    ordered = sorted(lags)
    if not ordered:
        return math.nan, math.nan, math.nan
    rank = [ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in (0.5, 0.99)]
    return rank[0], rank[1], ordered[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
