"""Words: what a text can be found by (C8)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.search.words import MAX_LOOKUPS, MAX_TOKENS, normal, tokens, wanted
from services.shared.plumbing.problems import Invalid
from tests.integration.catalog.names import (
    SAMPLE,
    chinese_names,
    latin_words,
    pairs,
    plain_look,
    retailers_names,
)

CHINESE = st.text("明前特级西湖龙井茶叶礼盒装春绿新送佳品二百五十克", min_size=2, max_size=12)
LATIN = st.text(string.ascii_letters, min_size=2, max_size=12)
TITLES = st.lists(CHINESE | LATIN, min_size=1, max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("龙井", "明前特级西湖龙井茶叶礼盒"),
        ("茶叶", "明前特级西湖龙井茶叶礼盒"),
        ("湖龙井茶", "明前特级西湖龙井茶叶礼盒"),
        ("茶 龙井", "明前特级西湖龙井茶叶礼盒"),
        ("tea", "Blue TEAPOT, large"),
        ("large tea", "Blue TEAPOT, large"),
        ("ＴＥＡ", "teapot"),
        ("cafe", "CAFÉ mug"),
        ("t-light", "WHITE HANGING HEART T-LIGHT HOLDER"),
        ("6 heart", "SET OF 6 HEARTS"),
        ("iphone15", "iPhone15手机壳"),
        ("手机", "iPhone15手机壳"),
        ("すし", "おすしセット"),
        ("김치", "배추김치"),
        ("T恤", "男士纯棉T恤"),
        ("ｔ恤", "男士T 恤短袖"),
        ("7号", "南孚7号电池"),
        ("维C", "维C泡腾片"),
        ("白T恤", "白色T恤"),
        ("白色T恤", "T恤 白色"),
    ],
)
def test_found(query: str, text: str) -> None:
    """Chinese anywhere, others by the beginning of a word, whatever width, case and accents."""
    assert wanted(query).finds(normal(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("井龙", "西湖龙井"),
        ("龙茶", "龙井茶"),
        ("pot", "teapot"),
        ("tea cup", "teapot"),
        ("teapots", "teapot"),
        ("light", "delight"),
        ("T恤", "恤衫 T台"),
        ("T恤", "AT恤"),
        ("7号", "7寸1号"),
    ],
)
def test_not_found(query: str, text: str) -> None:
    """Characters that do not stand together, the middle of a word, and a query of which only a part is there."""
    assert not wanted(query).finds(normal(text))


@pytest.mark.parametrize("query", ["茶", "a", "a b", "茶🫖叶", "!!", "🫖", "- -"])
def test_too_little_to_look_up(query: str) -> None:
    """It is refused, and said what would do."""
    with pytest.raises(Invalid, match="two characters"):
        wanted(query)


@given(TITLES, st.data())
def test_every_part_of_a_title_finds_it_through_each_lookup(title: str, data: st.DataObject) -> None:
    """Any two or more characters of a run, any beginning of a word: each lookup is a token of the title."""
    text = normal(title)
    run = data.draw(st.sampled_from(text.split()))
    start = data.draw(st.integers(0, len(run) - 2)) if not run.isascii() else 0
    query = wanted(run[start : data.draw(st.integers(start + 2, len(run)))])

    assert query.finds(text)
    assert 1 <= len(query.lookups) <= MAX_LOOKUPS
    found = tokens(text)
    assert len(found) == MAX_TOKENS or set(query.lookups) <= set(found)


@given(st.lists(st.sampled_from(["T恤", "U盘", "7号", "维C", "纯棉", "tea"]), min_size=1, max_size=8), st.data())
def test_one_letter_beside_chinese_finds_it_through_each_lookup(parts: list[str], data: st.DataObject) -> None:
    """A word such as T恤, which has two characters and neither two of Chinese nor two letters."""
    text = normal(" ".join(parts))
    query = wanted(data.draw(st.sampled_from(parts)))

    assert query.finds(text)
    assert query.lookups
    assert set(query.lookups) <= set(tokens(text))


@given(st.text(max_size=80))
def test_any_text_has_few_tokens(text: str) -> None:
    """At most 92, each of two to five characters, and normal text is normal already."""
    found = tokens(normal(text))

    assert len(found) <= MAX_TOKENS
    assert all(2 <= len(token) <= 5 for token in found)
    assert normal(normal(text)) == normal(text)


def finds_what_a_plain_look_finds(names: list[str], queries: list[str]) -> None:
    """By the text, and through each of the lists that are looked at."""
    texts = {name: normal(name) for name in names}
    listed = {name: frozenset(tokens(text)) for name, text in texts.items()}
    for asked in queries:
        query = wanted(asked)
        found = {name for name, text in texts.items() if query.finds(text)}
        assert found == plain_look(asked, names), asked
        assert all(listed[name].issuperset(query.lookups) for name in found), asked


@pytest.mark.skipif(not SAMPLE.exists(), reason="the retailer's sample is not beside this checkout")
def test_all_of_a_retailers_names() -> None:
    """C8: each fortieth of the words of nearly 2 000 names finds those that it is in."""
    names = retailers_names()

    assert len(names) > 1_900
    finds_what_a_plain_look_finds(names, [*latin_words(names)[::40], "set 4", "heart holder", "t-light"])


def test_a_whole_chinese_catalogue() -> None:
    """C8: each tenth of the pairs of characters in 2 000 names finds those that it is in."""
    names = chinese_names()

    assert len(set(names)) == 2_000
    finds_what_a_plain_look_finds(names, [*pairs(names)[::10], "云南 普洱", "二百五十克"])
