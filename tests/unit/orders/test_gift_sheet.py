"""How a gift for many is divided: to the piece and to the fen (G6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.gift_sheet import divide, number_of, part_of_fen, refunds_each
from services.orders.gift_terms import MAX_RECIPIENTS
from services.orders.payments.payment import MAX_REFUNDS
from services.orders.stock.stock import Taken

TAKEN = st.lists(st.builds(Taken, st.just(1), st.integers(0, 31), st.integers(1, 9)), max_size=8)


@given(total=st.integers(0, 40_000_000), recipients=st.integers(1, 40))
def test_parts_are_the_whole_and_differ_by_a_fen_at_most(total: int, recipients: int) -> None:
    """Whoever claims and whatever goes back: nothing is lost and nobody gets more."""
    parts = [part_of_fen(total, recipients, "sub_X" if n == 1 else f"sub_X-{n}") for n in range(1, recipients + 1)]

    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1


@given(taken=TAKEN, wanted=st.integers(0, 80))
def test_units_are_divided_without_loss(taken: list[Taken], wanted: int) -> None:
    """Each goes back to where it came from; more than there are cannot be taken."""
    there = sum(one.quantity for one in taken)
    if wanted > there:
        with pytest.raises(ValueError, match="more is taken"):
            divide(taken, wanted)
        return

    part, rest = divide(taken, wanted)

    def by_shard(units: tuple[Taken, ...]) -> dict[int, int]:
        return {shard: sum(one.quantity for one in units if one.shard == shard) for shard in range(32)}

    assert sum(one.quantity for one in part) == wanted
    assert {n: by_shard(part)[n] + by_shard(rest)[n] for n in range(32)} == by_shard(tuple(taken))
    assert all(one.quantity > 0 for one in (*part, *rest))


@pytest.mark.parametrize(("sub_gift_id", "number"), [("sub_X", 1), ("sub_X-2", 2), ("sub_X-40", 40)])
def test_a_sub_gift_is_known_by_its_number(sub_gift_id: str, number: int) -> None:
    """As gifts names it."""
    assert number_of(sub_gift_id) == number


@pytest.mark.parametrize(("recipients", "each"), [(1, 45), (9, 5), (22, 2), (23, 1), (40, 1)])
def test_refunds_are_enough_for_all(recipients: int, each: int) -> None:
    """WeChat takes fifty of a payment, of which the last five wait for each other: none of these ever is one."""
    assert refunds_each(recipients) == each
    assert all(number * refunds_each(number) <= MAX_REFUNDS for number in range(1, MAX_RECIPIENTS + 1))
