"""Ports that are free, and stay so until they are used."""

import random

import pytest

from infra.local import child


def test_a_free_port_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that look in the same order, before either listens, the second gets another one."""
    monkeypatch.setattr(child.random, "SystemRandom", lambda: random.Random(7))

    assert child.free_port() != child.free_port()
