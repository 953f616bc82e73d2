"""What an order costs (O2): one function for quotes and orders."""

from hypothesis import given
from hypothesis import strategies as st

from services.orders.pricing import Want, merged, price

wants = st.lists(st.builds(Want, st.sampled_from(["tea", "cup", "pot"]), st.integers(1, 100)), min_size=1, max_size=9)


@given(wants)
def test_merging_keeps_quantities_and_the_order_of_first_mention(asked: list[Want]) -> None:
    """The same style is one line."""
    lines = merged(asked)

    assert [line.sku_id for line in lines] == list(dict.fromkeys(want.sku_id for want in asked))
    assert sum(line.quantity for line in lines) == sum(want.quantity for want in asked)
    assert merged(lines) == lines


@given(wants, st.integers(1, 10**9))
def test_a_price_is_the_sum_of_its_lines(asked: list[Want], unit_fen: int) -> None:
    """goods − discount + freight = payable."""
    priced = price(merged(asked), {"tea": unit_fen, "cup": 7, "pot": 1})

    assert priced.payable_fen == sum(line.total_fen for line in priced.lines)
    assert priced.payable_fen == priced.goods_fen - priced.discount_fen + priced.freight_fen
