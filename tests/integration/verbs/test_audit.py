"""Every act of a shop's members and of the platform leaves its entry, in every service and at every door (O20)."""

from importlib import import_module

import pytest

from services.shared.plumbing.tables import Row
from tests.integration.verbs.conftest import Stage
from tests.integration.verbs.every import SERVICES, scenarios
from tests.integration.verbs.meter import metered
from tests.integration.verbs.scenario import Scenario


def audited(service: str) -> set[str]:
    """The doors of the service whose acts are written down."""
    return {door.name for door in import_module(f"services.{service}.app").app.doors if door.audited}


def entries(service: str) -> list[str]:
    """The actions written down in the service, whoever's."""
    row: type[Row] = import_module(f"services.{service}.app").app.store.row
    return [one.data["action"] for one in row.scan(row.pk.startswith("AUDIT#"), consistent_read=True) if one.data]


ACTS = [one for one in scenarios() if one.entry in audited(one.service)]


@pytest.mark.parametrize("scenario", ACTS, ids=str)
def test_what_an_act_writes_has_an_entry_beside_it(scenario: Scenario, stage: Stage) -> None:
    """One entry for an act with an effect, none for one without; also when it is sent again."""
    act = scenario.prepare(stage())
    before = entries(scenario.service).count(scenario.entry)

    with metered() as bill:
        act()

    left = entries(scenario.service).count(scenario.entry) - before
    assert left == (1 if bill.write_units else 0), bill.writes


@pytest.mark.parametrize("service", SERVICES)
def test_every_door_for_a_shop_is_tried(service: str) -> None:
    """A new door is, without being listed here."""
    assert {one.entry for one in ACTS if one.service == service} == audited(service)
