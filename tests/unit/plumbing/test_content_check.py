"""Texts are judged before they are shown to others."""

from pathlib import Path

import pytest

from services.shared.plumbing.content_check import ContentRefused, check_content

SETTING = "XIAODIAN_CONTENT_CHECK"


def test_without_a_setting_every_text_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked."""
    monkeypatch.delenv(SETTING, raising=False)

    check_content("orders", "casino", None)


@pytest.mark.parametrize("text", ["casino", "C A S I N O", "ｃａｓｉｎｏ", "ca\u200bsi-no!", "来赌 博吧"])
def test_a_word_is_found_however_it_is_written(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Wide, capital, spaced or with what is invisible between."""
    monkeypatch.setenv(SETTING, "words:赌博, casino")

    with pytest.raises(ContentRefused):
        check_content("orders", "生日快乐", text)
    check_content("orders", "生日快乐", "a cas in", None)


def test_words_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One a line; empty lines mean nothing."""
    (tmp_path / "words").write_text("casino\n\n", encoding="utf-8")
    monkeypatch.setenv(SETTING, f"words:file:{tmp_path / 'words'}")

    check_content("orders", "hello")
    with pytest.raises(ContentRefused):
        check_content("orders", "Casino")
