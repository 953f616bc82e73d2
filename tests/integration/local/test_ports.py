"""Ports that are free, and stay so until they are used."""

import random
from random import Random

import pytest

from infra.local.child import free_port


def test_a_free_port_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that look in the same order, before either listens, the second gets another one."""
    monkeypatch.setattr(random, "SystemRandom", lambda: Random(7))

    assert free_port() != free_port()
