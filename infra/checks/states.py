"""An order's states and an after-sale's, drawn from the tables that enforce their moves.

``python -m infra.checks.states`` compares the drawings in orders' pages with the code, and ends with 1 when they
differ; ``--write`` draws them anew. Also a rule of ``infra.checks``.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from infra.checks.sources import Finding, Source
from services.orders import order
from services.orders.aftersale import aftersale

ROOT = Path(__file__).parents[2]
PAGE = PurePosixPath("services/orders/README.md")
AFTERSALES_PAGE = PurePosixPath("services/orders/aftersale/README.md")
DRAWN = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)
WIDTH = 160  # of a page's lines: as many arrows stand in one as fit


Moves = Mapping[str, Mapping[str, frozenset[str]]]


def drawing() -> str:
    """An order's states, each with its code."""
    return _drawn(order.MOVES, order.CODES.__getitem__, lambda name: f'{name}["{name} {order.CODES[name]}"]')  # type: ignore[arg-type,index]


def aftersales_drawing() -> str:
    """An after-sale's states."""
    return _drawn(aftersale.MOVES, list(aftersale.STATUSES).index, str)  # type: ignore[arg-type]


def _drawn(moves: Moves, rank: Callable[[str], int], label: Callable[[str], str]) -> str:
    """A mermaid flowchart: every state by its label where it is met first, every move as an arrow with its name."""
    met: set[str] = set()

    def state(name: str) -> str:
        shown = name if name in met else label(name)
        met.add(name)
        return shown

    def states(names: Sequence[str]) -> str:
        return " & ".join(state(name) for name in names)

    arrows = [
        f"{states(origins)} -->|{', '.join(named)}| {states(ends)}"
        for (origins, ends), named in _grouped(moves, rank).items()
    ]
    return "\n".join(["flowchart LR", *_lines(arrows)]) + "\n"


def _lines(arrows: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for arrow in arrows:
        if lines and len(lines[-1]) + len(arrow) + 2 <= WIDTH:
            lines[-1] += f"; {arrow}"
        else:
            lines.append(arrow)
    return lines


def _grouped(moves: Moves, rank: Callable[[str], int]) -> Mapping[tuple[tuple[str, ...], tuple[str, ...]], list[str]]:
    """(origins, ends) → the moves between them. What leads from a state to itself has an arrow of its own."""
    grouped: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for move, origins in moves.items():
        by_ends: dict[tuple[str, ...], list[str]] = {}
        for origin, led_to in origins.items():
            by_ends.setdefault(tuple(sorted(led_to, key=lambda end: (rank(end), end))), []).append(origin)
        for ends, starts in by_ends.items():
            for group in [tuple(starts)] if set(ends) - set(starts) else [(start,) for start in starts]:
                grouped.setdefault((group, ends), []).append(move)
    return grouped


# Page → what is drawn on it, and the table it must agree with.
DRAWINGS: Mapping[PurePosixPath, tuple[Callable[[], str], str]] = {
    PAGE: (drawing, "order.MOVES"),
    AFTERSALES_PAGE: (aftersales_drawing, "aftersale.MOVES"),
}


def states_are_drawn_as_enforced(_: Sequence[Source]) -> Iterator[Finding]:
    """The pages show the moves that the code allows, and no other."""
    yield from _differs(ROOT)


def _differs(root: Path) -> Iterator[Finding]:
    for page, (draw, table) in DRAWINGS.items():
        text = (root / page).read_text(encoding="utf-8")
        found = DRAWN.search(text)
        if found is None or found[1] != draw():
            line = text[: found.start()].count("\n") + 1 if found else 1
            yield Finding(page, line, f"not what {table} enforces: python -m infra.checks.states --write")


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Compare, or with ``--write`` draw; the exit status."""
    if "--write" in arguments:
        for page, (draw, _) in DRAWINGS.items():
            text, drawn = (root / page).read_text(encoding="utf-8"), f"```mermaid\n{draw()}```"
            (root / page).write_text(DRAWN.sub(lambda _, drawn=drawn: drawn, text, count=1), encoding="utf-8")  # type: ignore[misc]
    found = list(_differs(root))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
