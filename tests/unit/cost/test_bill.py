"""The bill follows an order through everybody who hears of it."""

import pytest

from infra.cost.__main__ import main
from infra.cost.bill import NotCounted, acts, bill, prices
from infra.cost.units import Units, read

WAY = {
    "acts": {"orders.place": 1},
    "heard": {"orders.order_placed": {"notify": "notify.tell"}, "notify.told": {"notify": "notify.note"}},
}


def units(**events: tuple[str, ...]) -> Units:
    """An act that tells these events, by their last name."""
    told = {name.replace("__", "."): consumers for name, consumers in events.items()}
    return Units("post_order", (), {}, {"orders": 4.0}, 4.0, 1.0, told, 1, 2, {"orders": 100})


def test_who_hears_is_billed_and_who_hears_of_that() -> None:
    """To the end of it."""
    table = {
        "orders.place": units(orders__order_placed=("notify",)),
        "notify.tell": units(notify__told=("notify",)),
        "notify.note": units(),
    }

    assert [name for name, _, _ in acts(table, WAY)] == ["orders.place", "notify.tell", "notify.note"]


def test_a_consumer_that_nobody_counted_stops_the_bill() -> None:
    """A new consumer of a purchase's events is never for nothing."""
    table = {"orders.place": units(orders__order_placed=("gifts",))}

    with pytest.raises(NotCounted, match=r"gifts hears orders\.order_placed"):
        acts(table, WAY)


@pytest.mark.parametrize("region", prices())
def test_the_committed_table_makes_a_bill(region: str) -> None:
    """Every consumer of the journey's events is named in journey.json, in every region."""
    found = bill(region, read())

    assert found.total == pytest.approx(sum(line.cost for line in found.lines))
    assert len(found.largest) == 3
    assert found.apart.quantity == 5_000_000  # place, pay, WeChat's letter, ship, receive


def test_a_million_orders_and_two_cost_the_same_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing in it grows with the number; what does not hang on orders stands apart."""
    million, two = bill("us-east-1", read()), bill("us-east-1", read(), 2_000_000)
    assert two.total == pytest.approx(2 * million.total)

    assert main(["--region", "us-east-1"]) == 0

    printed = capsys.readouterr().out
    assert f"{million.total:.2f}" in printed
    assert f"largest: {million.largest[0].cause}" in printed
