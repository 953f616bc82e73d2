"""Claim against expiry, and two who claim: one item is the judge, and exactly one wins."""

from collections import Counter
from collections.abc import Callable

import pytest

from infra.faults import Fault, FaultsProxy
from services.gifts.sweep_gifts import sweep_gift
from services.gifts.tables import STORE
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired
from services.shared.plumbing import clock
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import Refused, Transaction
from tests.integration.gifts.scene import A_DAY, A_MOMENT, NOW, Scene
from tests.integration.gifts.threads import Clocks, at_once, press

JUST_IN_TIME, DEADLINE = NOW + A_DAY - A_MOMENT, NOW + A_DAY
RACES = 9
ENDINGS = (GiftClaimed, GiftDeclined, GiftExpired)
WEATHER = (
    Fault("latency", operations=["TransactWriteItems"], delay_s=(0, 0.012)),
    Fault("conflict", probability=0.1),
    Fault("lose_answer", operations=["TransactWriteItems"], probability=0.1),
)


@pytest.mark.parametrize("seed", [0, *(pytest.param(more, marks=pytest.mark.slow) for more in (1, 2, 3))])
def test_of_claim_and_expiry_at_once_exactly_one_wins(scene: Scene, proxy: FaultsProxy, seed: int) -> None:
    """Fifty times a seed: what the claimer is told, what the others are told and what is stored agree (G4)."""
    clocks = Clocks(scene.hands)
    clock.use(clocks)  # the fixture's end puts it right
    won, fired = Counter[str](), Counter[str]()
    for number in range(50):
        gift_id = scene.send()
        token = scene.token(gift_id)
        proxy.clear(50 * seed + number)
        proxy.plan(*WEATHER)
        claim = clocks.act(JUST_IN_TIME, lambda token=token: press(scene, token, scene.bo).slug)  # type: ignore[misc]
        sweep = clocks.act(DEADLINE, scene.sweep)
        if number % 10 == 0:
            sweep()  # now and then time is clearly first, so that both endings are seen at any pace of the machine
        told = claim() if number % 10 == 1 else at_once(claim, sweep)[0]
        fired.update(proxy.fired)
        proxy.clear()
        sweep()  # the minute after, if the first was refused

        [ending] = [one for one in scene.outbox(gift_id) if one.name in {kind.NAME for kind in ENDINGS}]
        status = scene.given(gift_id)["status"]
        assert (told, ending.name, status) in {
            ("", GiftClaimed.NAME, "claimed"),
            ("gift-expired", GiftExpired.NAME, "expired"),
        }
        won[status] += 1
    assert won.keys() == {"claimed", "expired"}  # or there was no race
    assert fired["conflict"]
    assert fired["lose_answer"]


def test_an_expiry_between_reading_and_writing_beats_the_claim(scene: Scene, proxy: FaultsProxy) -> None:
    """The claimer is told that it expired, though the claim was in time when it was decided (G4)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    def expire(_: object) -> None:
        scene.hands.at = DEADLINE
        scene.sweep()

    scene.hands.at = JUST_IN_TIME
    between = proxy.at_call(1, "before", expire, ["TransactWriteItems"])
    claimed = press(scene, token, scene.bo)

    assert between.reached.is_set()
    assert claimed.slug == "gift-expired"
    assert (len(scene.said(gift_id, GiftExpired)), scene.said(gift_id, GiftClaimed)) == (1, [])


def test_a_claim_between_reading_and_writing_beats_the_expiry(scene: Scene, proxy: FaultsProxy) -> None:
    """The sweeper is refused, and finds nothing to do the next minute (G4)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    replies = []

    def begin() -> Transaction:
        return Transaction(STORE, DEADLINE, new_id)

    scene.hands.at = JUST_IN_TIME
    proxy.at_call(1, "before", lambda _: replies.append(scene.claim(token, scene.bo)), ["TransactWriteItems"])
    with pytest.raises(Refused):
        sweep_gift(gift_id, begin=begin, now=DEADLINE)

    assert [one.status for one in replies] == [200]
    assert sweep_gift(gift_id, begin=begin, now=DEADLINE) is False
    assert (scene.said(gift_id, GiftExpired), len(scene.said(gift_id, GiftClaimed))) == ([], 1)


def test_of_many_who_claim_at_once_exactly_one_wins(scene: Scene, proxy: FaultsProxy) -> None:
    """The others are told that it is gone (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    proxy.plan(Fault("conflict", probability=0.2))

    replies = at_once(*(lambda n=n: press(scene, token, f"{scene.bo}-{n}") for n in range(16)))

    assert Counter(one.slug for one in replies) == {"": 1, "gift-already-claimed": 15}
    assert len(scene.said(gift_id, GiftClaimed)) == 1


def test_one_who_presses_many_times_has_it_once(scene: Scene) -> None:
    """Every press gets the same answer (G3)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    replies = at_once(*[lambda: press(scene, token, scene.bo)] * 8)

    assert {(one.status, one.text) for one in replies} == {(200, replies[0].text)}
    assert len(scene.said(gift_id, GiftClaimed)) == 1


def test_of_claim_decline_and_another_style_at_once_exactly_one_wins(scene: Scene) -> None:
    """Whoever comes first; orders' answer to the style settles what is left (G3, G5)."""
    won: Counter[str] = Counter()
    for number in range(RACES):
        gift_id = scene.send()
        token = scene.token(gift_id)
        acts: list[Callable[[], object]] = [
            lambda token=token: scene.claim(token, scene.bo),  # type: ignore[misc]
            lambda token=token: scene.claim(token, scene.cy, scene.red),  # type: ignore[misc]
            lambda token=token: scene.decline(token, scene.anna),  # type: ignore[misc]
        ]

        if number < len(acts):
            acts[number]()  # once each is clearly first, whatever the machine's pace
        at_once(*acts)
        if scene.given(gift_id)["status"] == "claiming":
            scene.answer(gift_id, "taken")

        [ending] = [one for one in scene.outbox(gift_id) if one.name in {kind.NAME for kind in ENDINGS}]
        won[ending.data["recipient"]] += 1
    assert won.total() == RACES
    assert len(won) > 1  # or there was no race
