"""What may be given, and what may be written on the card (G1, G2)."""

import pytest

from services.orders.gift_terms import Goods, message_fault, why_not


@pytest.mark.parametrize(
    ("goods", "why"),
    [
        (Goods("sku", True, "physical", 1_000_000), None),
        (Goods("sku", True, "physical", 1_000_001), "price"),
        (Goods("sku", False, "physical", 1), "category"),
        (Goods("sku", True, "card_key", 1), "kind"),
        (Goods("sku", False, "e_voucher", 9_000_000), "kind"),
    ],
)
def test_what_may_be_given(goods: Goods, why: str | None) -> None:
    """G1: the kind weighs more than the category, the category more than the price."""
    assert why_not(goods) == why


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("好" * 100, None),
        ("好" * 101, "at most 100 characters"),
        ("e\u0301" * 100, None),
        ("first\nsecond", None),
        ("tab\there", "no control characters"),
        ("\x00", "no control characters"),
        ("\x85", "no control characters"),
        ("\u202egnp.exe", "no control characters"),
        ("a\u2028b", "no control characters"),
        ("👩🏽\u200d🚀" * 100, None),
        ("👩🏽\u200d🚀" * 101, "at most 100 characters"),
        ("🇨🇳" * 100, None),
        ("<script>", "no markup"),
        ("I ❤ you", None),
        ("e" + "\u0301" * 999, None),
        ("e" + "\u0301" * 1000, "at most 1000 characters with their marks"),
        ("\u200b" * 100_000, "at most 1000 characters with their marks"),
    ],
)
def test_what_may_be_written(text: str, fault: str | None) -> None:
    """G2."""
    assert message_fault(text) == fault
