"""Whoever is sent an event reacts to it."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from infra.checks.sources import imports, parse, within
from services.shared.contracts.plumbing import JobStepDue
from services.shared.contracts.routes import ROUTES, consumers_of
from services.shared.plumbing.inbox import Reaction

ROOT = Path(__file__).parents[2]
SERVICES = ("catalog", "orders", "gifts", "notify")


@cache
def _with_jobs() -> list[str]:
    """Services that do work in jobs; only they tell themselves of steps."""
    jobs = "services.shared.plumbing.jobs"
    return [
        service
        for service in SERVICES
        for file in (ROOT / "services" / service).rglob("*.py")
        for source in parse({file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")})
        if any(within(name, (jobs,)) for _, name in imports(source))
    ]


def _heard() -> set[tuple[str, str]]:
    """(consumer, event name) of the routes table."""
    emitters = {event.NAME: [event.NAME.partition(".")[0]] for event in ROUTES} | {JobStepDue.NAME: _with_jobs()}
    return {(consumer, name) for name, own in emitters.items() for one in own for consumer in consumers_of(name, one)}


def _reactions(service: str) -> Mapping[str, Reaction]:
    reactions: Mapping[str, Reaction] = import_module(f"services.{service}.app").reactions()
    return reactions


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reacts_to_what_it_is_sent_and_to_nothing_else(service: str) -> None:
    """An event without a reaction would end in the dead-letter queue; a reaction without an event is dead code."""
    assert set(_reactions(service)) == {name for consumer, name in _heard() if consumer == service}


def test_events_are_named_after_a_service_and_heard_by_services() -> None:
    """The part before the dot says who may emit it, and every consumer exists."""
    assert {event.NAME.partition(".")[0] for event in ROUTES} <= {*SERVICES, "plumbing"}
    assert {consumer for consumer, _ in _heard()} <= set(SERVICES)
