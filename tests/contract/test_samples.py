"""Samples of every event version are read by the models that consumers use."""

from typing import Any

import pytest

from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.routes import EVENTS
from tests.contract.sample import SAMPLES, cases, every_sample

LABELLED = list(every_sample())
each_sample = pytest.mark.parametrize("envelope", [one for _, one in LABELLED], ids=[label for label, _ in LABELLED])


def test_every_event_version_has_samples_and_nothing_else_does() -> None:
    """A version that may be on its way is never without a proof that it can be read."""
    assert {file.name for file in SAMPLES.iterdir()} == {f"{name}.v{version}.json" for name, version in EVENTS}


@each_sample
def test_a_sample_is_read_without_loss(envelope: Envelope) -> None:
    """The current model understands every field of every sample, however old."""
    model = EVENTS[envelope.name, envelope.version]

    read = envelope.open(model).model_dump(mode="json")

    assert envelope.kind == model.KIND
    assert {name: read.get(name) for name in envelope.data} == envelope.data


@each_sample
def test_fields_of_a_newer_emitter_are_ignored(envelope: Envelope) -> None:
    """An emitter may be deployed before its consumers: what they do not know does not stop them, at any depth."""
    newer = Envelope.model_validate(_with_unknown_fields(envelope.model_dump(mode="json")))
    model = EVENTS[envelope.name, envelope.version]

    assert newer.open(model) == envelope.open(model)


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda model: model.NAME)
def test_every_variant_has_a_sample(model: type[EventBody]) -> None:
    """Each value that a field may take of a list is seen in some sample."""
    data = [envelope["data"] for envelope in cases(model.NAME, model.VERSION).values()]

    for name, field in model.model_json_schema()["properties"].items():
        assert all(value in [one[name] for one in data] for value in field.get("enum", [])), name


def _with_unknown_fields(value: Any) -> Any:
    if isinstance(value, dict):
        # A mapping of free keys (attributes of a style) holds text, or numbers; an object of fields holds all sorts.
        known = {name: _with_unknown_fields(inner) for name, inner in value.items()}
        return known | ({} if _free(value) else {"from_next_year": [1]})
    return [_with_unknown_fields(one) for one in value] if isinstance(value, list) else value


def _free(value: dict[str, Any]) -> bool:
    kinds = {type(one) for one in value.values()}
    return kinds <= {str} or kinds <= {int}
