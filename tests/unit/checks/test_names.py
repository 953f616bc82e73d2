"""Names say what they hold."""

import pytest

from infra.checks.names import named_after_something as rule
from tests.unit.checks.conftest import Breaches


@pytest.mark.parametrize(
    "path",
    [
        "services/orders/utils.py",
        "services/orders/order_helpers.py",
        "services/shared/common/money.py",
        "infra/local/manager.py",
        "tests/unit/data/orders.py",
    ],
)
def test_a_module_or_package_that_says_nothing_is_found(breaches: Breaches, path: str) -> None:
    """Anywhere in the repository, as a whole name or its last word."""
    assert breaches(rule, {path: ""}) == [f"{path}:1"]


@pytest.mark.parametrize("name", ["OrderManager", "Helper", "ShopInfo", "EventData"])
def test_a_class_that_says_nothing_is_found(breaches: Breaches, name: str) -> None:
    """A class's last word counts."""
    path = "services/orders/order.py"

    assert breaches(rule, {path: f"\nclass {name}:\n    pass\n"}) == [f"{path}:2"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("services/orders/manager_approval.py", "Order"),
        ("services/orders/order.py", "Metadata"),
        ("services/orders/order.py", "DataKey"),
        ("infra/local/wechat_pay.py", "SceneInfo"),
    ],
)
def test_other_names_are_free(breaches: Breaches, path: str, name: str) -> None:
    """The words are looked for as words, and infra may speak as the protocols do that it plays."""
    assert breaches(rule, {path: f"class {name}:\n    pass\n"}) == []
