"""docs/webhooks.md: the catalogue of what webhooks are told, written from the contracts' samples (N3).

``python -m infra.webhooks_page`` compares the page with the code and ends with 1 when it is out of date; ``--write``
writes it. What stands before the catalogue is kept as it is.
"""

import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from services.notify.webhooks.catalogue import TEST, letter_of, pushed
from services.notify.webhooks.letter import Letter
from services.shared.contracts.envelope import Envelope

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/webhooks.md"
SAMPLES = ROOT / "tests/contract/samples"
MARK = "<!-- What follows is written by `python -m infra.webhooks_page --write`. -->"


def catalogue() -> str:
    """The part of the page that follows from the code."""
    return "\n".join(_lines()) + "\n"


def page() -> str:
    """The whole page as it should be. Raises ValueError when the mark is gone from it."""
    text, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise ValueError(f"{PAGE} has lost the line {MARK}")
    return f"{text}{MARK}\n\n{catalogue()}"


def _lines() -> Iterator[str]:
    names = sorted(pushed())
    yield "| event | |"
    yield "|---|---|"
    for name in names:
        yield f"| [`{name}`](#{_anchor(name)}) | {_said(name)} |"
    yield f"| `{TEST}` | What `POST …/test` sends |"
    for name in names:
        yield f"\n### {name}\n"
        for case, letter in _letters(name):
            yield f"{case}:\n"
            yield f"```json\n{json.dumps(json.loads(letter.written('json')), ensure_ascii=False, indent=2)}\n```\n"


def _letters(name: str) -> Iterator[tuple[str, Letter]]:
    """Every sample of an event, as it is told."""
    for file in sorted(SAMPLES.glob(f"{name}.v*.json")):
        cases: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for case, envelope in cases.items():
            if letter := letter_of(Envelope.model_validate(envelope)):
                yield case, letter


def _said(name: str) -> str:
    """The first sentence of an event's docstring."""
    event = pushed()[name]
    text = inspect.cleandoc(event.__doc__ or "") if "__doc__" in vars(event) and event.__doc__ else ""
    return text.partition("\n")[0].partition(" Subject:")[0]


def _anchor(name: str) -> str:
    """As GitHub makes it of a heading."""
    return name.replace(".", "")


def main(arguments: Sequence[str]) -> int:
    """Compare or write; the exit status."""
    wanted = page()
    if "--write" in arguments:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print("docs/webhooks.md is out of date: run `python -m infra.webhooks_page --write`")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
