"""A flash crowd: far more presses than units, at once, on one style over one counter and over many (O1).

``python -m infra.load.flash_crowd`` runs it on an engine of its own, in memory, and prints for each number of shards
who got one, what a press cost, and whether a unit was lost, stranded or sold twice; exit status 1 if one was.

Units of an accepted press are the engine's own count. Of a refused one the reads are; a cancelled transaction reports
no units though AWS bills it, so its writes are computed: two for each KB of what it would have put, and two for each
counter it would have moved.
"""

import argparse
import base64
import os
import secrets
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from infra.load.letters import wrapped

THREADS = 32
PATIENCE = 50  # how often somebody presses again who was told that it is too busy


@dataclass
class Crowd:
    """What became of all presses."""

    shards: int
    presses: int
    units: int
    seconds: float = 0.0
    ended: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    on_hand: int = 0
    held: int = 0

    @property
    def exact(self) -> bool:
        """Each unit has one buyer, everybody else was told that it is sold out, and nothing is left over."""
        sold = min(self.units, self.presses)
        told = Counter({"accepted": sold, "sold out": self.presses - sold})
        return (self.ended, self.held, self.on_hand) == (+told, sold, self.units - sold)

    def each(self, units: Counter[str], outcome: str) -> float:
        """Units of one press that ended so."""
        return units[outcome] / max(1, self.ended[outcome])

    def __str__(self) -> str:
        return (
            f"{self.shards:2} shards: {self.presses} presses for {self.units} units in {self.seconds:.1f} s"
            f" ({self.presses / self.seconds:.0f}/s): {dict(self.ended)}; held {self.held}, left {self.on_hand};"
            f" an accepted press {self.each(self.writes, 'accepted'):.1f} write and"
            f" {self.each(self.reads, 'accepted'):.1f} read units,"
            f" a refused one {self.each(self.writes, 'sold out'):.1f} (computed) and"
            f" {self.each(self.reads, 'sold out'):.1f}: {'exact' if self.exact else 'NOT EXACT'}"
        )


class Meter(threading.local):
    """What the press that this thread is at has taken so far."""

    writes = 0.0
    reads = 0.0
    asked: dict[str, Any] = {}  # noqa: RUF012 - replaced by each call, never changed

    def ask(self, params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"
        self.asked = params

    def note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if parsed.get("Error", {}).get("Code") == "TransactionCanceledException" and model.name == "TransactWriteItems":
            self.writes += cancelled_units(self.asked["TransactItems"])
            return
        counted = parsed.get("ConsumedCapacity", [])
        taken = sum(one["CapacityUnits"] for one in (counted if isinstance(counted, list) else [counted]))
        if model.name in ("TransactWriteItems", "PutItem", "UpdateItem"):
            self.writes += taken
        else:
            self.reads += taken


def cancelled_units(actions: list[dict[str, Any]]) -> int:
    """Write units of a transaction that was cancelled: two for each KB of an item put, two for each other action."""
    return sum(2 * -(-size_of(one["Put"]["Item"]) // 1024) if "Put" in one else 2 for one in actions)


def size_of(item: dict[str, Any]) -> int:
    """Bytes of an item in DynamoDB's JSON: names and values."""
    return sum(len(name.encode()) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


def flash_crowd(presses: int, units: int, shards: int) -> Crowd:
    """Let so many press for so many units. The environment says where the engine is; the tables are there."""
    from services.orders.stock.split_stock import split_stock
    from services.orders.stock.stock import total
    from services.orders.stock.tables import shards_of_all_epochs
    from services.orders.tables import find_offers, own_begin
    from services.shared.plumbing.tables import connection

    now = datetime.now(UTC)
    shop_id, sku_id = open_shop(units)
    split_stock(shop_id, sku_id, shards, "load", begin=own_begin(now), now=now)
    crowd, meter, lock = Crowd(shards, presses, units), Meter(), threading.Lock()
    events = connection().client.meta.events
    events.register("provide-client-params.dynamodb", meter.ask, unique_id="crowd asks")
    events.register("after-call.dynamodb", meter.note, unique_id="crowd notes")

    def run(number: int) -> None:
        for _ in range(number, presses, THREADS):
            meter.writes = meter.reads = 0.0
            outcome = press(shop_id, sku_id, f"person:crowd-{number}")
            with lock:
                crowd.ended[outcome] += 1
                crowd.writes[outcome] += meter.writes  # type: ignore[assignment]
                crowd.reads[outcome] += meter.reads  # type: ignore[assignment]

    begun = time.monotonic()
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run, range(THREADS)))
    finally:
        events.unregister("provide-client-params.dynamodb", unique_id="crowd asks")
        events.unregister("after-call.dynamodb", unique_id="crowd notes")
    crowd.seconds = time.monotonic() - begun
    sums = total(shards_of_all_epochs(find_offers([sku_id])[sku_id]))
    crowd.on_hand, crowd.held = sums.on_hand, sums.held
    return crowd


def press(shop_id: str, sku_id: str, buyer: str) -> str:
    """One press, repeated while the answer is "too busy"; returns how it ended."""
    from services.orders.place_order import Placing, place_order
    from services.orders.pricing import Want
    from services.orders.refusals import OutOfStock
    from services.orders.tables import VAULT, own_begin
    from services.shared.plumbing.contention import retrying
    from services.shared.plumbing.ids import new_id
    from services.shared.plumbing.problems import TooBusy

    wish = Placing(shop_id, buyer, (Want(sku_id, 1),), "direct", None, None, '{"name":"crowd"}', (), None, None, None)
    now = datetime.now(UTC)
    for _ in range(PATIENCE):
        try:
            retrying(lambda: place_order(wish, begin=own_begin(now), now=now, new_id=new_id, vault=VAULT))
        except OutOfStock:
            return "sold out"
        except TooBusy:
            continue
        return "accepted"
    return "too busy"


def open_shop(units: int) -> tuple[str, str]:
    """A shop with one style of so many units, as orders hears of it from catalog; returns both ids."""
    from services.orders.reactions import REACTIONS
    from services.orders.tables import STORE
    from services.shared.contracts.catalog import ProductOffered, ShopChanged, SkuOffer
    from services.shared.plumbing import clock, inbox
    from services.shared.plumbing.ids import new_id

    shop_id, product_id, sku_id = new_id("shp"), new_id("prd"), new_id("sku")
    style = SkuOffer(
        sku_id=sku_id, attributes={"款式": "1"}, price_fen=9_900, original_price_fen=9_900, initial_stock=units
    )
    said = {
        shop_id: ShopChanged(shop_id=shop_id, name="快闪店", status="passed", can_sell=True),
        product_id: ProductOffered(
            product_id=product_id,
            shop_id=shop_id,
            title="明前特级西湖龙井茶叶礼盒装",
            kind="physical",
            category_id="tea",
            image=None,
            giftable=True,
            fee_bp=60,
            skus=[style],
        ),
    }
    for subject, body in said.items():
        envelope = wrapped(body, "catalog", subject)
        inbox.react(STORE, REACTIONS, envelope, clock.now, new_id)
    return shop_id, sku_id


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.flash_crowd", description=__doc__)
    parser.add_argument("--presses", type=int, default=5_000)
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 16])
    asked = parser.parse_args()
    from infra.local.child import free_port
    from infra.local.engine import start_engine
    from infra.local.provision import create_tables

    engine = start_engine(free_port(), None)
    try:
        os.environ |= {
            "AWS_ENDPOINT_URL_DYNAMODB": engine.url,
            "AWS_DEFAULT_REGION": "cn-north-1",
            "AWS_ACCESS_KEY_ID": "crowd",
            "AWS_SECRET_ACCESS_KEY": "crowd",
            "XIAODIAN_PREFIX": "crowd",
            "XIAODIAN_ORDERS_SERVICE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        import boto3

        from services.orders.resources import resources

        create_tables(boto3.client("dynamodb"), resources)
        crowds = [_shown(asked.presses, asked.units, shards) for shards in asked.shards]
    finally:
        engine.stop()
    return 0 if all(crowd.exact for crowd in crowds) else 1


def _shown(presses: int, units: int, shards: int) -> Crowd:
    """Without orders' log, a line of which each accepted press writes."""
    with redirect_stdout(StringIO()):
        crowd = flash_crowd(presses, units, shards)
    print(crowd, flush=True)
    return crowd


if __name__ == "__main__":
    sys.exit(main())
