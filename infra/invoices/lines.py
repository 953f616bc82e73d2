"""A line of the books. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line: figures of a section, the ``rule`` that they should keep, and whether they do; None: not compared."""

    section: str
    rule: str
    figures: Mapping[str, int]
    balances: bool | None = None


def equal(section: str, rule: str, **figures: int) -> Line:
    """A line whose figures must all be the same."""
    return Line(section, rule, figures, len(set(figures.values())) == 1)
