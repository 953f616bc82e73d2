"""Every verb dies just before and just after each of its engine calls, is repeated, and ends as if it never had."""

from typing import Any

import pytest

from infra.faults import FaultsProxy
from infra.faults.script import When
from services.orders import app as orders
from services.orders.reactions import REACTIONS
from tests.faults.orders.crash import calls_of, die_at
from tests.faults.orders.world import state_of
from tests.integration.orders.conftest import Hands
from tests.integration.orders.market import open_market
from tests.integration.orders.scenarios import Scene, verb
from tests.integration.orders.till import Letterbox, Till

HARMLESS = {"post_quote"}  # it changes nothing
WHENS: tuple[When, ...] = ("before", "after")


def test_every_way_in_has_a_scene() -> None:
    """A new door, event or schedule is tried here, or it says why not."""
    doors = {door.name for door in orders.app.doors if door.method != "GET"}

    assert doors | set(REACTIONS) | {"sweep"} == {one.entry for one in verb.all.values()} | HARMLESS


@pytest.mark.parametrize("name", sorted(verb.all))
def test_a_crash_at_any_call_leaves_no_trace(
    till: Till, letterbox: Letterbox, hands: Hands, proxy: FaultsProxy, name: str
) -> None:
    """Stock, money, orders, payments at WeChat and events told are the same as without the crash."""

    def scene() -> Scene:
        hands.moved = hands.moved * 0
        letterbox.empty(keep=True)
        return Scene(open_market(till), hands)

    unhurt = scene()
    act = verb.all[name].prepare(unhurt)
    count = calls_of(proxy, act)
    expected = _state(unhurt)
    act()
    assert _state(unhurt) == expected, "repeated without a crash"

    deaths = 0
    for number in range(1, count + 1):
        for when in WHENS:
            crashed = scene()
            act = verb.all[name].prepare(crashed)
            deaths += die_at(proxy, number, when, act)
            act()
            assert _state(crashed) == expected, f"died {when} call {number}"
    assert deaths >= 2 * count - 2


def _state(scene: Scene) -> dict[str, Any]:
    scene.afterwards()
    return state_of(scene.market, scene.skus, scene.payments)
