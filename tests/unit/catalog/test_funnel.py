"""The funnel: what is added up, and which products are flagged (C11)."""

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.traffic.funnel import funnel_of
from services.catalog.traffic.tally import BUCKETS, MAX_PRODUCTS, OTHERS, Counts, Tally, total

COUNTS = st.builds(Counts, *(st.integers(0, 50) for _ in Counts._fields))
LINES = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["qr", "chat"]), COUNTS), max_size=20)


def tally_of(lines: list[tuple[str, str, Counts]]) -> Tally:
    """A tally of these lines."""
    tally = Tally()
    for line in lines:
        tally.add(*line)
    return tally


@given(st.lists(LINES, max_size=4))
def test_nothing_is_lost_in_adding_up(parts: list[list[tuple[str, str, Counts]]]) -> None:
    """Split by bucket, merged, by channel or by product: the sum stays."""
    wanted = total(line[2] for lines in parts for line in lines)
    merged = Tally()
    for lines in parts:
        for bucket, part in tally_of(lines).split().items():
            assert 0 <= bucket < BUCKETS
            merged.merge(part)

    funnel = funnel_of([merged])
    assert funnel.all == total(funnel.by_channel.values()) == total(funnel.by_product.values()) == wanted
    assert funnel_of([merged], "qr").all == funnel.by_channel.get("qr", Counts())


def test_products_beyond_what_fits_are_counted_together() -> None:
    """An item has a largest size, and no count is lost."""
    tally = tally_of([(str(n), "qr", Counts(clicks=1)) for n in range(MAX_PRODUCTS + 5)])

    assert tally.by_product[OTHERS] == {"qr": Counts(clicks=5)}


def test_pressed_often_and_bought_seldom() -> None:
    """Below half of the shop's median; too few clicks, or too few products to compare, say nothing."""
    usual = [(name, "qr", Counts(clicks=100, paid=10)) for name in "abc"]
    seldom, new = ("d", "qr", Counts(clicks=100, paid=4)), ("e", "qr", Counts(clicks=20))

    assert funnel_of([tally_of([*usual, seldom, new])]).seldom_bought == {"d"}
    assert funnel_of([tally_of([usual[0], seldom])]).seldom_bought == frozenset()
