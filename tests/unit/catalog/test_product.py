"""A product's copies, styles and moves (C5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.catalog.products.product import Copy, Sku, Style, new_product, styled
from services.shared.plumbing.problems import Conflict, Invalid

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def sku(sku_id: str, size: str = "", own: str | None = None, stock: int = 5) -> Sku:
    """A style that exists."""
    return Sku(sku_id, {"size": size} if size else {}, 100, 100, stock, own)


def style(size: str = "", own: str | None = None, sku_id: str | None = None, stock: int = 9) -> Style:
    """A style as it is written."""
    return Style({"size": size} if size else {}, 100, 100, stock, own, 0, sku_id)


def copy(title: str = "A tea cup") -> Copy:
    """What a product says of itself."""
    return Copy(title, "home.kitchen", "physical", (), (sku("sku_1"),))


@pytest.mark.parametrize(
    ("styles", "expected"),
    [
        ([style("S"), style("M")], ["sku_s", "sku_m"]),
        ([style("M"), style("S")], ["sku_m", "sku_s"]),
        ([style("XL", sku_id="sku_s")], ["sku_s"]),
        ([style("XL", own="L-1")], ["sku_l"]),
        ([style("L", own="L-2")], ["new_0"]),  # looks the same, but its merchant says that it is another one
        ([style("S", own="S-1")], ["sku_s"]),  # gets its merchant's id now
        ([style("L", own="L-2"), style("M", own="L-1")], ["new_0", "sku_l"]),
        ([style("XL"), style("S")], ["new_0", "sku_s"]),
    ],
)
def test_a_style_keeps_the_id_of_what_it_was(styles: list[Style], expected: list[str]) -> None:
    """By its sku_id, else by its merchant's id, else by its attributes."""
    before = (sku("sku_s", "S"), sku("sku_m", "M"), sku("sku_l", "L", "L-1"))
    made = iter(f"new_{n}" for n in range(9))

    found = styled(styles, before, lambda _: next(made), settled=True)

    assert [one.sku_id for one in found] == expected


@pytest.mark.parametrize(
    ("styles", "why"),
    [
        ([style(sku_id="sku_of_another")], "skus.0: the product has no such SKU"),
        ([style("S"), style("M", sku_id="sku_s")], "skus.1: two styles are sku_s"),
    ],
)
def test_a_style_is_one_of_the_products_and_one_only(styles: list[Style], why: str) -> None:
    """C5: another product's style, or one style twice, is refused by its place."""
    with pytest.raises(Invalid, match=why):
        styled(styles, (sku("sku_s", "S"),), lambda _: "new", settled=True)


@pytest.mark.parametrize(("settled", "stock"), [(True, 5), (False, 9)])
def test_first_stock_is_settled_once_orders_knows_it(settled: bool, stock: int) -> None:
    """C12: from then on it changes by adjustment only."""
    (found,) = styled([style("S")], (sku("sku_s", "S"),), lambda _: "new", settled=settled)

    assert found.initial_stock == stock


@given(st.lists(st.sampled_from("SML"), unique=True, min_size=1), st.lists(st.sampled_from("SML"), unique=True))
def test_styling_twice_is_styling_once(first: list[str], second: list[str]) -> None:
    """A file imported again changes nothing."""
    before = tuple(sku(f"sku_{size}", size) for size in second)
    styles = [style(size) for size in first]
    made = iter(f"new_{n}" for n in range(9))
    once = styled(styles, before, lambda _: next(made), settled=True)

    again = styled(styles, once, lambda _: "never", settled=True)

    assert again == once


class Moves(RuleBasedStateMachine):
    """Any sequence of moves, legal or not."""

    def __init__(self) -> None:
        super().__init__()
        self.product = new_product("prd_1", "shp_1", None, copy(), NOW, auto_pass=True)
        self.tick = NOW

    def attempt(self, move: str, *given_: object, **named: object) -> None:
        before = self.product
        self.tick += timedelta(seconds=1)
        try:
            self.product = getattr(before, move)(*given_, self.tick, **named)
        except Conflict:
            assert self.product is before
        assert self.product.version - before.version in (0, 1)
        assert (self.product == before) is (self.product.version == before.version)

    @rule()
    def offer(self) -> None:
        self.attempt("offer")

    @rule()
    def withdraw(self) -> None:
        self.attempt("withdraw")

    @rule()
    def recycle(self) -> None:
        self.attempt("recycle")

    @rule()
    def delete(self) -> None:
        self.attempt("delete")

    @rule(title=st.sampled_from(["A tea cup", "Another tea cup"]), auto_pass=st.booleans())
    def edit(self, title: str, auto_pass: bool) -> None:
        self.attempt("edit", copy(title), auto_pass=auto_pass)

    @rule(decision=st.sampled_from(["pass", "reject"]))
    def decide(self, decision: str) -> None:
        self.attempt("decide", decision, "because")

    @invariant()
    def on_sale_is_online_and_has_a_time(self) -> None:
        product = self.product
        assert (product.status == "listed") is (product.listed_at is not None)
        assert product.status != "listed" or (product.online is not None and product.offered_once)

    @invariant()
    def a_draft_has_a_state(self) -> None:
        assert (self.product.draft is None) is (self.product.draft_status == "none")

    @invariant()
    def nothing_is_a_draft_of_itself(self) -> None:
        assert self.product.draft is None or self.product.draft != self.product.online


TestMoves = Moves.TestCase


def test_an_edit_back_to_what_is_online_needs_no_audit() -> None:
    """C5: the draft is dropped."""
    product = new_product("prd_1", "shp_1", None, copy(), NOW, auto_pass=True)
    drafted = product.edit(copy("Another tea cup"), NOW, auto_pass=False)

    back = drafted.edit(copy(), NOW, auto_pass=False)

    assert (back.draft, back.online, back.draft_status) == (None, copy(), "none")
    assert replace(back, version=1) == product
