"""Bad endpoints cost good ones nothing (N3). At length, with numbers: ``python -m infra.load.webhooks``."""

from dataclasses import replace

import pytest

from infra.load.webhooks import Outcome, Plan, kind_of, run
from services.notify.webhooks import run_due_line

THOUSAND = Plan(1_000, bad=False, rounds=1, end_s=110)


def test_dead_slow_and_flapping_endpoints_delay_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """All others are as on time as without them, nothing is lost, nothing comes twice."""
    monkeypatch.setattr(run_due_line, "SLOW_MS", 250)
    plan = Plan(40, bad=True, a_second=4, rounds=2, sweep_s=2, patience_s=5, slow_s=0.5, end_s=80)

    outcome = run(plan, run(replace(plan, bad=False, rounds=1)))

    assert outcome.good, str(outcome)
    assert outcome.wanted["healthy"] == 56
    assert outcome.waiting == outcome.wanted["black hole"] + outcome.wanted["refusing"] == 8


@pytest.fixture(scope="module")
def alone() -> list[Outcome]:
    """How the thousand went without bad ones, once they have."""
    return []


@pytest.fixture
def _usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes an endpoint slow is what it is in production, not what it is for other tests here."""
    monkeypatch.setattr(run_due_line, "SLOW_MS", 1_000)


@pytest.mark.slow
@pytest.mark.usefixtures("_usual")
def test_a_thousand_healthy_endpoints(alone: list[Outcome]) -> None:
    """What this machine can do, at a pace that two cores carry."""
    outcome = run(THOUSAND)

    assert (outcome.lost, outcome.twice) == (0, 0), str(outcome)
    alone.append(outcome)


@pytest.mark.slow
@pytest.mark.usefixtures("_usual")
def test_a_thousand_endpoints_with_three_in_ten_bad(alone: list[Outcome]) -> None:
    """As on time as without them, as large as promised."""
    outcome = run(replace(THOUSAND, bad=True), *alone)

    assert outcome.good, str(outcome)


def test_one_in_ten_is_dead_one_slow_and_one_flapping() -> None:
    """Half of the dead ones refuse, half say nothing."""
    kinds = [kind_of(number, bad=True) for number in range(1_000)]

    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "healthy": 700,
        "black hole": 50,
        "refusing": 50,
        "slow": 100,
        "flapping": 100,
    }
    assert {kind_of(number, bad=False) for number in range(10)} == {"healthy"}
