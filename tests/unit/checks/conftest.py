"""Small made-up sources for the rules."""

import textwrap
from collections.abc import Callable

import pytest

from infra.checks.sources import Rule, parse

Breaches = Callable[[Rule, dict[str, str]], list[str]]


@pytest.fixture
def breaches() -> Breaches:
    """Where a rule finds something in these texts by path, as ``path:line``."""

    def run(rule: Rule, texts: dict[str, str]) -> list[str]:
        sources = parse({path: textwrap.dedent(text) for path, text in texts.items()})
        return [f"{found.path}:{found.line}" for found in sorted(rule(sources))]

    return run
