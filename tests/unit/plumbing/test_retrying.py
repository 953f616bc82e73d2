"""One retry layer: a contended verb runs again, as a whole, within its budget."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from services.shared.plumbing import contention
from services.shared.plumbing.contention import Busy, Contended, Refused, ending_at, retrying, tries
from services.shared.plumbing.problems import Conflict, TooBusy


def failing(times: int, error: type[Exception] | Exception) -> tuple[list[int], Callable[[], str]]:
    """The runs of a verb that fails so often, and the verb."""
    runs: list[int] = []

    def verb() -> str:
        runs.append(1)
        if len(runs) <= times:
            raise error
        return "done"

    return runs, verb


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Time that goes by in pauses only: a machine that is busy takes nothing of a budget. ``hand.at`` starts at 0."""
    hand = SimpleNamespace(at=0.0)

    def sleep(pause_s: float) -> None:
        hand.at += pause_s

    monkeypatch.setattr(contention, "time", SimpleNamespace(monotonic=lambda: hand.at, sleep=sleep))
    return hand


@pytest.mark.parametrize("error", [Contended("busy"), Refused(frozenset({"place"}))], ids=repr)
def test_a_contended_verb_runs_again_until_it_goes_through(error: Exception) -> None:
    """A refused condition is contention, too: somebody else's newer state is there to be read."""
    runs, verb = failing(3, error)

    assert retrying(verb) == "done"

    assert len(runs) == 4


@pytest.mark.parametrize("error", [Conflict("sold out"), KeyError("x")], ids=repr)
def test_any_other_error_ends_it_at_once(error: Exception) -> None:
    """A decision is a decision, and a mistake does not get better."""
    runs, verb = failing(1, error)

    with pytest.raises(type(error)):
        retrying(verb)

    assert len(runs) == 1


def test_the_budget_is_kept(hand: SimpleNamespace) -> None:
    """It ends before, not after: a function has no more time than that."""
    runs, verb = failing(1_000_000, Contended("busy"))

    with pytest.raises(TooBusy):
        retrying(verb, budget_s=0.05)

    assert 0 < hand.at <= 0.05
    assert len(runs) >= 2


def test_even_without_pauses_it_ends() -> None:
    """A verb that is contended for ever is not tried for ever."""
    runs, verb = failing(1_000_000, Contended("busy"))

    with pytest.raises(TooBusy):
        retrying(verb, budget_s=0.0)

    assert len(runs) <= 2


def test_what_was_given_up_below_is_not_tried_again_above() -> None:
    """Tries of a call and of a verb do not multiply."""
    runs, verb = failing(1, Busy("ThrottlingException"))

    with pytest.raises(TooBusy):
        retrying(verb)

    assert len(runs) == 1


@pytest.mark.usefixtures("hand")
def test_a_function_about_to_be_cut_off_has_one_try() -> None:
    """Whatever its budget; and no wider limit inside takes that back."""
    with ending_at(0.0), ending_at(60.0):
        assert list(tries()) == [0]
    assert len(list(tries(0.05))) > 1
