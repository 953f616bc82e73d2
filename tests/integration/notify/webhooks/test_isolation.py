"""Bad endpoints cost good ones nothing (N3). At length, with numbers: ``python -m infra.load.webhooks``."""

from dataclasses import replace

import pytest

from infra.load.webhooks import Plan, kind_of, run
from services.notify.webhooks import run_due_line


def test_dead_slow_and_flapping_endpoints_delay_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """All others are as on time as without them, nothing is lost, nothing comes twice."""
    monkeypatch.setattr(run_due_line, "SLOW_MS", 250)
    plan = Plan(40, bad=True, a_second=4, rounds=2, sweep_s=2, patience_s=1, slow_s=0.5)

    outcome = run(plan, run(replace(plan, bad=False, rounds=1)))

    assert outcome.good, str(outcome)
    assert len(outcome.lags["healthy"]) == outcome.wanted["healthy"] == 56
    assert outcome.waiting == outcome.wanted["black hole"] + outcome.wanted["refusing"] == 8


@pytest.mark.slow
def test_a_thousand_endpoints_with_three_in_ten_bad() -> None:
    """The same, as large as promised, at a pace that two cores carry."""
    plan = Plan(1_000, bad=True, end_s=170)

    outcome = run(plan, run(replace(plan, endpoints=100, bad=False)))

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
