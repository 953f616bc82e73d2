"""Imports by workers in processes of their own, which are killed (C6). At length: ``python -m infra.load.imports``."""

from collections.abc import Callable

import pytest

from infra.load.imports import MOST_MEMORY, open_shop, run
from services.shared.plumbing.resources import Resources


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Files live in S3."""


def test_killed_workers_are_followed_and_memory_is_bounded() -> None:
    """C6: SIGKILL in the middle of a chunk, twice; each row is told of once, each product made and offered once, and
    the same file again changes nothing."""
    shop_id = open_shop()

    first = run(shop_id, 600, kills=2)
    again = run(shop_id, 600, kills=0)

    assert (first.faults, again.faults) == ((), ())
    assert first.counts == {"products": 120, "created": 600, "updated": 0, "unchanged": 0, "refused": 0}
    assert again.counts == {"products": 120, "created": 0, "updated": 0, "unchanged": 600, "refused": 0}
    assert (first.workers, again.workers) == (3, 1)
    assert 0 < max(first.memory, again.memory) < MOST_MEMORY
