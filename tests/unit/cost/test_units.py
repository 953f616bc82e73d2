"""A rise, a fall and a change of who is told are found, each with its name."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.cost.units import Units, differences, read, write

PLACED = Units(
    entry="post_order",
    verbs=("orders.place_order",),
    calls={"BatchGetItem": 1, "TransactWriteItems": 1},
    writes={"orders": 8.0, "orders/by_shop": 1.0},
    write_units=9.0,
    read_units=3.0,
    events={"orders.order_placed": ("notify", "orders")},
    sqs_requests=2,
    invocations=2,
    bytes={"orders": 1647},
)


@pytest.mark.parametrize(
    ("counted", "found"),
    [
        (replace(PLACED, writes={"orders": 10.0, "orders/by_shop": 1.0}), "write units of orders rose from 8 to 10"),
        (replace(PLACED, writes={"orders": 8.0}), "write units of orders/by_shop fell from 1 to 0"),
        (replace(PLACED, calls={**PLACED.calls, "GetItem": 1}), "calls of GetItem rose from 0 to 1"),
        (replace(PLACED, read_units=3.5), "read units rose from 3 to 3.5"),
        (replace(PLACED, sqs_requests=3), "SQS requests rose from 2 to 3"),
        (
            replace(PLACED, events={"orders.order_placed": ("orders",)}),
            "tells orders.order_placed to orders instead of orders.order_placed to notify and orders",
        ),
    ],
)
def test_a_change_is_named(counted: Units, found: str) -> None:
    """Up and down: a fall that is not recorded could rise again unseen."""
    assert differences(PLACED, counted) == [found]


def test_what_is_as_recorded_passes() -> None:
    """Bytes are for the bill only: they hang on names."""
    assert differences(PLACED, replace(PLACED, bytes={"orders": 1_650})) == []


def test_what_is_not_recorded_is_found() -> None:
    """A new verb comes into the table with its first commit."""
    assert differences(None, PLACED) == ["is not recorded"]


def test_the_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A row a line, in order of names."""
    table = {"orders.place": PLACED, "catalog.note": replace(PLACED, entry="orders.availability_changed")}
    write(table, tmp_path / "units.json")

    assert read(tmp_path / "units.json") == table
    lines = (tmp_path / "units.json").read_text().splitlines()
    assert [line[:16] for line in lines] == ["{", ' "catalog.note":', ' "orders.place":', "}"]
