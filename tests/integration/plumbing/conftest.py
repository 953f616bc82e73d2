"""The probe's tables, and what its tests share."""

import os
from collections.abc import Callable

import pytest

from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Resources
from tests.conftest import _secret
from tests.integration.http import Client, token_for
from tests.integration.plumbing import probe

os.environ |= {
    "XIAODIAN_PROBE_SERVICE_KEY": _secret("probe service"),
    "XIAODIAN_TRANSPORT_KEY_PROBE": _secret("probe transport"),
}


@pytest.fixture(autouse=True)
def _probe(tables: Callable[[str | Resources], Resources]) -> None:
    tables(probe.resources)


@pytest.fixture
def anna() -> Client:
    """A signed-in person."""
    return Client(probe.app, token_for("person:anna"))


@pytest.fixture
def name() -> str:
    """A name that no other test uses, for a shelf, a shop or a person."""
    return new_id("t")
