"""A sheet with more than one sub-gift is kept, claimed and ended as one with a single one is."""

from services.shared.contracts.gifts import GiftClaimed, GiftExpired, GiftReady
from tests.integration.gifts.scene import A_DAY, NOW, Scene


def test_each_person_gets_one_and_the_rest_expires_together(scene: Scene) -> None:
    """First come, first served; what is left at the deadline is told in one event, once no style is asked for (G6)."""
    gift_id = scene.send(mode="group", recipients=3)
    [ready] = scene.said(gift_id, GiftReady)
    token = scene.token(gift_id)

    assert scene.claim(token, scene.bo).status == 200
    assert scene.claim(token, scene.bo, scene.red).slug == "gift-already-claimed"
    assert scene.claim(token, scene.cy, scene.red).status == 202
    scene.hands.at = NOW + A_DAY
    scene.sweep()
    assert scene.said(gift_id, GiftExpired) == []
    scene.answer(gift_id, "sold_out")

    [claimed], [expired] = scene.said(gift_id, GiftClaimed), scene.said(gift_id, GiftExpired)
    assert sorted([claimed.sub_gift_id, *expired.sub_gift_ids]) == sorted(ready.sub_gift_ids)
    assert sorted(one["status"] for one in scene.given(gift_id)["sub_gifts"]) == ["claimed", "expired", "expired"]


def test_the_card_says_why_the_last_style_was_refused(scene: Scene) -> None:
    """G3, G6: of many the one that was refused last, whichever sub-gift it was asked for."""
    gift_id = scene.send(mode="group", recipients=4)
    token = scene.token(gift_id)

    for number, outcome in enumerate(("sold_out", "not_for_sale") * 3):
        scene.hands.move(minutes=1)
        assert scene.claim(token, f"{scene.bo}{number}", scene.red).status == 202
        scene.answer(gift_id, outcome)
        slug = {"sold_out": "style-sold-out", "not_for_sale": "style-not-offered"}[outcome]
        assert scene.card(token)["last_refusal"] == slug
