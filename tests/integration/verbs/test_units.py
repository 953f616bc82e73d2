"""What every verb costs is committed in infra/cost/units.json, and does not rise unseen."""

import pytest

from infra.cost.units import Table, Units, differences
from tests.integration.verbs.conftest import Stage
from tests.integration.verbs.every import NO_SCENARIO, SERVICES, entries, scenarios, verbs
from tests.integration.verbs.meter import Bill, metered
from tests.integration.verbs.scenario import Scenario

EVERY = scenarios()
CHANCES = 3


@pytest.mark.parametrize("scenario", EVERY, ids=str)
def test_a_verb_costs_what_is_recorded(
    scenario: Scenario, stage: Stage, recorded: Table, request: pytest.FixtureRequest
) -> None:
    """A rise needs a reason; a fall is recorded, or it could rise again unseen.

    What only chance costs, such as where in a pool of keys an order begins to look, is counted anew.
    """
    if request.config.getoption("--record", default=False):
        recorded[str(scenario)] = count(scenario, stage)
    found = ["was not counted"]
    for _ in range(CHANCES):
        found = differences(recorded.get(str(scenario)), count(scenario, stage))
        if not found:
            break

    assert not found, f"{scenario}: {'; '.join(found)}. If it is meant, `make units` records it: say why in the commit"


@pytest.mark.parametrize("service", SERVICES)
def test_every_way_in_has_a_scenario(service: str) -> None:
    """A new door, event or schedule is counted, and tried with crashes."""
    covered = {scenario.entry for scenario in EVERY if scenario.service == service}

    assert entries(service) - set(NO_SCENARIO) == covered, f"see tests/integration/{service}/scenarios.py"


@pytest.mark.parametrize("service", SERVICES)
def test_every_verb_has_a_scenario_in_which_it_commits(service: str, recorded: Table) -> None:
    """Whatever is given ``begin`` has written something while it was counted."""
    wrote = {verb for row in recorded.values() for verb in row.verbs}

    assert set(verbs(service)) <= wrote | set(NO_SCENARIO), f"see tests/integration/{service}/scenarios.py"


def test_the_table_has_no_row_of_a_verb_that_is_gone(recorded: Table, request: pytest.FixtureRequest) -> None:
    """Nothing is billed that nobody does."""
    if request.config.getoption("--record", default=False):
        for gone in recorded.keys() - set(map(str, EVERY)):
            del recorded[gone]

    assert recorded.keys() == set(map(str, EVERY))


def count(scenario: Scenario, stage: Stage) -> Units:
    """What the act takes on a fresh stage."""
    act = scenario.prepare(stage())
    with metered() as bill:
        act()
    return units_of(scenario, bill)


def units_of(scenario: Scenario, bill: Bill) -> Units:
    """The row of the table."""
    letter = 2 if "." in scenario.entry else 0  # received and deleted
    queues = {consumer for consumers in bill.events.values() for consumer in consumers}
    return Units(
        entry=scenario.entry,
        verbs=tuple(sorted(bill.verbs)),
        calls=dict(sorted(bill.calls.items())),
        writes=dict(sorted(bill.writes.items())),
        write_units=bill.write_units,
        read_units=bill.reads,
        events={name: tuple(bill.events[name]) for name in sorted(bill.events)},
        sqs_requests=letter + len(queues),
        invocations=2 if bill.events else 1,
        bytes=dict(sorted(bill.stored.items())),
    )
