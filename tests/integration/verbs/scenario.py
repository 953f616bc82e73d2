"""A scenario: how a verb comes in, and the act that brings it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.shared.contracts.envelope import Envelope
from tests.integration.http import Reply
from tests.integration.wire import sqs_event

S = TypeVar("S")
Act = Callable[[], object]
Consume = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """``prepare(scene)`` sets the stage and returns the act. ``entry``: a door's name, an event's, or a schedule's.

    ``unlike``: why a repeat does not end as the first did, and what is promised then instead.
    """

    service: str
    name: str
    entry: str
    prepare: Callable[[Any], Act]
    unlike: str = ""

    def __str__(self) -> str:
        return f"{self.service}.{self.name}"


class Scenarios(Generic[S]):
    """One service's scenarios, by name."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.all: dict[str, Scenario] = {}

    def __call__(self, entry: str, *, unlike: str = "") -> Callable[[Callable[[S], Act]], Callable[[S], Act]]:
        """Declare what a verb that comes in here is tried with."""

        def declare(prepare: Callable[[S], Act]) -> Callable[[S], Act]:
            assert prepare.__name__ not in self.all, f"two scenarios are called {prepare.__name__}"
            self.all[prepare.__name__] = Scenario(self.service, prepare.__name__, entry, prepare, unlike)
            return prepare

        return declare


def answered(reply: Reply) -> None:
    """Whatever was asked has a definite answer."""
    assert reply.status < 500, reply.text


def brought(consume: Consume, envelope: Envelope) -> Act:
    """Bring an event as its queue does."""

    def bring() -> None:
        assert consume(sqs_event(envelope.model_dump_json()), None) == {"batchItemFailures": []}

    return bring
