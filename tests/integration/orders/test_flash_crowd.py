"""Far more presses than units (O1): exactly as many are accepted as there are, and none is stranded."""

from collections.abc import Callable

import pytest

from infra.load.flash_crowd import cancelled_units, flash_crowd
from services.shared.plumbing.resources import Resources


@pytest.mark.parametrize(
    ("presses", "units", "shards"),
    [
        (160, 40, 1),
        (160, 40, 16),
        *(pytest.param(5_000, 500, shards, marks=pytest.mark.slow) for shards in (1, 16)),
    ],
)
def test_a_flash_crowd_gets_exactly_what_there_is(
    tables: Callable[[str | Resources], Resources], presses: int, units: int, shards: int
) -> None:
    """O1: all others are told that it is sold out, and only when it is; a press costs what the design allows."""
    tables("orders")

    crowd = flash_crowd(presses, units, shards)

    assert crowd.exact, crowd
    assert crowd.each(crowd.writes, "accepted") <= 22  # with what was refused at one shard before
    assert crowd.each(crowd.writes, "sold out") > 0


def test_what_a_refused_press_costs_is_computed_from_what_it_would_have_written() -> None:
    """O1: two units for each KB put, two for each counter."""
    put = {"Put": {"Item": {"pk": {"S": "x" * 1_022}}}}
    more = {"Put": {"Item": {"pk": {"S": "x" * 1_023}}}}

    assert cancelled_units([put]) == 2
    assert cancelled_units([more]) == 4
    assert cancelled_units([put, more, {"Update": {}}, {"ConditionCheck": {}}]) == 10
