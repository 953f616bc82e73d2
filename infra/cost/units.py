"""The table of what every verb takes, as it was counted on the engine: ``units.json`` beside this file.

``make units`` counts all verbs anew and writes it; tests compare what they count with it. A cancelled transaction
reports no units, though AWS bills it: what is refused or found done costs more there.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("units.json")


@dataclass(frozen=True)
class Units:
    """What one act takes.

    ``entry``: the door, event or schedule by which it comes in. ``verbs``: the modules that wrote. ``calls`` of the
    engine by operation. ``writes``: write units by table, and by index apart. ``events``: who is told what.
    ``sqs_requests``: its own letter received and deleted, and one batch sent to each queue. ``invocations``: itself,
    and the publisher when something is told. ``bytes`` of new items in each table, which is not compared: it is for the
    bill.
    """

    entry: str
    verbs: tuple[str, ...]
    calls: Mapping[str, int]
    writes: Mapping[str, float]
    write_units: float
    read_units: float
    events: Mapping[str, tuple[str, ...]]
    sqs_requests: int
    invocations: int
    bytes: Mapping[str, int]


Table = dict[str, Units]


def read(file: Path = FILE) -> Table:
    """The table, by ``service.scenario``."""
    if not file.exists():
        return {}
    return {name: _units(row) for name, row in json.loads(file.read_text(encoding="utf-8")).items()}


def write(table: Mapping[str, Units], file: Path = FILE) -> None:
    """Write it, one row a line, so that a change is seen as one."""
    rows = [f" {json.dumps(name)}: {json.dumps(asdict(table[name]), ensure_ascii=False)}" for name in sorted(table)]
    file.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def differences(recorded: Units | None, counted: Units) -> list[str]:
    """What rose, fell or changed, each as a sentence; empty when it is as recorded."""
    if recorded is None:
        return ["is not recorded"]
    found = []
    old, new = _figures(recorded), _figures(counted)
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, 0), new.get(name, 0)
        if before != after:
            found.append(f"{name} {'rose' if after > before else 'fell'} from {before:g} to {after:g}")
    if recorded.events != counted.events:
        found.append(f"tells {_told(counted)} instead of {_told(recorded)}")
    if recorded.entry != counted.entry or not set(recorded.verbs) <= set(counted.verbs):
        found.append("comes in or writes elsewhere")
    return found


def _units(row: dict[str, object]) -> Units:
    units = Units(**row)  # type: ignore[arg-type]
    told = {name: tuple(consumers) for name, consumers in units.events.items()}
    return Units(**asdict(units) | {"verbs": tuple(units.verbs), "events": told})


def _figures(units: Units) -> dict[str, float]:
    calls = {f"calls of {name}": float(count) for name, count in units.calls.items()}
    writes = {f"write units of {name}": count for name, count in units.writes.items()}
    rest = {"read units": units.read_units, "SQS requests": units.sqs_requests, "invocations": units.invocations}
    return calls | writes | rest


def _told(units: Units) -> str:
    return ", ".join(f"{name} to {' and '.join(consumers)}" for name, consumers in units.events.items()) or "nobody"
