"""All scenarios of all services, and what there has to be a scenario of."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from chalice.app import ScheduledEventConfig

from tests.integration.verbs.scenario import Scenario

ROOT = Path(__file__).parents[3]
SERVICES = sorted(file.parent.name for file in ROOT.glob("services/*/app.py"))
# What needs no scenario, and why.
NO_SCENARIO = {
    "health": "asks nothing of the engine",
    "tend": "the plumbing's: tests/faults/plumbing",
    "get_audit": "the plumbing's, one read: tests/integration/plumbing/test_audit.py",
    "get_platform_audit": "the same",
    "get_carriers": "asks nothing of the engine",
    "get_templates": "asks nothing of the engine",
    "catalog.resend": "the operator's, and grows with the tables; saying a state twice is harmless",
}


def scenarios() -> list[Scenario]:
    """Every one, in the order of the files: a service's ``scenarios.py``, and those of its subjects beside it."""
    for file in sorted(ROOT.glob("tests/integration/*/scenarios_*.py")):
        import_module(f"tests.integration.{file.parent.name}.{file.stem}")
    rooms = [import_module(f"tests.integration.{service}.scenarios") for service in SERVICES]
    return [scenario for room in rooms for scenario in room.verb.all.values()]


def entries(service: str) -> set[str]:
    """Every door, event and schedule by which something comes into the service."""
    module = import_module(f"services.{service}.app")
    schedules = {one.name for one in module.app.event_sources if isinstance(one, ScheduledEventConfig)}
    return {door.name for door in module.app.doors} | set(module.reactions()) | schedules


def verbs(service: str) -> Iterator[str]:
    """Every module of the service that commits: it has a function that is given ``begin``."""
    folder = ROOT / "services" / service
    for file in sorted(folder.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        if any("begin" in {arg.arg for arg in (*one.args.args, *one.args.kwonlyargs)} for one in functions):
            yield ".".join((service, *file.relative_to(folder).with_suffix("").parts))
