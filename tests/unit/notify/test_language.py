"""Which language a reader gets."""

import pytest

from services.notify.language import Language, language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("EN-us", "en"),
        ("zh-Hans-CN", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("en;q=0.7, zh;q=0.7", "zh"),
        ("fr-FR,fr;q=0.9,en;q=0.5", "en"),
        ("fr, de", "zh"),
        ("*", "zh"),
        ("en;q=0", "zh"),
        ("english, ;;, en;q=x", "zh"),
    ],
)
def test_the_reader_gets_the_language_liked_best(header: str, language: Language) -> None:
    """As browsers say it; Chinese when they say nothing we know (N2)."""
    assert language_of(header) == language
