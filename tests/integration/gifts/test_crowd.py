"""A crowd on one card: as many get one as there are, nobody two, and the others are told so (G6)."""

from collections import Counter

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.gifts import GiftClaimed
from services.shared.plumbing.ids import new_id
from tests.integration.gifts.scene import Scene
from tests.integration.gifts.threads import at_once, press


@pytest.mark.parametrize(("pieces", "openers", "presses"), [(30, 100, 1), (40, 50, 2)])
def test_as_many_get_one_as_there_are(
    scene: Scene, proxy: FaultsProxy, pieces: int, openers: int, presses: int
) -> None:
    """Each person presses so often at once, through conflicts: 100 on 30 pieces, 50 twice on the most there can be."""
    gift_id = scene.send(mode="group", recipients=pieces)
    token = scene.token(gift_id)
    people = [new_id("person:p") for _ in range(openers)]
    proxy.plan(Fault("conflict", probability=0.05))

    for person in people:
        scene.client(person)  # tokens are made before, so that they meet at the card
    replies = at_once(*(lambda who=who: press(scene, token, who) for who in people * presses))

    proxy.clear()
    claimed = scene.said(gift_id, GiftClaimed)
    winners = {reply.json["sub_gift_id"] for reply in replies if reply.status == 200}
    assert len(claimed) == len(winners) == pieces
    assert len({one.recipient for one in claimed}) == len({one.sub_gift_id for one in claimed}) == pieces
    assert Counter(reply.status for reply in replies)[409] == presses * (openers - pieces)
    assert {reply.slug for reply in replies} == {"", "gift-already-claimed"}


def test_one_person_with_many_fingers_gets_one(scene: Scene, proxy: FaultsProxy) -> None:
    """However the presses meet those of others: never two pieces in one hand."""
    gift_id = scene.send(mode="group", recipients=10)
    token = scene.token(gift_id)
    proxy.plan(Fault("conflict", probability=0.1))
    others = [new_id("person:p") for _ in range(6)]

    replies = at_once(*(lambda who=who: press(scene, token, who) for who in [scene.bo] * 10 + others))

    claimed = Counter(one.recipient for one in scene.said(gift_id, GiftClaimed))
    assert claimed == Counter([scene.bo, *others])
    assert {reply.status for reply in replies} == {200}
    assert [one["status"] for one in scene.given(gift_id)["sub_gifts"]].count("claimed") == 7


def test_who_did_not_get_a_style_may_try_again_and_hold_one(scene: Scene) -> None:
    """Refused, the person holds nothing; then one, and no second (G3, G6)."""
    gift_id = scene.send(mode="group", recipients=3)
    token = scene.token(gift_id)
    assert scene.claim(token, scene.bo, scene.red).status == 202
    scene.answer(gift_id, "sold_out")

    assert scene.claim(token, scene.bo).status == 200
    assert scene.claim(token, scene.bo, scene.red).slug == "gift-already-claimed"
    assert [one["status"] for one in scene.given(gift_id)["sub_gifts"]].count("claimed") == 1
