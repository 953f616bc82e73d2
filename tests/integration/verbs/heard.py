"""A scenario for every sample of every event that a service hears, for a service to which all come unprepared."""

import json
import re
from typing import Any

from services.shared.contracts.envelope import Envelope
from services.shared.contracts.routes import consumers_of
from services.shared.plumbing import clock, ids
from tests.contract.sample import every_sample
from tests.integration.verbs.scenario import Act, Consume, Scenarios, brought

PEOPLE = frozenset({"owner", "person", "applicant", "buyer", "giver", "recipient", "winners"})
ULID = re.compile(r"_([0-9A-HJKMNP-TV-Z]{26})\b")


def hear_every_sample(verb: Scenarios[Any], consume: Consume) -> None:
    """Declare them, named after event and case."""
    for label, envelope in every_sample():
        if verb.service in consumers_of(envelope.name, envelope.emitter):
            _declare(verb, consume, label, envelope)


def _declare(verb: Scenarios[Any], consume: Consume, label: str, envelope: Envelope) -> None:
    def hear(_: Any) -> Act:
        return brought(consume, fresh(envelope))

    name, _, case = label.partition(": ")
    hear.__name__ = f"{name.rpartition('.')[0]}: {case}"
    verb(envelope.name)(hear)


def fresh(envelope: Envelope) -> Envelope:
    """The same event, now, of a shop, people and things that nobody has heard of. What was one thing stays one."""
    text = envelope.model_dump_json()
    for ulid in set(ULID.findall(text)):
        text = text.replace(ulid, ids.new_id("x").partition("_")[2])
    for person in {one for name, one in _fields(json.loads(text)) if name in PEOPLE}:
        text = re.sub(rf'(?<=["/]){re.escape(person)}(?=")', ids.new_id("person:x"), text)
    return Envelope.model_validate_json(text).model_copy(update={"occurred_at": clock.now()})


def _fields(value: Any) -> list[tuple[str, str]]:
    """(name, text) of every text field, and of every text in a list, at any depth."""
    if isinstance(value, list):
        return [found for one in value for found in _fields(one)]
    if not isinstance(value, dict):
        return []
    named = [(name, one) for name, inner in value.items() for one in (inner if isinstance(inner, list) else [inner])]
    return [one for one in named if isinstance(one[1], str)] + [one for _, inner in named for one in _fields(inner)]
