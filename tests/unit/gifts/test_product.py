"""Among which styles a recipient may choose."""

import pytest

from services.gifts.product import Priced, Product, choose, styles_to_choose
from services.gifts.refusals import StyleNotOffered
from tests.unit.gifts.sample import BLUE, LINE, RED

PRODUCT = Product(
    "prd_1",
    "teapot.jpg",
    (
        Priced("sku_red", RED.attributes, 9_900),
        Priced("sku_gold", {}, 9_901),
        Priced("sku_blue", {"colour": "b"}, 9_900),
    ),
)


def test_the_ordered_style_and_those_at_the_same_price() -> None:
    """A fen more is another price; the ordered style comes first and looks as it was ordered (G3)."""
    assert list(styles_to_choose(LINE, PRODUCT)) == [BLUE, RED]


@pytest.mark.parametrize("product", [None, Product("prd_1")])
def test_a_withdrawn_product_leaves_the_ordered_style(product: Product | None) -> None:
    """What was paid for can be claimed whatever becomes of the offer (G3)."""
    assert list(styles_to_choose(LINE, product)) == [BLUE]


@pytest.mark.parametrize("sku_id", ["sku_gold", "sku_of_another_product", None])
def test_only_what_the_card_lists_can_be_chosen(sku_id: str | None) -> None:
    """Refused here, so that orders is not asked in vain (G3)."""
    with pytest.raises(StyleNotOffered):
        choose(sku_id, styles_to_choose(LINE, PRODUCT))
    assert choose("sku_red", styles_to_choose(LINE, PRODUCT)) == RED
