"""Contracts are data, and they keep what they promised.

``python -m infra.checks.contracts`` compares every event's JSON Schema with the frozen one, and ends with 1 when a
change breaks whoever reads it or is not frozen yet. ``--freeze`` freezes new events and harmless changes, and refuses
the others. A version that nothing emits any more is retired by deleting its file, once its last event is over 60 days
old: outbox, queue and dead letters keep none longer.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.checks.schemas import breaks
from infra.checks.sources import Finding, Source, imports, within
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.routes import EVENTS

CONTRACTS = "services.shared.contracts"
ALLOWED = ("pydantic", CONTRACTS, *sys.stdlib_module_names)
FROZEN = Path(__file__).parents[2] / "services/shared/contracts/schemas"


def contracts_are_data(sources: Sequence[Source]) -> Iterator[Finding]:
    """Contracts import the standard library, pydantic and each other."""
    for source in sources:
        if within(source.module, (CONTRACTS,)):
            for line, name in imports(source):
                if not within(name, ALLOWED):
                    yield Finding(source.path, line, f"a contract may not import {name}")


@dataclass(frozen=True)
class Contract:
    """One version of an event, as it is frozen."""

    name: str
    version: int
    kind: str
    schema: dict[str, Any]

    @property
    def file(self) -> str:
        return f"{self.name}.v{self.version}.json"

    @property
    def text(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False, indent=2) + "\n"


def contracts(events: Iterable[type[EventBody]]) -> Iterator[Contract]:
    """The envelope and these events as the code has them."""
    yield Contract("envelope", 1, "envelope", Envelope.model_json_schema())
    for event in events:
        yield Contract(event.NAME, event.VERSION, event.KIND, event.model_json_schema())


def frozen(folder: Path) -> dict[str, Contract]:
    """What was promised, by file name."""
    files = sorted(folder.glob("*.json"))
    return {file.name: Contract(**json.loads(file.read_text(encoding="utf-8"))) for file in files}


def broken(promised: Contract, current: Contract | None) -> Iterator[str]:
    """What the current contract breaks of the promised one."""
    if current is None:
        yield "removed or renamed: emitters and consumers of other deployments, queues and outboxes still know it"
    elif current.kind != promised.kind:
        yield f"a {promised.kind} event became a {current.kind} event: consumers apply the two by different rules"
    else:
        yield from breaks(promised.schema, current.schema)


def main(arguments: Sequence[str], events: Iterable[type[EventBody]] = EVENTS.values(), folder: Path = FROZEN) -> int:
    """Compare, or with ``--freeze`` write what may be written; the exit status."""
    current = {contract.file: contract for contract in contracts(events)}
    promised = frozen(folder)
    found = {name: list(broken(contract, current.get(name))) for name, contract in promised.items()}
    lines = [f"{name}: {sentence}" for name, sentences in found.items() for sentence in sentences]
    open_to_freeze = [contract for name, contract in current.items() if not found.get(name)]
    stale = [contract for contract in open_to_freeze if promised.get(contract.file) != contract]
    if "--freeze" in arguments:
        folder.mkdir(exist_ok=True)
        for contract in stale:
            (folder / contract.file).write_text(contract.text, encoding="utf-8")
        print(*lines, f"{len(stale)} frozen, {len(lines)} refused", sep="\n")
        return 1 if lines else 0
    lines += [f"{contract.file}: not frozen as it is now: run with --freeze" for contract in stale]
    print(*lines, f"{len(lines)} findings in {len(current)} contracts", sep="\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
