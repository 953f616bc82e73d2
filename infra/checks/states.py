"""An order's states, drawn from the table that enforces its moves.

``python -m infra.checks.states`` compares the drawing in orders' states.md with the code, and ends with 1 when they
differ; ``--write`` draws it anew. Also a rule of ``infra.checks``.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from infra.checks.sources import Finding, Source
from services.orders.order import CODES, MOVES, Status

ROOT = Path(__file__).parents[2]
PAGE = PurePosixPath("services/orders/states.md")
DRAWN = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)


def drawing() -> str:
    """A mermaid flowchart: every state with its code, every move as an arrow with its name."""
    met: set[Status] = set()

    def state(name: Status) -> str:
        shown = name if name in met else f'{name}["{name} {CODES[name]}"]'
        met.add(name)
        return shown

    def states(names: Sequence[Status]) -> str:
        return " & ".join(state(name) for name in names)

    arrows = [
        f"{states(origins)} -->|{', '.join(moves)}| {states(ends)}" for (origins, ends), moves in _grouped().items()
    ]
    return "\n".join(["flowchart LR", *arrows]) + "\n"


def _grouped() -> Mapping[tuple[tuple[Status, ...], tuple[Status, ...]], list[str]]:
    """(origins, ends) → the moves between them. What leads from a state to itself has an arrow of its own."""
    grouped: dict[tuple[tuple[Status, ...], tuple[Status, ...]], list[str]] = {}
    for move, origins in MOVES.items():
        by_ends: dict[tuple[Status, ...], list[Status]] = {}
        for origin, led_to in origins.items():
            by_ends.setdefault(tuple(sorted(led_to, key=lambda end: (CODES[end], end))), []).append(origin)
        for ends, starts in by_ends.items():
            for group in [tuple(starts)] if set(ends) - set(starts) else [(start,) for start in starts]:
                grouped.setdefault((group, ends), []).append(move)
    return grouped


def states_are_drawn_as_enforced(_: Sequence[Source]) -> Iterator[Finding]:
    """The page shows the moves that the code allows, and no other."""
    yield from _differs(ROOT)


def _differs(root: Path) -> Iterator[Finding]:
    text = (root / PAGE).read_text(encoding="utf-8")
    found = DRAWN.search(text)
    if found is None or found[1] != drawing():
        line = text[: found.start()].count("\n") + 1 if found else 1
        yield Finding(PAGE, line, "not what order.MOVES enforces: python -m infra.checks.states --write")


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Compare, or with ``--write`` draw; the exit status."""
    if "--write" in arguments:
        text = (root / PAGE).read_text(encoding="utf-8")
        (root / PAGE).write_text(DRAWN.sub(lambda _: f"```mermaid\n{drawing()}```", text, count=1), encoding="utf-8")
    found = list(_differs(root))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
