"""Restoring all services to one moment, as docs/operate.md says, and going on from there.

The engine has no point-in-time recovery: a copy of each table, made at that moment, stands in for what it makes.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from infra.cli.main import main
from infra.local.engine import Engine
from infra.local.provision import create_tables
from infra.operate.restore import CannotRestore, require_copies, restore
from services.notify import app as notify
from services.notify.resources import resources as notify_resources
from services.orders import app as orders
from services.orders.resources import resources as orders_resources
from services.shared.plumbing import ids
from services.shared.plumbing.resources import Resources, physical
from tests.integration.http import Client, token_for
from tests.integration.orders.events import told_of
from tests.integration.orders.market import Market, person, status_of
from tests.integration.wire import sqs_event

TABLES = [table.name for found in (orders_resources, notify_resources) for table in found.tables]


@pytest.fixture
def client(engine: Engine) -> Any:
    """The engine, past the faults proxy."""
    return boto3.client("dynamodb", endpoint_url=engine.url)


@pytest.fixture
def recovered(client: Any, tables: Callable[[str | Resources], Resources]) -> Iterator[Callable[[], None]]:
    """``recovered()`` makes a copy of every table of orders and notify, as they are now."""
    tables("orders")
    tables("notify")
    made: list[str] = []

    def recover() -> None:
        for name in TABLES:
            made.append(f"{physical(name)}-r1")
            _copy(client, physical(name), made[-1])

    yield recover
    for name in made:
        client.delete_table(TableName=name)


def _copy(client: Any, table: str, copy: str) -> None:
    kinds = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    client.create_table(TableName=copy, AttributeDefinitions=kinds, KeySchema=schema, BillingMode="PAY_PER_REQUEST")
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            client.put_item(TableName=copy, Item=item)


def _everything(client: Any) -> dict[str, list[str]]:
    """All items of all tables."""
    pages = {name: client.get_paginator("scan").paginate(TableName=physical(name)) for name in TABLES}
    return {
        name: sorted(json.dumps(item, sort_keys=True) for page in found for item in page["Items"])
        for name, found in pages.items()
    }


def _replay(subject: str) -> None:
    """What `xiaodian events replay` does, for one order: all that was told of it goes to notify and orders again."""
    for event in told_of(subject):
        for consumer in (notify, orders):
            if event.name in consumer.reactions():
                letter = sqs_event(event.model_dump_json())
                assert consumer.consume(letter, None) == {"batchItemFailures": []}


def test_everything_is_as_it_was_and_goes_on(client: Any, recovered: Callable[[], None], market: Market) -> None:
    """What came after the moment never was; what was on its way at it arrives by the replay, once; then business."""
    name = ids.new_id("buyer")
    buyer, reader = person(name), Client(notify.app, token_for(f"person:{name}"))
    (sku,) = market.offer(stock=5)
    kept = market.place(buyer, sku)
    market.paid(buyer, kept)  # told, and nobody has heard it yet
    before = _everything(client)
    recovered()

    market.ship(kept)
    later = market.place(buyer, sku, 2)
    _replay(kept)
    _replay(later)
    assert reader.get("/v1/messages/unread").json["total"] == 4
    for name in TABLES:
        *_, done = restore(client, physical(name), f"{physical(name)}-r1")
        assert done.put == len(before[name])

    assert _everything(client) == before
    assert buyer.get(f"/v1/orders/{later}").status == 404
    assert status_of(buyer, kept) == "to_ship"
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}
    for _ in range(2):
        _replay(kept)
        assert reader.get("/v1/messages/unread").json["total"] == 2  # placed and paid
    assert market.ship(kept).status == 201


def test_nothing_is_touched_where_a_copy_is_missing_or_another_table(
    client: Any, recovered: Callable[[], None]
) -> None:
    """All copies are looked at before the first item is."""
    recovered()
    name = physical("orders")

    with pytest.raises(CannotRestore, match=f"no table {name}-r2"):
        require_copies(client, [name, name], [f"{name}-r1", f"{name}-r2"])


def test_the_command_asks_before_it_acts(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a stage's tables, by their names."""
    monkeypatch.setenv("XIAODIAN_PREFIX", "xiaodian-rst")
    create_tables(client, notify_resources)
    stage = ["restore", "notify", "--stage", "rst", "--copies=-r1"]
    missing = CliRunner().invoke(main, stage)
    assert (missing.exit_code, missing.output) == (1, "Error: There is no table xiaodian-rst-notify-r1\n")
    for table in notify_resources.tables:
        _copy(client, f"xiaodian-rst-{table.name}", f"xiaodian-rst-{table.name}-r1")
    extra = {"pk": {"S": "new"}, "sk": {"S": "-"}}
    client.put_item(TableName="xiaodian-rst-notify", Item=extra)

    asked = CliRunner().invoke(main, stage)
    assert "xiaodian-rst-notify would become what xiaodian-rst-notify-r1 is: --yes does it." in asked.output
    assert "Item" in client.get_item(TableName="xiaodian-rst-notify", Key=extra)
    done = CliRunner().invoke(main, [*stage, "--yes"])

    assert "xiaodian-rst-notify: 0 put, 1 deleted." in done.output
    assert "Item" not in client.get_item(TableName="xiaodian-rst-notify", Key=extra)
