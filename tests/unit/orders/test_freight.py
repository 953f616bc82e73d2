"""What sending costs (O13): by piece or weight, by region, free conditions, regions not served."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.freight.freight import Book, FreeFrom, Goods, Rate, RegionRate, Template, Terms

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN = Rate(first=1, first_fen=800, more=1, more_fen=200)
FAR = Rate(first=1, first_fen=2_000, more=1, more_fen=1_000)
LHASA, SHENZHEN = ("西藏自治区", "拉萨市"), ("广东省", "深圳市")


def template(template_id: str, **terms: Any) -> Template:
    """A template of eight yuan and two for every piece more, unless it says otherwise."""
    usual: dict[str, Any] = {"name": template_id, "charge_by": "piece", "default_rate": PLAIN}
    return Template(template_id, Terms(**usual | terms), NOON, NOON)


def goods(quantity: int = 1, template_id: str = "frt_1", weight_g: int = 300, amount_fen: int = 1_000) -> Goods:
    """One line."""
    return Goods(f"sku_{template_id}", template_id, quantity, weight_g, amount_fen)


@pytest.mark.parametrize(("units", "fen"), [(0, 500), (1, 500), (1_000, 500), (1_001, 600), (1_500, 600), (1_501, 700)])
def test_what_is_begun_counts_whole(units: int, fen: int) -> None:
    """500 fen for the first kilogram, 100 for every half one begun after it."""
    assert Rate(first=1_000, first_fen=500, more=500, more_fen=100).fen(units) == fen


rates = st.builds(Rate, st.integers(1, 50), st.integers(0, 10**6), st.integers(1, 50), st.integers(0, 10**6))


@given(rates, st.integers(0, 10**5), st.integers(0, 10**5))
def test_more_never_costs_less_and_one_parcel_never_more_than_two(rate: Rate, some: int, more: int) -> None:
    """O13: freight grows with the units, and sending together is no dearer by more than a step begun twice."""
    assert 0 <= rate.fen(some) <= rate.fen(some + more)
    if rate.first_fen >= rate.more_fen and rate.first <= rate.more:
        assert rate.fen(some + more) <= rate.fen(some) + rate.fen(more) + rate.more_fen


def test_by_weight_and_by_piece() -> None:
    """O13: three pieces of 300 g."""
    by_weight = template("frt_1", charge_by="weight", default_rate=Rate(500, 800, 500, 200))

    assert Book((template("frt_1"),)).fen([goods(3)], SHENZHEN) == 800 + 2 * 200
    assert Book((by_weight,)).fen([goods(3)], SHENZHEN) == 800 + 200


def test_a_city_comes_before_its_province() -> None:
    """O13: whichever stands first in the template."""
    near = Rate(1, 100, 1, 0)
    book = Book((template("frt_1", rates=(RegionRate(("广东省",), FAR), RegionRate(("深圳市",), near))),))

    assert book.fen([goods()], SHENZHEN) == 100
    assert book.fen([goods()], ("广东省", "广州市")) == 2_000
    assert book.fen([goods()], LHASA) == 800
    assert book.fen([goods()], ()) == 800


@pytest.mark.parametrize(
    ("rule", "place", "free"),
    [
        (FreeFrom(from_fen=3_000), SHENZHEN, True),
        (FreeFrom(from_fen=3_001), SHENZHEN, False),
        (FreeFrom(from_pieces=3), SHENZHEN, True),
        (FreeFrom(from_pieces=4), SHENZHEN, False),
        (FreeFrom(from_fen=3_000, from_pieces=4), SHENZHEN, False),
        (FreeFrom(from_fen=1, regions=("广东省",)), SHENZHEN, True),
        (FreeFrom(from_fen=1, regions=("广东省",)), LHASA, False),
        (FreeFrom(from_fen=1, regions=("广东省",)), (), False),
        (FreeFrom(from_fen=1), (), True),
    ],
)
def test_free_from_an_amount_and_from_pieces_by_region(rule: FreeFrom, place: tuple[str, ...], free: bool) -> None:
    """O13: three pieces for 3 000 fen."""
    book = Book((template("frt_1", free=(rule,)),))

    assert (book.fen([goods(2, amount_fen=2_000), goods(1)], place) == 0) is free


def test_each_template_is_paid_for_its_own_goods() -> None:
    """O13: what counts for one of them does not count for the other."""
    book = Book((template("frt_1", free=(FreeFrom(from_pieces=3),)), template("frt_2", default_rate=FAR)))

    assert book.fen([goods(2), goods(2, "frt_2")], ()) == (800 + 200) + (2_000 + 1_000)
    assert book.fen([goods(2), goods(1), goods(1, "frt_2")], ()) == 2_000


def test_without_a_template_of_its_own_a_product_goes_by_the_default_or_free() -> None:
    """O13: also when the one it names is not there; goods without one travel with those of the default template."""
    one = template("frt_1", not_served=("西藏自治区",))

    assert Book((one,)).fen([goods(template_id="")], ()) == 0
    book = Book((one,), default_id="frt_1")
    assert book.fen([goods(template_id=""), goods(template_id="frt_9"), goods()], ()) == 800 + 2 * 200
    assert book.closed_to([goods(template_id="")]) == {"sku_": {"西藏自治区"}}
    assert Book((one,)).closed_to([goods(template_id="")]) == {"sku_": frozenset()}


def test_a_template_becomes_the_default_and_stops_being_it() -> None:
    """O13: one at most; None leaves it as it was."""
    first, second = template("frt_1"), template("frt_2")

    book = Book().with_template(first, default=True).with_template(second, default=None)
    assert (book.default_id, book.version) == ("frt_1", 2)
    assert book.with_template(second, default=False).default_id == "frt_1"
    assert book.with_template(second, default=True).default_id == "frt_2"
    assert book.with_template(first, default=False).default_id == ""
    assert book.without("frt_1") == Book((second,), "", 3)
