"""Services are deployed one at a time: each side of an event takes what another release of the other side says.

A file of ``releases/`` holds the contracts of one release, and is never edited. Releases themselves are not run here:
what an emitter or a consumer of another release can send or take is all in its contracts, since consumers ignore what
they do not know and an event's body is what its model says. ``tests/e2e/deployed`` releases a service under requests.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from infra.checks.contracts import Contract, broken, contracts
from infra.faults import FaultsProxy
from infra.local.engine import Engine
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.routes import EVENTS, consumers_of
from services.shared.plumbing import clock, ids
from services.shared.plumbing.inbox import react
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.vault import Vault
from tests.contract.sample import every_sample
from tests.contract.test_reactions import CONSUMERS, _sealed
from tests.contract.test_samples import _with_unknown_fields
from tests.faults.verbs.trace import Key, keys_written, remove, trace
from tests.integration.verbs.heard import fresh

jsonschema: Any = import_module("jsonschema")  # cfn-lint's, without types
RELEASES = {file.stem: json.loads(file.read_text("utf-8")) for file in Path(__file__).parent.glob("releases/*.json")}
PROMISED = [
    pytest.param(Contract(**contract), id=f"{release} {name}")
    for release, all_of_it in RELEASES.items()
    for name, contract in all_of_it.items()
]
SAMPLES = list(every_sample())
KNOWN_THEN = [
    pytest.param(contract[file]["schema"], envelope, id=f"{release} {label}")
    for release, contract in RELEASES.items()
    for label, envelope in SAMPLES
    if (file := f"{envelope.name}.v{envelope.version}.json") in contract
]
HEARD = [
    pytest.param(consumer, envelope, id=f"{consumer} hears {label}")
    for label, envelope in SAMPLES
    for consumer in consumers_of(envelope.name, envelope.emitter)
]
Heard = Callable[[str, Envelope], set[Key]]


@pytest.fixture(scope="module")
def _their_tables(tables: Callable[[str | Resources], Resources]) -> None:
    for consumer in CONSUMERS:
        tables(consumer)


@pytest.fixture
def heard(proxy: FaultsProxy, engine: Engine, _their_tables: None) -> Iterator[Heard]:
    """Let a service hear an event, raising what it raises; returns the keys that it wrote. They are removed again."""
    written: set[Key] = set()

    def hear(consumer: str, envelope: Envelope) -> set[Key]:
        app = import_module(f"services.{consumer}.app")
        proxy.clear()
        react(app.app.store, app.reactions(), envelope, clock.now, ids.new_id)
        keys = keys_written(proxy.calls)
        written.update(keys)
        return keys

    yield hear
    remove(engine, written)


@pytest.mark.parametrize("promised", PROMISED)
def test_a_release_and_this_one_understand_each_other(promised: Contract) -> None:
    """Nothing is gone, wider, narrower or newly required since, however many changes were frozen in between."""
    current = {contract.file: contract for contract in contracts(EVENTS.values())}

    assert list(broken(promised, current.get(promised.file))) == []


@pytest.mark.parametrize(("schema", "envelope"), KNOWN_THEN)
def test_a_consumer_of_that_release_takes_what_is_said_now(schema: dict[str, Any], envelope: Envelope) -> None:
    """With all that this release's emitter puts into it, defaults too."""
    said = envelope.open(EVENTS[envelope.name, envelope.version]).model_dump(mode="json")

    jsonschema.validate(said, schema)


@pytest.mark.parametrize(("schema", "envelope"), KNOWN_THEN)
def test_what_that_release_says_is_taken_now(schema: dict[str, Any], envelope: Envelope, heard: Heard) -> None:
    """Without the fields that came since, by every consumer: an effect, none, or it waits; never an error."""
    said = envelope.model_copy(update={"data": _known(envelope.data, schema, schema)})

    for consumer in consumers_of(envelope.name, envelope.emitter):
        heard(consumer, _ready(said, consumer))


@pytest.mark.parametrize(("consumer", "envelope"), HEARD)
def test_what_may_be_left_out_is_left_out(consumer: str, envelope: Envelope, heard: Heard) -> None:
    """An event with nothing but what its schema requires is heard all the same."""
    schema = EVENTS[envelope.name, envelope.version].model_json_schema()
    said = envelope.model_copy(update={"data": _known(envelope.data, schema, schema, only_required=True)})

    heard(consumer, _ready(said, consumer))


@pytest.mark.parametrize(("consumer", "envelope"), HEARD)
def test_what_the_next_release_adds_changes_nothing(
    consumer: str, envelope: Envelope, heard: Heard, engine: Engine
) -> None:
    """Fields that nobody knows yet, at every depth and in the envelope: the same is left behind as without them."""
    newer = Envelope.model_validate(_with_unknown_fields(envelope.model_dump(mode="json")))

    left = [_left(trace(engine, heard(consumer, _ready(one, consumer)))) for one in (envelope, newer)]

    assert left[0] == left[1]


def _left(items: Counter[str]) -> list[str]:
    """The items but for what an event that waits keeps for later, and for the names that hang on it."""
    plain = [re.sub(r', "from_next_year": \[1\]|"from_next_year": \[1\], ', "", text) for text in items.elements()]
    return sorted(re.sub(r"_[0-9a-f]{8}\b", "", text) for text in plain)


def _ready(envelope: Envelope, consumer: str) -> Envelope:
    """Of things that nobody has heard of, with ciphertext that the consumer can open."""
    store = import_module(f"services.{consumer}.app").app.store
    said = fresh(envelope)
    return said.model_copy(update={"id": ids.new_id("evt"), "data": _sealed(said.data, Vault(store), consumer)})


def _known(value: Any, schema: dict[str, Any], whole: dict[str, Any], *, only_required: bool = False) -> Any:
    """The same with the fields that the schema knows, or requires, at every depth."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [_known(one, schema.get("items", {}), whole, only_required=only_required) for one in value]
    if not isinstance(value, dict):
        return value
    fitting = [one for one in schema.get("anyOf", [schema]) if "$ref" in one or "properties" in one]
    if not fitting:
        return value  # free keys
    if "$ref" in fitting[0]:
        return _known(value, fitting[0], whole, only_required=only_required)
    kept = fitting[0].get("required", ()) if only_required else fitting[0]["properties"]
    fields = fitting[0]["properties"]
    return {
        name: _known(inner, fields[name], whole, only_required=only_required)
        for name, inner in value.items()
        if name in kept
    }
