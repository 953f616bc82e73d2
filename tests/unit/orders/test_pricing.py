"""What an order costs (O2): one function for quotes and orders."""

from hypothesis import given
from hypothesis import strategies as st

from services.orders.pricing import Coupon, Discount, Promotion, SpecialPrice, Want, merged, price, shared_out

SKUS = ["tea", "cup", "pot"]
PRICES = {"tea": 1_000, "cup": 7, "pot": 1}

wants = st.lists(st.builds(Want, st.sampled_from(SKUS), st.integers(1, 100)), min_size=1, max_size=9)
unit_prices = st.fixed_dictionaries({sku: st.integers(1, 10**9) for sku in SKUS})
covered = st.none() | st.frozensets(st.sampled_from(SKUS))
coupons = st.builds(
    Coupon,
    promotion_id=st.sampled_from(["cpn_1", "cpn_2"]),
    kind=st.sampled_from(["threshold", "discount", "direct"]),
    amount_fen=st.integers(0, 10**10),
    off_bp=st.integers(0, 10_000),
    from_fen=st.integers(0, 10**10),
    most_fen=st.none() | st.integers(0, 10**9),
    sku_ids=covered,
)
specials = st.builds(
    SpecialPrice,
    promotion_id=st.sampled_from(["fls_1", "grp_1"]),
    kind=st.sampled_from(["flash_price", "group_price"]),
    unit_prices_fen=st.dictionaries(st.sampled_from(SKUS), st.integers(0, 10**9)),
)
promotions = st.lists(coupons | specials, max_size=5)


@given(wants)
def test_merging_keeps_quantities_and_the_order_of_first_mention(asked: list[Want]) -> None:
    """The same style is one line."""
    lines = merged(asked)

    assert [line.sku_id for line in lines] == list(dict.fromkeys(want.sku_id for want in asked))
    assert sum(line.quantity for line in lines) == sum(want.quantity for want in asked)
    assert merged(lines) == lines


@given(wants, unit_prices, promotions)
def test_a_price_is_the_sum_of_its_lines(asked: list[Want], prices: dict[str, int], offered: list[Promotion]) -> None:
    """goods − discount + freight = payable, exact to the fen, and nothing is below 0."""
    priced = price(merged(asked), prices, offered)

    assert priced.payable_fen == sum(line.total_fen for line in priced.lines)
    assert priced.payable_fen == priced.goods_fen - priced.discount_fen + priced.freight_fen
    assert all(line.total_fen >= 0 and all(one.amount_fen > 0 for one in line.discounts) for line in priced.lines)
    assert [line.discount_fen for line in priced.lines] == [
        sum(one.amount_fen for one in line.discounts) for line in priced.lines
    ]


@given(wants, unit_prices, coupons)
def test_a_coupon_takes_off_what_it_says_and_only_where_it_holds(
    asked: list[Want], prices: dict[str, int], coupon: Coupon
) -> None:
    """O8: all of its amount is found on the lines it covers."""
    priced = price(merged(asked), prices, (coupon,))
    held = [line for line in priced.lines if coupon.sku_ids is None or line.sku_id in coupon.sku_ids]

    assert sum(line.discount_fen for line in held) == coupon.off(
        sum(line.quantity * prices[line.sku_id] for line in held)
    )
    assert priced.discount_fen == sum(line.discount_fen for line in held)


@given(wants, unit_prices, promotions, coupons)
def test_one_promotion_more_never_costs_more(
    asked: list[Want], prices: dict[str, int], offered: list[Promotion], more: Coupon
) -> None:
    """O2: a promotion is an offer to the buyer."""
    lines = merged(asked)

    assert price(lines, prices, (*offered, more)).payable_fen <= price(lines, prices, offered).payable_fen


@given(st.lists(st.integers(0, 10**12), max_size=40), st.integers(0, 10**13))
def test_sharing_out_is_exact_and_fair(weights: list[int], amount: int) -> None:
    """The parts are the amount, none is more than its weight, and none is a fen or more away from its share."""
    parts, whole = shared_out(amount, weights), sum(weights)

    assert sum(parts) == min(amount, whole)
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part * whole - min(amount, whole) * weight) < max(1, whole)


def test_the_largest_remainder_gets_the_last_fen() -> None:
    """100 fen over three equal lines: the first one pays a fen less; over unequal ones the one that lost most."""
    assert shared_out(100, [500, 500, 500]) == [34, 33, 33]
    assert shared_out(10, [100, 266, 1]) == [3, 7, 0]


def test_each_line_says_what_took_how_much_off_it() -> None:
    """O2: the flash price first, the coupons on what is left, in their order."""
    offered: tuple[Promotion, ...] = (
        Coupon("cpn_1", "threshold", amount_fen=100, from_fen=1_000),
        SpecialPrice("fls_1", "flash_price", {"tea": 800}),
        Coupon("cpn_2", "discount", off_bp=1_000, sku_ids=frozenset({"cup"})),
    )

    tea, cup = price((Want("tea", 2), Want("cup", 100)), PRICES, offered).lines

    assert tea.discounts == (Discount("fls_1", "flash_price", 400), Discount("cpn_1", "threshold", 70))
    assert cup.discounts == (Discount("cpn_1", "threshold", 30), Discount("cpn_2", "discount", 67))
    assert (tea.total_fen, cup.total_fen) == (1_530, 603)


def test_a_special_price_that_is_no_lower_is_none() -> None:
    """O9: of several the lowest counts, once; none makes anything dearer."""
    dear = SpecialPrice("grp_1", "group_price", {"cup": 9})
    cheap, cheapest = (SpecialPrice(name, "flash_price", {"cup": fen}) for name, fen in (("fls_1", 6), ("fls_2", 5)))

    assert price((Want("cup", 1),), PRICES, (dear,)).lines[0].discounts == ()
    assert price((Want("cup", 3),), PRICES, (dear, cheap, cheapest)).lines[0].discounts == (
        Discount("fls_2", "flash_price", 6),
    )


def test_below_its_threshold_a_coupon_is_worth_nothing() -> None:
    """O8: to the fen."""
    coupon = Coupon("cpn_1", "threshold", amount_fen=5, from_fen=14)

    assert price((Want("cup", 1),), PRICES, (coupon,)).discount_fen == 0
    assert price((Want("cup", 2),), PRICES, (coupon,)).discount_fen == 5
