"""Stock over shards (O1): what is there can be taken, no more, and from as few shards as can be."""

from hypothesis import given
from hypothesis import strategies as st

from services.orders.stock.stock import MAX_SHARDS, Shard, home_shard, spread, take, total

on_hands = st.lists(st.integers(0, 9), min_size=1, max_size=MAX_SHARDS)


def shards(on_hand: list[int], closed: bool = False) -> list[Shard]:
    """Shards of one epoch with so many units each."""
    return [Shard(2, number, units, 0, 0, units, closed) for number, units in enumerate(on_hand)]


@given(on_hands, st.integers(1, 300))
def test_what_is_there_can_be_taken_and_no_more(on_hand: list[int], quantity: int) -> None:
    """Never falsely refused, never oversold: no unit is stranded on a shard."""
    parts = take(shards(on_hand), quantity)

    assert (parts is None) == (sum(on_hand) < quantity)
    for part in parts or ():
        assert 0 < part.quantity <= on_hand[part.shard]
        assert part.epoch == 2
    assert parts is None or sum(part.quantity for part in parts) == quantity
    assert len({part.shard for part in parts or ()}) == len(parts or ())


@given(on_hands, st.integers(1, 300))
def test_as_few_shards_as_can_be(on_hand: list[int], quantity: int) -> None:
    """Each shard is a write."""
    parts = take(shards(on_hand), quantity)

    if parts is not None:
        fullest = sorted(on_hand, reverse=True)
        assert sum(fullest[: len(parts) - 1]) < quantity <= sum(fullest[: len(parts)])


def test_closed_shards_give_nothing() -> None:
    """They belong to an epoch that is over."""
    assert take(shards([5, 5], closed=True), 1) is None


@given(st.integers(0, 10**9), st.integers(1, MAX_SHARDS))
def test_units_are_spread_evenly(quantity: int, count: int) -> None:
    """All of them, and no shard has two more than another."""
    parts = spread(quantity, count)

    assert (len(parts), sum(parts)) == (count, quantity)
    assert max(parts) - min(parts) <= 1


@given(st.integers(1, MAX_SHARDS), st.text())
def test_a_seed_has_its_shard(count: int, seed: str) -> None:
    """The same each time, and one that exists."""
    assert home_shard(count, seed) == home_shard(count, seed) < count


def test_seeds_are_spread_over_all_shards() -> None:
    """A hot style's orders do not meet on one shard."""
    hits = [home_shard(8, f"ord_{number}") for number in range(800)]

    assert min(hits.count(shard) for shard in range(8)) > 60


def test_a_total_is_the_sum() -> None:
    """For people to read."""
    both = total([Shard(1, 0, 1, 2, 3, 6), Shard(2, 0, 10, 20, 30, 60)])

    assert (both.on_hand, both.held, both.sold, both.received) == (11, 22, 33, 66)
    assert both.balanced
    assert not Shard(1, 0, 1, 2, 3, 7).balanced
    assert not Shard(1, 0, -1, 2, 3, 4).balanced
    assert total([]).on_hand == 0
