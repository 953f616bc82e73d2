"""Every consumer takes every sample of what it is sent, as if it had heard nothing before."""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import boto3
import pytest

from infra.local.engine import Engine
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.routes import consumers_of
from services.shared.plumbing import clock, ids
from services.shared.plumbing.inbox import react
from services.shared.plumbing.resources import Resources, physical
from services.shared.plumbing.vault import Vault
from tests.contract.sample import every_sample

ADDRESS = {
    "name": "王小明",
    "phone": "13800000000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "1 号",
}
SENT = [
    pytest.param(consumer, envelope, id=f"{consumer} hears {label}")
    for label, envelope in every_sample()
    for consumer in consumers_of(envelope.name, envelope.emitter)
]
CONSUMERS = sorted({str(one.values[0]) for one in SENT})


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_behind(engine: Engine, tables: Callable[[str | Resources], Resources]) -> Iterator[None]:
    """Samples are long ago: a gift made of one would be overdue to the sweeps of other tests."""
    names = [physical(table.name) for consumer in CONSUMERS for table in tables(consumer).tables]
    client = boto3.client("dynamodb", endpoint_url=engine.url)
    before = {name: _keys(client, name) for name in names}
    yield
    for name in names:
        for pk, sk in _keys(client, name) - before[name]:
            client.delete_item(TableName=name, Key={"pk": {"S": pk}, "sk": {"S": sk}})


@pytest.mark.parametrize(("consumer", "envelope"), SENT)
def test_a_consumer_takes_what_it_is_sent(consumer: str, envelope: Envelope) -> None:
    """An effect, none, or it waits for what must come first: never an error, which would end in the DLQ."""
    app = import_module(f"services.{consumer}.app")
    data = _sealed(envelope.data, Vault(app.app.store), consumer)
    letter = envelope.model_copy(update={"id": ids.new_id("evt"), "data": data})

    react(app.app.store, app.reactions(), letter, clock.now, ids.new_id)


def _sealed(value: Any, vault: Vault, receiver: str) -> Any:
    """The same with ciphertext that the receiver can open, where the sample has some that nobody can."""
    if isinstance(value, list):
        return [_sealed(one, vault, receiver) for one in value]
    if not isinstance(value, dict):
        return value
    texts = {"address_cipher": json.dumps(ADDRESS)}
    return {
        name: vault.seal_for(receiver, texts.get(name, "你好"))
        if name.endswith("_cipher") and inner is not None
        else _sealed(inner, vault, receiver)
        for name, inner in value.items()
    }


def _keys(client: Any, table: str) -> set[tuple[str, str]]:
    pages = client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="pk, sk")
    return {(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]}
