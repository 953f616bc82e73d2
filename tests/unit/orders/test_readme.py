"""The README's states are those of the code (O4)."""

import re
from pathlib import Path

from services.orders import order

README = Path(order.__file__).with_name("README.md")
LINE = re.compile(r"^(\w+) +(\w+) (\d+) ─▶ (.+)$")


def drawn() -> dict[str, dict[str, set[str]]]:
    """Move → from → to, as the README draws it. Every state stands with its code."""
    block = README.read_text().split("## States")[1].split("```")[1].strip()
    moves: dict[str, dict[str, set[str]]] = {}
    for line in block.splitlines():
        found = LINE.match(line)
        assert found, line
        move, origin, code, ends = found.groups()
        states = [(origin, code), *(tuple(end.split()) for end in ends.split(" | "))]
        assert [(name, str(order.CODES[name])) for name, _ in states] == states
        moves.setdefault(move, {})[origin] = {name for name, _ in states[1:]}
    return moves


def test_the_readme_draws_the_moves_that_the_code_allows() -> None:
    """All of them, and no other."""
    assert drawn() == {
        move: {origin: set(ends) for origin, ends in origins.items()} for move, origins in order.MOVES.items()
    }


def test_the_readme_fits_on_its_page() -> None:
    """At most 60 lines."""
    assert len(README.read_text().splitlines()) <= 60
