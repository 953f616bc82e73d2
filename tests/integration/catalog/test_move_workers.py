"""Moves by workers in processes of their own, which are killed and throttled (M3).

At length: ``python -m infra.load.migrations 10000``.
"""

from collections.abc import Callable

import pytest

from infra.load.migrations import run
from infra.local.engine import Engine
from services.shared.plumbing.resources import Resources


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Files live in S3."""


def test_a_hurt_move_ends_as_a_clean_one_and_as_its_dry_run_said(engine: Engine) -> None:
    """M2, M3: SIGKILL in the middle of a chunk, throttling, conflicts, lost answers, bad records: the same word of
    every record, and every product the same and offered once."""
    found = run(50, 1, engine.url)

    assert found.faults == ()
    assert found.workers == 2
    assert found.counts == {"moved": 48, "unchanged": 0, "refused": 2}


@pytest.mark.slow
def test_a_large_hurt_move_ends_as_a_clean_one(engine: Engine) -> None:
    """The same at length."""
    found = run(1_000, 3, engine.url)

    assert found.faults == ()
    assert found.fired
