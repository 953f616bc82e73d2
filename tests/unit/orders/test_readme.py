"""The states that are drawn are those of the code (O4)."""

import re
from pathlib import Path

from infra.checks import states
from services.orders import order

PAGE = Path(order.__file__).with_name("README.md")
ARROW = re.compile(r"^(.+) -->\|(.+)\| (.+)$")


def drawn() -> dict[str, dict[str, set[str]]]:
    """Move → from → to, as the page draws it. Every state stands with its code where it is met first."""
    _, *lines = states.DRAWN.findall(PAGE.read_text(encoding="utf-8"))[0].splitlines()
    moves: dict[str, dict[str, set[str]]] = {}
    for arrow in "; ".join(lines).split("; "):
        found = ARROW.match(arrow)
        assert found, arrow
        origins, ends = ([_state(one) for one in found[part].split(" & ")] for part in (1, 3))
        for move in found[2].split(", "):
            for origin in origins:
                moves.setdefault(move, {}).setdefault(origin, set()).update(ends)
    return moves


def _state(shown: str) -> str:
    name, _, label = shown.partition("[")
    assert label in ("", f'"{name} {order.CODES.get(name)}"]')  # type: ignore[call-overload]
    return name


def test_the_page_draws_the_moves_that_the_code_allows() -> None:
    """All of them, and no other."""
    assert drawn() == {
        move: {origin: set(ends) for origin, ends in origins.items()} for move, origins in order.MOVES.items()
    }
    assert list(states.states_are_drawn_as_enforced(())) == []


def test_a_drawing_that_is_out_of_date_is_found_and_drawn_anew(tmp_path: Path) -> None:
    """O4, O6: nobody has to remember it, of an order nor of an after-sale."""
    for one in states.DRAWINGS:
        page = tmp_path / one
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("before\n```mermaid\nflowchart LR\ndone --> to_ship\n```\nafter\n", encoding="utf-8")

    assert [states.main(arguments, tmp_path) for arguments in ([], ["--write"], [])] == [1, 0, 0]
    for one, (draw, _) in states.DRAWINGS.items():
        assert (tmp_path / one).read_text(encoding="utf-8") == f"before\n```mermaid\n{draw()}```\nafter\n"


def test_the_readme_fits_on_its_page() -> None:
    """At most 60 lines, with the drawing; after-sales have a page of their own."""
    aftersales, page = states.ROOT / states.AFTERSALES_PAGE, PAGE.read_text(encoding="utf-8")
    assert len(aftersales.read_text(encoding="utf-8").splitlines()) <= 60
    assert "(aftersale/README.md)" in page
    assert len(page.splitlines()) <= 60
