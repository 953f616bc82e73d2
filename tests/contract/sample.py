"""Samples of what services say: one file an event version, ``{case: envelope}``, as they travel.

A sample is never edited: it stands for events that are on their way. A new case or a new version is added.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.shared.contracts.envelope import Envelope

SAMPLES = Path(__file__).parent / "samples"


def cases(name: str, version: int = 1) -> dict[str, dict[str, Any]]:
    """The samples of an event as JSON, by case."""
    found: dict[str, dict[str, Any]] = json.loads((SAMPLES / f"{name}.v{version}.json").read_text(encoding="utf-8"))
    return found


def sample(name: str, case: str = "as always", version: int = 1) -> Envelope:
    """One sample as its envelope."""
    return Envelope.model_validate(cases(name, version)[case])


def every_sample() -> Iterator[tuple[str, Envelope]]:
    """All samples with a label: ``orders.order_paid.v1: gift``."""
    for file in sorted(SAMPLES.glob("*.json")):
        for case, envelope in json.loads(file.read_text(encoding="utf-8")).items():
            yield f"{file.stem}: {case}", Envelope.model_validate(envelope)
