"""Crashes without waiting for them: pauses between attempts last no time here."""

import time

import pytest

from tests.integration.plumbing.conftest import _probe, anna, later, name

__all__ = ["_probe", "anna", "later", "name"]


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """All attempts are made, one right after the other."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
