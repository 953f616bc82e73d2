"""Contracts are data."""

import pytest

from infra.checks.contracts import contracts_are_data as rule
from tests.unit.checks.conftest import Breaches

PAID = "services/shared/contracts/paid.py"


@pytest.mark.parametrize(
    "line",
    [
        "import boto3",
        "from pynamodb.models import Model",
        "from services.shared.plumbing.ids import new_id",
        "from services.orders.order import Order",
        "import pydantic_settings",
    ],
)
def test_a_contract_that_brings_something_along_is_found(breaches: Breaches, line: str) -> None:
    """Nothing but the standard library, pydantic and other contracts."""
    assert breaches(rule, {PAID: f"\n{line}\n"}) == [f"{PAID}:2"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (PAID, "from datetime import datetime"),
        (PAID, "from pydantic import BaseModel"),
        (PAID, "from services.shared.contracts.envelope import Envelope"),
        ("services/shared/plumbing/outbox.py", "import boto3"),
    ],
)
def test_other_imports_are_free(breaches: Breaches, path: str, line: str) -> None:
    """Plumbing has rules of its own."""
    assert breaches(rule, {path: f"{line}\n"}) == []
