"""How values read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import formats
from services.notify.language import Language


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (5, "¥0.05"), (123456, "¥1,234.56"), (100_000_000, "¥1,000,000.00"), (-150, "-¥1.50")],
)
def test_money_is_exact_and_grouped(fen: int, text: str) -> None:
    """Fen become yuan without a float."""
    assert formats.money(fen) == text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_no_fen_is_lost(fen: int) -> None:
    """Whatever the amount, its text says exactly it."""
    assert int(formats.money(fen).translate(str.maketrans("", "", "¥,."))) == fen


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "2026年3月9日 00:05"), ("en", "8 Mar 2026, 16:05 UTC")], ids=["zh", "en"]
)
def test_a_time_is_told_in_a_named_or_understood_zone(language: Language, text: str) -> None:
    """Beijing time in Chinese, also across midnight; UTC in English."""
    assert formats.time("2026-03-08T16:05:59.000000Z", language) == text


@pytest.mark.parametrize(
    ("kinds", "pieces", "zh", "en"),
    [
        (1, 1, "「杯」", "“杯”"),
        (1, 2, "「杯」2 件", "“杯” × 2"),
        (2, 3, "「杯」等 3 件", "“杯” and others (3 pieces)"),
    ],
)
def test_goods_are_told_in_a_few_words(kinds: int, pieces: int, zh: str, en: str) -> None:
    """The first title, and how many there are."""
    these = {"title": "杯", "kinds": kinds, "pieces": pieces}

    assert (formats.goods(these, "zh"), formats.goods(these, "en")) == (zh, en)


def test_what_nobody_said_is_said_so() -> None:
    """An empty reason, an unknown name."""
    assert (formats.stated("", "zh"), formats.stated("", "en"), formats.stated("太暗", "zh")) == (
        "未说明",
        "not stated",
        "太暗",
    )
    assert (formats.shop(None, "zh"), formats.shop(None, "en"), formats.shop("茶铺", "en")) == (
        "商家",
        "the shop",
        "“茶铺”",
    )
