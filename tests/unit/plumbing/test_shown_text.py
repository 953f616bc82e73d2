"""Characters as people see them."""

import pytest

from services.shared.plumbing.shown_text import shown_length

TEXTS = {
    "": 0,
    "abc": 3,
    "生日快乐": 4,
    "e\u0301": 1,
    "a\u20e3": 1,
    "\u0301": 1,
    "\u200b\u200d": 0,
    "👍🏽": 1,
    "👩\u200d🚀": 1,
    "👩🏽\u200d🚀": 1,
    "👨\u200d👩\u200d👧\u200d👦": 1,
    "🏳\ufe0f\u200d🌈": 1,
    "❤\ufe0f\u200d🔥": 1,
    "🙂\u200d↔\ufe0f": 1,
    "↔↔": 2,
    "🇨🇳": 1,
    "🇨🇳🇫🇷": 2,
    "🇨🇳🇫": 2,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": 1,
    "👍👍": 2,
    "a\u200db": 2,
    "\u1112\u1161\u11ab": 1,
    "한글": 2,
    "नि": 1,
    "1\ufe0f\u20e3": 1,
    "a\r\nb": 3,
    "好，👩🏽\u200d🚀 hi": 6,
}


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_characters_are_counted_as_people_see_them(text: str) -> None:
    """Letters with marks, skin tones, families, flags, syllables (G2)."""
    assert shown_length(text) == TEXTS[text]


@pytest.mark.parametrize("text", sorted(TEXTS.keys() - {"\u0301"}), ids=ascii)
def test_what_is_written_twice_is_seen_twice(text: str) -> None:
    """A letter between ties nothing; a mark alone would sit on it."""
    assert shown_length(f"{text}x{text}") == 2 * TEXTS[text] + 1
