"""Nouns are pure, and what is pure is a noun."""

import pytest

from infra.checks.nouns import nouns_are_pure, pure_modules_are_nouns
from tests.unit.checks.conftest import Breaches

ORDER = "services/orders/order.py"
LIST = {"services/orders/__init__.py": 'NOUNS = ("order",)\n'}
SHARED = {
    "services/shared/plumbing/__init__.py": 'NOUNS = ("problems",)\n',
    "services/shared/plumbing/problems.py": "class Problem(Exception):\n    pass\n",
}


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "import urllib.request",
        "from time import monotonic",
        "from pydantic import BaseModel",
        "from services.orders import tables",
        "from services.orders.tables import OrderRow",
        "from services.shared.plumbing.tables import get",
        "from services.shared.plumbing import tables",
        "text = open('x')",
    ],
)
def test_a_noun_that_reaches_outside_is_found(breaches: Breaches, line: str) -> None:
    """Files, network, clock, chance, models and tables are not a noun's to know."""
    text = f"def moved():\n    {line}\n"

    assert breaches(nouns_are_pure, {**LIST, **SHARED, ORDER: text}) == [f"{ORDER}:2"]


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime",
        "from urllib.parse import quote",
        "from services.shared.plumbing.problems import Problem",
        "from services.shared.plumbing import problems",
    ],
)
def test_a_noun_may_know_values_and_other_nouns(breaches: Breaches, line: str) -> None:
    """The standard library's values and the nouns that plumbing lists are free."""
    assert breaches(nouns_are_pure, {**LIST, **SHARED, ORDER: f"{line}\n"}) == []


def test_a_listed_noun_must_exist(breaches: Breaches) -> None:
    """A list that outlives a noun is found at the list."""
    assert breaches(nouns_are_pure, LIST) == ["services/orders/__init__.py:1"]


def test_a_pure_module_must_be_listed(breaches: Breaches) -> None:
    """What began pure is kept pure; subject folders too have their list."""
    pure = "from dataclasses import dataclass\n\n\nclass Order:\n    pass\n"

    assert breaches(pure_modules_are_nouns, {ORDER: pure, "services/orders/aftersale/claim.py": pure}) == [
        "services/orders/aftersale/claim.py:1",
        f"{ORDER}:1",
    ]
    assert breaches(pure_modules_are_nouns, {**LIST, ORDER: pure}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/orders/place_order.py", "from services.orders import tables\n\n\ndef place_order():\n    pass\n"),
        ("services/orders/resources.py", "def resources():\n    pass\n"),
        ("services/orders/words.py", '"""Only a text."""\n'),
        ("services/shared/plumbing/sequence.py", "def following(n):\n    return n + 1\n"),
    ],
    ids=["verb", "room", "nothing in it", "plumbing"],
)
def test_other_modules_need_no_listing(breaches: Breaches, path: str, text: str) -> None:
    """Verbs reach outside, rooms have their own rules, plumbing lists only what nouns share."""
    assert breaches(pure_modules_are_nouns, {path: text}) == []
