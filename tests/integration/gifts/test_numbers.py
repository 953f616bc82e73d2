"""What becomes of a shop's gifts, in numbers that equal a recount (G10)."""

import random
from datetime import timedelta
from typing import Any

import pytest

from services.gifts import app as gifts
from services.shared.contracts.catalog import MembershipChanged
from services.shared.plumbing.ids import new_id
from tests.integration.gifts.scene import NOW, Scene
from tests.integration.http import Reply
from tests.integration.wire import deliver, discard


@pytest.fixture
def owner(scene: Scene) -> str:
    """Who reads the shop's numbers."""
    discard(gifts)
    owner = new_id("person:owner")
    member = MembershipChanged(shop_id=scene.shop, person=owner, role="owner")
    scene.hear(member, emitter="catalog", subject=f"{scene.shop}/{owner}")
    return owner


def numbers(scene: Scene, owner: str, query: str = "") -> Reply:
    """As the shop's owner reads them."""
    return scene.client(owner).get(f"/v1/shops/{scene.shop}/gift-numbers{query}")


def buys(scene: Scene, person: str) -> None:
    """This person pays an order of their own."""
    order_id = new_id("ord")
    paid = scene.paid(order_id, gift=False).model_copy(update={"buyer": person})
    scene.hear(paid, emitter="orders", subject=order_id)


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_equal_a_recount(scene: Scene, owner: str, seed: int) -> None:
    """Whatever comes twice or shuffled: gifts sent, claimed, declined, expired, and how long claims took."""
    dice = random.Random(seed)
    counts = {"sent": 0, "claimed": 0, "declined": 0, "expired": 0}
    waits: list[int] = []
    for _ in range(8):
        gift_id, sent_at = scene.send(), scene.hands.at
        token = scene.token(gift_id)
        counts["sent"] += 1
        wait = dice.choice([30, 600, 7_200, 40_000])
        scene.hands.at = sent_at + timedelta(seconds=wait)
        end = dice.choice(["claimed", "declined", "expired"])
        counts[end] += 1
        if end == "claimed":
            assert scene.claim(token, new_id("person:p")).status == 200
            waits.append(wait)
        elif end == "declined":
            scene.decline(token, scene.cy)
        else:
            scene.hands.at = sent_at + timedelta(hours=24)
            scene.sweep()
    deliver(gifts, duplicate=True, shuffle=seed)

    shown = numbers(scene, owner).json
    assert {name: shown[name] for name in counts} == counts
    assert sum(one["claims"] for one in shown["time_to_claim"]) == len(waits)
    if waits:
        half = sorted(waits)[(len(waits) - 1) // 2]
        assert half <= shown["median_claim_s"] <= max(60, 3 * half)
    for name, count in counts.items():
        assert sum(day[name] for day in shown["days"]) == count


@pytest.mark.parametrize("late", [False, True])
def test_a_buyer_is_won_who_knew_the_shop_by_a_gift(scene: Scene, owner: str, late: bool) -> None:
    """First the gift, then the first purchase; who had bought before, or never buys, is none: told late, too."""
    buys(scene, scene.cy)  # an old customer
    scene.hands.move(hours=1)
    gift_id = scene.send(mode="group", recipients=3)
    token = scene.token(gift_id)
    for person in (scene.bo, scene.cy, new_id("person:p")):
        scene.claim(token, person)
    if not late:
        deliver(gifts)
    scene.hands.move(hours=1)
    for _ in range(2):
        buys(scene, scene.bo)
        buys(scene, scene.cy)
    deliver(gifts, duplicate=True)

    assert numbers(scene, owner).json["new_buyers"] == 1


def test_only_the_shop_reads_its_numbers_and_only_so_many_days(scene: Scene, owner: str) -> None:
    """G9, and bounds that are told."""
    assert scene.client(scene.anna).get(f"/v1/shops/{scene.shop}/gift-numbers").status == 404
    empty: Any = numbers(scene, owner, "?since=2025-01-01&until=2025-04-10").json
    assert (empty["sent"], empty["median_claim_s"], empty["days"]) == (0, None, [])
    spans = "?since=2025-01-01&until=2025-04-11", "?since=2025-01-02&until=2025-01-01"
    for query in (*spans, "?since=yesterday", "?until=0001-01-01"):
        assert numbers(scene, owner, query).slug == "validation"
    assert numbers(scene, owner).json["until"] == NOW.date().isoformat()
