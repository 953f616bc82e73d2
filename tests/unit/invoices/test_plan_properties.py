"""Whatever the file says: nothing is lost, nothing is doubled, and every order can be placed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from infra.invoices.plan import Plan
from infra.invoices.purchases import MOST_STYLES
from tests.unit.invoices.sheet import Entry, plan

# Few values, so that rows meet: the same style twice, a credit for it, the same invoice with another customer.
entries = st.builds(
    Entry,
    invoice=st.sampled_from(["536365", "536366", "C536367", "C536368", "A1"]),
    code=st.sampled_from(["85123A", "85123a", "71053", "POST"]),
    quantity=st.integers(-4, 6),
    price=st.sampled_from(["2.55", "2.10", "0", "0.001"]),
    customer=st.sampled_from(["17850", "13047", ""]),
    name=st.just("LANTERN"),
)
sheets = st.lists(entries, max_size=25)


def units(planned: Plan) -> Counter[str]:
    """How many of each style the orders hold."""
    counted: Counter[str] = Counter()
    for purchase in planned.purchases:
        for line in purchase.lines:
            counted[line.out_sku_id] += line.quantity
    return counted


@given(sheets)
def test_every_row_has_one_outcome(rows: list[Entry]) -> None:
    """Read = used + refused."""
    planned = plan(*rows)

    assert planned.rows_read == len(rows) == planned.rows_used + len(planned.refused)


@given(sheets)
def test_stock_is_exactly_what_is_ordered(rows: list[Entry]) -> None:
    """By style, cancelled orders included."""
    planned = plan(*rows)

    assert {style.out_sku_id: style.stock for goods in planned.goods for style in goods.styles} == units(planned)


@given(sheets)
def test_orders_can_be_placed(rows: list[Entry]) -> None:
    """1 to 40 different styles, all in the catalogue at that price, quantities above zero, tokens unique."""
    planned = plan(*rows)

    prices = {style.out_sku_id: style.pence for goods in planned.goods for style in goods.styles}
    for purchase in planned.purchases:
        assert 1 <= len(purchase.lines) == len({line.out_sku_id for line in purchase.lines}) <= MOST_STYLES
        assert all(line.quantity > 0 and line.price_fen == prices[line.out_sku_id] for line in purchase.lines)
    assert len({purchase.token for purchase in planned.purchases}) == len(planned.purchases)


@given(sheets)
def test_credits_take_back_what_they_say(rows: list[Entry]) -> None:
    """The units of cancelled orders are those of the credits that are used."""
    planned = plan(*rows)

    refused = {one.line for one in planned.refused}
    used = [row for line, row in enumerate(rows, start=2) if line not in refused and row.invoice.startswith("C")]
    undone = sum(line.quantity for purchase in planned.undone for line in purchase.lines)
    assert undone == -sum(int(row.quantity) for row in used)


@given(sheets)
def test_same_file_same_plan(rows: list[Entry]) -> None:
    """A run that is resumed does the same work."""
    assert plan(*rows) == plan(*rows)
