"""Moves by workers in processes of their own, which are killed and throttled (M3).

At length: ``python -m infra.load.shop_moves 10000 50000``.
"""

from collections.abc import Callable

import pytest

from infra.load.shop_moves import run
from infra.local.engine import Engine
from services.shared.plumbing.resources import Resources


@pytest.fixture(autouse=True)
def _both(tables: Callable[[str | Resources], Resources], queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Both services, with a place for files."""
    tables("orders")
    queues("orders")


def test_a_hurt_move_ends_as_a_clean_one_and_as_its_dry_run_said(engine: Engine) -> None:
    """M2, M3: SIGKILL in the middle of a chunk of each service, throttling, conflicts, lost answers, bad records: the
    same word of every record, and every row of both services the same."""
    moved = run(26, 50, 1, engine.url)

    assert moved.faults == ()
    assert moved.killed == 2
    assert [(kind, one["read"], one["moved"], one["refused"]) for kind, one in moved.counts.items()] == [
        ("products", 26, 25, 1),
        ("groups", 1, 1, 0),
        ("orders", 50, 49, 1),
        ("aftersales", 3, 3, 0),
    ]
    assert moved.rows["orders"] >= 2 * 49


@pytest.mark.slow
def test_a_large_hurt_move_ends_as_a_clean_one(engine: Engine) -> None:
    """The same at length."""
    moved = run(300, 1_500, 3, engine.url)

    assert moved.faults == ()
    assert moved.killed == 6
    assert moved.fired
