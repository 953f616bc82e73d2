"""Logs say what they are given."""

import pytest

from infra.checks.fields import logged_fields_are_written as rule
from tests.unit.checks.conftest import Breaches


@pytest.mark.parametrize("call", ["log", "logs.log", "alarm"])
def test_a_field_that_would_be_left_out_is_found(breaches: Breaches, call: str) -> None:
    """Whoever reads the log would only learn that there was one."""
    path = "services/orders/place_order.py"

    assert breaches(rule, {path: f'\n{call}("orders", "order_placed", order_id=one, colour="red")\n'}) == [f"{path}:2"]


@pytest.mark.parametrize(
    "text",
    [
        'log("orders", "order_failed", "error", error=error, order_id=one)',
        'log("orders", "tried", **fields)',
        'book.log("orders", "tried", colour="red")',
    ],
)
def test_what_is_written_is_free(breaches: Breaches, text: str) -> None:
    """Allowed fields, the writer's own, and what only runs show."""
    assert breaches(rule, {"services/orders/place_order.py": text}) == []
