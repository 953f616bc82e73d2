"""Doors decide nothing."""

import pytest

from infra.checks.doors import doors_decide_nothing as rule
from tests.unit.checks.conftest import Breaches


@pytest.mark.parametrize(
    "body",
    [
        "if order.paid:\n        ship(order)",
        "return 200 if order.paid else 409",
        "match order.status:\n        case 'paid': ship(order)",
        "while order.waits:\n        look(order)",
        "def answer():\n        if order.paid:\n            ship(order)",
    ],
)
def test_a_branch_in_a_door_is_found(breaches: Breaches, body: str) -> None:
    """However a door branches, a verb should."""
    assert len(breaches(rule, {"services/orders/app.py": f"def door():\n    {body}\n"})) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/orders/app.py", "def door():\n    if not body:  # door: no body is {}\n        body = {}\n"),
        ("services/orders/app.py", "if TYPE_CHECKING:\n    import x\n\n\ndef door():\n    return pay(order)\n"),
        ("services/orders/pay.py", "def pay(order):\n    if order.paid:\n        return\n"),
        ("infra/local/app.py", "def run():\n    if stopped:\n        return\n"),
    ],
    ids=["with its reason", "module level", "verb", "not a service"],
)
def test_other_branches_are_free(breaches: Breaches, path: str, text: str) -> None:
    """A reason about HTTP opens a door's branch; a verb branches as it must."""
    assert breaches(rule, {path: text}) == []


def test_a_door_s_reason_must_say_something(breaches: Breaches) -> None:
    """The bare mark is no reason."""
    assert breaches(rule, {"services/orders/app.py": "def door():\n    if x:  # door:\n        y()\n"}) == [
        "services/orders/app.py:2"
    ]
