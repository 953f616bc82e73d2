"""Cursors: signed, and of one list only (X2)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.plumbing import cursors
from services.shared.plumbing.problems import CursorInvalid

POSITION = {"pk": "SHOP#shp_1", "after": "prd_1", "bucket": 3, "done": [True, None]}


def test_a_cursor_leads_back_to_its_position() -> None:
    """Whatever JSON the position is."""
    assert cursors.read("products of shp_1", cursors.sign("products of shp_1", POSITION)) == POSITION


def test_without_a_cursor_a_list_begins_at_its_start() -> None:
    """None, not a position."""
    assert cursors.read("products of shp_1", None) is None


def test_a_cursor_of_another_list_is_refused() -> None:
    """Another shop's, or another filter's."""
    cursor = cursors.sign("products of shp_1", POSITION)

    with pytest.raises(CursorInvalid):
        cursors.read("products of shp_2", cursor)


def test_a_cursor_under_another_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another installation, or of before the key was changed."""
    cursor = cursors.sign("products of shp_1", POSITION)

    monkeypatch.setenv("XIAODIAN_CURSOR_KEY", base64.b64encode(b"k" * 32).decode())

    with pytest.raises(CursorInvalid):
        cursors.read("products of shp_1", cursor)


@given(st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=255))
def test_a_changed_cursor_is_refused(at: int, by: int) -> None:
    """Whichever byte of it."""
    cursor = cursors.sign("list", POSITION)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[at % len(raw)] ^= by

    with pytest.raises(CursorInvalid):
        cursors.read("list", base64.urlsafe_b64encode(raw).decode())


@given(st.text())
def test_a_text_is_no_cursor(text: str) -> None:
    """422, never an error of ours."""
    with pytest.raises(CursorInvalid):
        cursors.read("list", text)
