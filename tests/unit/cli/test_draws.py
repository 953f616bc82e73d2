"""``xiaodian draw verify``: it finds every way in which a draw's record could have been changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from infra.cli.main import main
from services.gifts.lot import commitment_to, winners_among

SEED = "5f" * 32
ENTRIES = [f"ent_{number:040x}" for number in range(50)]


def record() -> dict[str, Any]:
    """What /v1/draws/{gift_id} answers once it is drawn."""
    return {
        "gift_id": "gft_1",
        "state": "drawn",
        "commitment": commitment_to(SEED),
        "prizes": 3,
        "entries": list(ENTRIES),
        "seed": SEED,
        "winners": list(winners_among(ENTRIES, SEED, 3)),
    }


def verify(folder: Path, published: object, *options: str) -> Result:
    """The command, on a record in a file."""
    file = folder / "draw.json"
    file.write_text(json.dumps(published))
    return CliRunner().invoke(main, ["draw", "verify", str(file), *options])


def test_a_draw_as_it_was_made_is_right(tmp_path: Path) -> None:
    """In whatever order the entries are listed; it names the winners (G6)."""
    published = record() | {"entries": ENTRIES[::-1]}

    result = verify(tmp_path, published, "--entry", ENTRIES[7], "--commitment", commitment_to(SEED))

    assert result.exit_code == 0, result.output
    assert all(winner in result.output for winner in published["winners"])


Change = Callable[[dict[str, Any]], Any]
CHANGES: dict[str, tuple[Change, str]] = {
    "another seed": (lambda one: one.update(seed="60" * 32), "committed to"),
    "another winner": (lambda one: one["winners"].__setitem__(0, _loser(one)), "make others win"),
    "winners in another order": (lambda one: one["winners"].reverse(), "make others win"),
    "a winner left out": (lambda one: one["winners"].pop(), "make others win"),
    "a winner's entry left out": (lambda one: one["entries"].remove(one["winners"][0]), "make others win"),
    "an entry twice": (lambda one: one["entries"].append(ENTRIES[0]), "twice"),
    "no seed": (lambda one: one.pop("seed"), "no record"),
    "not drawn yet": (lambda one: one.update(state="open"), "nothing is drawn"),
}


def _loser(one: dict[str, Any]) -> str:
    return next(entry for entry in ENTRIES if entry not in one["winners"])


@pytest.mark.parametrize("change", CHANGES)
def test_a_draw_that_was_changed_is_found_out(tmp_path: Path, change: str) -> None:
    """Whatever was changed: seed, winners or entries (G6)."""
    act, why = CHANGES[change]
    published = record()
    act(published)

    result = verify(tmp_path, published)

    assert (result.exit_code, why in result.output) == (1, True), result.output


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [("--commitment", "00" * 32, "another one than you noted"), ("--entry", "ent_mine", "your entry is not among")],
)
def test_what_somebody_noted_must_be_there(tmp_path: Path, option: str, value: str, why: str) -> None:
    """The commitment from before, and the own entry (G6)."""
    result = verify(tmp_path, record(), option, value)

    assert (result.exit_code, why in result.output) == (1, True)


def test_what_is_no_record_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """A file of something else."""
    (tmp_path / "draw.txt").write_text("no json")

    result = CliRunner().invoke(main, ["draw", "verify", str(tmp_path / "draw.txt")])

    assert (result.exit_code, "is not JSON" in result.output) == (1, True)
