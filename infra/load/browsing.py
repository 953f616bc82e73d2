"""What a page of products costs to read, however many there are: ``python -m infra.load.browsing 1000 100000``.

Each number is a marketplace of so many products in ten shops, made on an engine of its own with catalog's own code, and
asked as buyers ask. Read units are the engine's count. The second table is the design that was not taken: the names of
a shop's products side by side in few items, all of which a search has to read.
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from rich.console import Console
from rich.progress import track
from rich.table import Table

from infra.local.child import free_port
from infra.local.engine import start_engine
from infra.local.provision import create_tables

SHOPS = 10
SEED = 7
START = datetime(2026, 1, 1, tzinfo=UTC)
COLOURS = "红色 蓝色 青花 白瓷 原木 复古 简约 手工 blue red vintage rustic enamel woven".split()
GOODS = "茶壶 茶杯 花瓶 台灯 毛毯 相框 果盘 风铃 teapot lantern cushion basket candle mirror".split()
LEAVES = ("home.decor", "clothing.men", "books.instruments", "sports.outdoor")
SEGMENT = 100  # names an item, in the other design


def main(arguments: Sequence[str]) -> int:
    """Make each marketplace, ask, and print read units a page."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.browsing", description=__doc__.splitlines()[0])
    parser.add_argument("products", type=int, nargs="*", default=[1_000, 10_000], help="how many, each on its own")
    counted = {count: _counted(count) for count in parser.parse_args(arguments).products}
    table = Table(title="Read units a page")
    table.add_column("page")
    for count in counted:
        table.add_column(f"{count:,} products", justify="right")
    for page in next(iter(counted.values())):
        table.add_row(page, *(f"{found[page]:g}" for found in counted.values()))
    Console().print(table)
    return 0


def _counted(count: int) -> dict[str, float]:
    """Read units by page, of a marketplace of so many products."""
    with _engine(count) as (client, names):
        ids = _make(count, names)
        asked = {name: _units(ask) for name, ask in _pages(ids).items()}
        return asked | {f"other design, {name}": units for name, units in _segments(client, names).items()}


@contextmanager
def _engine(count: int) -> Iterator[tuple[Any, list[str]]]:
    engine = start_engine(free_port(), None)
    os.environ |= {
        "AWS_ENDPOINT_URL_DYNAMODB": engine.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_REGION": "cn-north-1",
        "XIAODIAN_CURSOR_KEY": "bG9hZCBsb2FkIGxvYWQgbG9hZCBsb2FkIGxvYWQhISE=",
    }
    try:
        from services.catalog.resources import resources
        from services.shared.plumbing import tables

        tables._shared = None  # noqa: SLF001 - each marketplace has its own engine
        client = boto3.client("dynamodb")
        create_tables(client, resources)
        dice = random.Random(SEED)  # noqa: S311 - the same names in every run
        yield client, [f"{dice.choice(COLOURS)} {dice.choice(GOODS)} {dice.choice(GOODS)} {n}" for n in range(count)]
    finally:
        engine.stop()


def _make(count: int, names: list[str]) -> list[str]:
    """Products on sale, in the lists; returns their ids."""
    from services.catalog.products.product import Copy, Product, Sku
    from services.catalog.search.posting import entry_of
    from services.catalog.search.tables import replace_entry
    from services.catalog.tables import STORE, save_product
    from services.shared.plumbing import ids
    from services.shared.plumbing.tables import Transaction

    made = []
    for n, name in enumerate(track(names, description=f"{count:,} products")):
        at = START + timedelta(seconds=n)
        sku = Sku(ids.new_id("sku"), {}, 100 + n * 37 % 90_000, 100_000, 5)
        copy = Copy(name, LEAVES[n % len(LEAVES)], "physical", ("https://images.test/1.jpg",), (sku,))
        product = Product(ids.new_id("prd"), f"shp_{n % SHOPS}", None, at, at, 1, "listed", copy, listed_at=at)
        tx = Transaction(STORE, at, ids.new_id)
        save_product(tx, None, product)
        replace_entry(tx, product.product_id, None, entry_of(product, sold=n % 40))
        tx.commit()
        made.append(product.product_id)
    return made


def _pages(ids: list[str]) -> dict[str, Callable[[], object]]:
    """What buyers ask, by name."""
    from services.catalog.products.messages import BrowseProducts
    from services.catalog.products.product_record import product_on_sale
    from services.catalog.search.browse_for_buyers import browse_for_buyers

    def page(**asked: Any) -> Callable[[], object]:
        return lambda: browse_for_buyers(BrowseProducts(limit=20, **asked))

    return {
        "a product": lambda: product_on_sale(ids[0]),
        "a shop, newest": page(shop_id="shp_1"),
        "a category, newest": page(category_id=LEAVES[0]),
        "everything, newest": page(),
        "a shop by price": page(shop_id="shp_1", sort="price"),
        "everything by sales": page(sort="sales"),
        "a shop, 茶壶": page(shop_id="shp_1", q="茶壶"),
        "everything, 茶壶": page(q="茶壶"),
        "everything, teap vint": page(q="teap vint"),
        "everything, a word nobody has": page(q="zebra"),
    }


def _units(ask: Callable[[], object]) -> float:
    """Read units of one request."""
    from services.shared.plumbing.tables import connection

    found: list[float] = []
    events = connection().client.meta.events

    def want(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], **_: Any) -> None:
        counted = parsed.get("ConsumedCapacity", [])
        found.extend(one["CapacityUnits"] for one in (counted if isinstance(counted, list) else [counted]))

    for name in ("Query", "BatchGetItem"):
        events.register(f"provide-client-params.dynamodb.{name}", want, unique_id=f"want {name}")
        events.register(f"after-call.dynamodb.{name}", note, unique_id=f"note {name}")
    ask()
    for name in ("Query", "BatchGetItem"):
        events.unregister(f"provide-client-params.dynamodb.{name}", unique_id=f"want {name}")
        events.unregister(f"after-call.dynamodb.{name}", unique_id=f"note {name}")
    return sum(found)


def _segments(client: Any, names: list[str]) -> dict[str, float]:
    """What a search reads when it goes through all names of a shop, or of all shops."""
    from services.shared.plumbing.resources import physical

    table = physical("catalog-search")
    units, in_shop = 0.0, names[1::SHOPS]
    for number in range(0, len(in_shop), SEGMENT):
        segment = in_shop[number : number + SEGMENT]
        text = "\n".join(f"prd_{'0' * 26} {name}" for name in segment)
        client.put_item(TableName=table, Item={"pk": {"S": "SEG"}, "sk": {"S": f"{number:06d}"}, "text": {"S": text}})
    start: dict[str, Any] = {}
    while True:
        answer = client.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "SEG"}},
            ReturnConsumedCapacity="TOTAL",
            **start,
        )
        units += answer["ConsumedCapacity"]["CapacityUnits"]
        if "LastEvaluatedKey" not in answer:
            break
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return {"a shop, 茶壶": units, "everything, 茶壶": units * SHOPS}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
