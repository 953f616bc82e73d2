"""What may be given, and what may be written on the card (G1, G2)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.orders.gift_terms import RULES, Goods, Rule, message_fault, rule_at, why_not


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


LATER = datetime(2027, 1, 1, tzinfo=UTC)
TIGHTER = Rule(LATER, most_fen=500_000, merchant_most_fen=600_000, kinds=frozenset({"physical", "e_voucher"}))


@pytest.mark.parametrize("rules", [(*RULES, TIGHTER), (TIGHTER, *RULES)])
def test_a_rule_counts_from_its_instant_on(rules: tuple[Rule, ...]) -> None:
    """G1: on the second, in whatever order they are listed; before the first there was no other."""
    dear, voucher = Goods("sku", True, "physical", 500_001), Goods("sku", True, "e_voucher", 1)
    just_before, now = rule_at(LATER - timedelta(microseconds=1), rules), rule_at(LATER, rules)

    assert [why_not(dear, just_before), why_not(dear, now)] == [None, "price"]
    assert [why_not(voucher, just_before), why_not(voucher, now)] == ["kind", None]
    assert rule_at(datetime(2000, 1, 1, tzinfo=UTC), rules) == RULES[0]


@pytest.mark.parametrize(("fen", "why"), [(2_000_000, None), (2_000_001, "price")])
def test_a_merchant_s_own_gifts_may_cost_twice_as_much(fen: int, why: str | None) -> None:
    """G1, G8."""
    assert why_not(Goods("sku", True, "physical", fen), by_merchant=True) == why


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
