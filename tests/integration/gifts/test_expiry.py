"""Nobody came in time."""

import pytest

from services.gifts.reactions import REACTIONS
from services.gifts.tables import STORE, GiftsRow
from services.shared.contracts.gifts import GiftExpired, GiftReady
from services.shared.plumbing import inbox
from services.shared.plumbing.ids import derived_id, new_id
from tests.integration.gifts.scene import A_DAY, A_MOMENT, NOW, Scene


def test_an_unclaimed_gift_expires_and_is_told_once(scene: Scene) -> None:
    """The sweeper may come many times, and hours late (G4)."""
    gift_id = scene.send()
    [sub_gift] = scene.said(gift_id, GiftReady)[0].sub_gift_ids

    scene.hands.at = NOW + A_DAY - A_MOMENT
    scene.sweep()
    assert scene.said(gift_id, GiftExpired) == []
    scene.hands.move(hours=7)
    for _ in range(3):
        scene.sweep()

    [expired] = scene.said(gift_id, GiftExpired)
    assert (expired.sub_gift_ids, expired.giver) == ([sub_gift], scene.anna)
    assert scene.given(gift_id)["status"] == "expired"


def test_it_reads_as_expired_on_the_second(scene: Scene) -> None:
    """For giver and link holder, hours before anything is swept (G4)."""
    gift_id = scene.send()
    token = scene.token(gift_id)

    scene.hands.at = NOW + A_DAY - A_MOMENT
    assert (scene.given(gift_id)["status"], scene.card(token)["status"]) == ("claimable", "claimable")
    scene.hands.at = NOW + A_DAY
    given = scene.given(gift_id)
    assert (given["status"], scene.card(token)["status"], given["claim_token"]) == ("expired", "expired", None)


def test_its_money_back_is_seen_by_the_giver(scene: Scene) -> None:
    """And a claim is still told that it expired (G4)."""
    gift_id = scene.send()
    token = scene.token(gift_id)
    scene.hands.at = NOW + A_DAY
    scene.sweep()

    scene.refunded(gift_id, "gift_expired")

    assert scene.given(gift_id)["status"] == "refunded"
    assert scene.claim(token, scene.bo).slug == "gift-expired"


@pytest.mark.parametrize("why", ["late_payment", "aftersale"])
def test_other_refunds_say_nothing_of_the_gift(scene: Scene, why: str) -> None:
    """A claimed gift stays claimed when its recipient sends the goods back; a late payment never was a gift (G7)."""
    gift_id = scene.send()
    scene.claim(scene.token(gift_id), scene.bo)

    told = [scene.refunded(one, why) for one in (gift_id, derived_id("gft", new_id("ord")))]

    assert scene.given(gift_id)["status"] == "claimed"
    waiting = {pk for pk, _ in STORE.list_due(inbox.WAITING, NOW + A_DAY)}
    assert waiting.isdisjoint(f"WAITING#{one.id}" for one in told)


def test_a_refund_told_too_early_waits_for_its_gift(scene: Scene) -> None:
    """Facts come in any order; each has its effect, once (G4)."""
    order_id = new_id("ord")
    gift_id = derived_id("gft", order_id)

    scene.refunded(gift_id, "gift_expired")
    scene.hear(scene.paid(order_id), emitter="orders", subject=order_id)
    assert scene.given(gift_id)["status"] == "claimable"
    scene.hands.at = NOW + A_DAY
    scene.sweep()
    waits = inbox.retry_waiting(STORE, REACTIONS, scene.hands, new_id, pytest.fail)

    assert waits >= 1
    assert scene.given(gift_id)["status"] == "refunded"


def test_one_sick_gift_stops_no_other(scene: Scene) -> None:
    """It is counted as left, and the next one expires (G4)."""
    sick = scene.send()
    scene.hands.move(seconds=1)
    well = scene.send()
    broken = GiftsRow(f"GIFT#{sick}", f"SUB#{derived_id('sub', sick)}")
    broken.update(actions=[GiftsRow.doc.set("{}")])

    scene.hands.at = NOW + 2 * A_DAY
    counts = scene.sweep()
    broken.delete()

    assert counts["left"] == 1
    assert len(scene.said(well, GiftExpired)) == 1
