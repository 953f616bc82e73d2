"""How values read."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.products.product import NotPassed, ProductHeld
from services.catalog.shops.shop import DepositShort, LicenceMissing, ListingClosed, ShopCannotSell
from services.notify import formats
from services.notify.language import Language, Reader
from services.notify.zones import zone_of

ZH, EN = Reader("zh"), Reader("en")


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (5, "¥0.05"), (123456, "¥1,234.56"), (100_000_000, "¥1,000,000.00"), (-150, "-¥1.50")],
)
def test_money_is_exact_and_grouped(fen: int, text: str) -> None:
    """Fen become yuan without a float; in English it cannot be taken for yen."""
    assert formats.money(fen, ZH) == text
    assert formats.money(fen, EN) == text.replace("¥", "CN¥")


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from([ZH, EN]))
def test_no_fen_is_lost(fen: int, reader: Reader) -> None:
    """Whatever the amount, its text says exactly it."""
    assert int(formats.money(fen, reader).translate(str.maketrans("", "", "CN¥,."))) == fen


@pytest.mark.parametrize(
    ("language", "zone", "text"),
    [
        ("zh", "Asia/Shanghai", "2026年3月9日 00:05"),
        ("zh", "Europe/Berlin", "2026年3月8日 17:05 GMT+01:00"),
        ("en", "Asia/Shanghai", "Mar 9, 2026, 00:05 GMT+08:00"),
        ("en", "America/New_York", "Mar 8, 2026, 12:05 GMT-04:00"),
        ("en", "UTC", "Mar 8, 2026, 16:05 GMT+00:00"),
    ],
)
def test_a_time_is_told_by_the_readers_clock(language: Language, zone: str, text: str) -> None:
    """Also across midnight, and with summer time where there is one (N2)."""
    assert formats.time("2026-03-08T16:05:59.000000Z", Reader(language, zone)) == text


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Asia", "asia shanghai", "A" * 65]
)
def test_no_other_name_is_a_zone(name: str) -> None:
    """A name reaches no file but the database's."""
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)


def test_zones_need_no_database_of_the_machine() -> None:
    """Lambda promises none: the package brings it (R8)."""
    code = (
        "import zoneinfo; zoneinfo.reset_tzpath([]);from services.notify.zones import zone_of; zone_of('Asia/Shanghai')"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_words_cost_nobody_who_words_nothing() -> None:
    """Babel is imported by the first text, not with the service."""
    code = "import sys, services.notify.app, services.notify.reactions; print('babel' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert run.stdout.split() == ["False"]


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

    assert (formats.goods(these, ZH), formats.goods(these, EN)) == (zh, en)


def test_what_nobody_said_is_said_so() -> None:
    """An empty reason, an unknown name."""
    assert (formats.stated("", ZH), formats.stated("", EN), formats.stated("太暗", ZH)) == (
        "未说明",
        "not stated",
        "太暗",
    )
    assert (formats.shop(None, ZH), formats.shop(None, EN), formats.shop("茶铺", EN)) == ("商家", "the shop", "“茶铺”")


def test_every_refusal_of_a_listing_has_its_words() -> None:
    """C5: a planned listing that was missed says why, by the problem's slug."""
    refusals = (ShopCannotSell, LicenceMissing, ListingClosed, DepositShort, NotPassed, ProductHeld)

    assert {one.slug for one in refusals} <= set(formats.OBSTACLES)
